package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the missing migrations. Several programs may start at once on
// one database; a lock lets one at a time migrate.
func (db *DB) migrate(ctx context.Context) (err error) {
	unlock, err := db.lock(ctx, db)
	if err != nil {
		return err
	}
	defer func() {
		if unlockErr := unlock(); err == nil && unlockErr != nil {
			err = fmt.Errorf("releasing the migration lock: %w", unlockErr)
		}
	}()
	have, err := db.Version(ctx)
	if err != nil {
		return err
	}
	if have == 0 && db.fill != nil {
		return db.fill(ctx, db)
	}
	return db.up(ctx)
}

// up applies the missing migrations. The caller must hold the lock.
func (db *DB) up(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	have, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the version of the database: %w", err)
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	if err := tooNew(have, newest); err != nil || have == newest {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	p, err := goose.NewProvider(db.dialect, db.writer, files,
		goose.WithGoMigrations(
			goose.NewGoMigration(4, &goose.GoFunc{RunTx: db.reindex}, nil),
			goose.NewGoMigration(21, &goose.GoFunc{RunTx: db.addSortKeys}, nil),
			goose.NewGoMigration(26, &goose.GoFunc{RunTx: db.joinNames}, nil)))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return p, nil
}

// Version returns the number of the newest migration in the database. It is 0
// before the first one.
func (db *DB) Version(ctx context.Context) (int64, error) {
	return db.versionIn(ctx, db.writer)
}

func (db *DB) versionIn(ctx context.Context, q querier) (int64, error) {
	tables, err := db.tableNames(ctx, q)
	if err != nil || !slices.Contains(tables, versionTable) {
		return 0, err
	}
	var version int64
	err = q.QueryRowContext(ctx, `SELECT MAX(version_id) FROM `+versionTable+` WHERE is_applied`).Scan(&version)
	return version, scanned("reading the version of the database", err)
}

// Newest returns the number of the newest migration that this program knows.
func (db *DB) Newest() (int64, error) {
	p, err := db.provider()
	if err != nil {
		return 0, err
	}
	sources := p.ListSources()
	return sources[len(sources)-1].Version, nil
}

// versionTable is the table in which goose stores the version.
const versionTable = "goose_db_version"

// tableNames lists the existing tables, including goose's.
func (db *DB) tableNames(ctx context.Context, q querier) ([]string, error) {
	return all(&Reader{ctx: ctx, q: q}, "listing the tables", func(row scanner) (string, error) {
		var name string
		return name, row.Scan(&name)
	}, db.tables)
}

// Foreign lists the triggers, rules, row policies and views in the portal's
// schema. The portal creates none: each of them can change, hide or drop rows.
func (db *DB) Foreign(ctx context.Context) ([]string, error) {
	return all(&Reader{ctx: ctx, q: db.readers}, "looking for triggers and views", scanText, db.foreign)
}

// tooNew returns an error if the database was made by a newer program.
func tooNew(have, newest int64) error {
	if have <= newest {
		return nil
	}
	return fmt.Errorf("the database has version %d and this program knows versions up to %d: use the newer program that made it", have, newest)
}
