package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is the table in which goose records the migrations of a
// database. checksummed is the migration that has added checksums to it.
const (
	versionTable = "goose_db_version"
	checksummed  = 31
)

// migration is one step of the schema that a program knows.
type migration struct {
	number     int64
	name       string // of its file, without .sql
	checksum   string
	compatible bool // a program that does not know it goes on working
}

// inGo are the migrations that SQL cannot do.
var inGo = []migration{
	{number: 4, name: "0004_words", checksum: sum("0004_words")},
	{number: 21, name: "0021_sort_keys", checksum: sum("0021_sort_keys")},
	{number: 26, name: "0026_joined_names", checksum: sum("0026_joined_names")},
}

// compatibleLine begins the first line of a compatible migration. The line goes
// on with the reason.
const compatibleLine = "-- compatible: "

// migrations returns the files of the program's migrations, and what they are,
// by number.
func (p Place) migrations() (files fs.FS, known []migration, err error) {
	if files = p.Migrations; files == nil {
		if files, err = fs.Sub(migrations, "migrations"); err != nil {
			return nil, nil, fmt.Errorf("reading the migrations: %w", err)
		}
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, nil, fmt.Errorf("reading the migrations: %w", err)
	}
	known = slices.Clone(inGo)
	for _, file := range names {
		number, err := goose.NumericComponent(file)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the migrations: %w", err)
		}
		text, err := fs.ReadFile(files, file)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the migrations: %w", err)
		}
		known = append(known, migration{number, strings.TrimSuffix(file, ".sql"), sum(string(text)), strings.HasPrefix(string(text), compatibleLine)})
	}
	slices.SortFunc(known, func(a, b migration) int { return cmp.Compare(a.number, b.number) })
	return files, known, nil
}

// sum returns the checksum of the statements of a migration. It ignores comments
// and blanks, so that a comment can be corrected after a release.
func sum(text string) string {
	h := sha256.New()
	for line := range strings.Lines(text) {
		statement, _, _ := strings.Cut(line, "--")
		for _, word := range strings.Fields(statement) {
			_, _ = fmt.Fprintln(h, word) // a hash never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Migrate applies the missing migrations. Several programs may start at once on
// one database; a lock lets one at a time migrate.
func (db *DB) Migrate(ctx context.Context) (err error) {
	unlock, err := db.lock(ctx, db)
	if err != nil {
		return err
	}
	defer func() {
		if unlockErr := unlock(); err == nil && unlockErr != nil {
			err = fmt.Errorf("releasing the migration lock: %w", unlockErr)
		}
	}()
	schema, err := db.schemaIn(ctx, db.writer)
	if err != nil || !schema.Behind {
		return err
	}
	if err := db.emptyOrOurs(ctx); err != nil {
		return err
	}
	if schema.Version == 0 && db.fill != nil {
		return db.fill(ctx, db)
	}
	return db.up(ctx)
}

// firstTables are among those of the first migration. Every portal has them.
var firstTables = []string{"customers", "enrolments", "events", "pending_logins", "users"}

// emptyOrOurs returns an error if the database holds something other than a
// portal. Other programs keep goose's table too, so it proves nothing.
func (db *DB) emptyOrOurs(ctx context.Context) error {
	there, err := db.objectNames(ctx)
	if err != nil {
		return err
	}
	there = slices.DeleteFunc(there, func(name string) bool { return strings.HasPrefix(name, versionTable) }) // a start that broke off leaves that alone
	ours := func(name string) bool { return slices.Contains(there, name) }
	if len(there) == 0 || !slices.ContainsFunc(firstTables, func(name string) bool { return !ours(name) }) {
		return nil
	}
	return fmt.Errorf("the database %s holds something other than a portal: %s (tables, views and sequences: %d). Nothing was changed: give Portico an empty database of its own",
		db.Where(), strings.Join(there[:min(len(there), 3)], ", "), len(there))
}

// objectNames lists what the database holds, views and sequences included.
func (db *DB) objectNames(ctx context.Context) ([]string, error) {
	return all(&Reader{ctx: ctx, q: db.writer}, "looking at what the database holds", scanText, db.objects)
}

// up applies the missing migrations. The caller must hold the lock.
func (db *DB) up(ctx context.Context) error {
	table, err := database.NewStore(db.dialect, versionTable)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db.writer, db.files,
		goose.WithStore(recordStore{table, db.known}),
		goose.WithGoMigrations(
			goose.NewGoMigration(4, &goose.GoFunc{RunTx: db.reindex}, nil),
			goose.NewGoMigration(21, &goose.GoFunc{RunTx: db.addSortKeys}, nil),
			goose.NewGoMigration(26, &goose.GoFunc{RunTx: db.joinNames}, nil)))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

// recordStore is goose's table, with the checksum of each migration, written in
// the migration's own transaction.
type recordStore struct {
	database.Store
	known []migration
}

// Insert records that a migration was applied. It fills in the checksums of
// those that were applied before there were any.
func (s recordStore) Insert(ctx context.Context, q database.DBTxConn, r database.InsertRequest) error {
	if err := s.Store.Insert(ctx, q, r); err != nil || r.Version < checksummed {
		return err
	}
	for _, m := range s.known {
		if m.number > r.Version {
			break
		}
		if _, err := q.ExecContext(ctx, `UPDATE `+versionTable+` SET checksum = $1, compatible = $2 WHERE version_id = $3 AND checksum = ''`,
			m.checksum, m.compatible, m.number); err != nil {
			return fmt.Errorf("recording the checksum: %w", err)
		}
	}
	return nil
}

// TableExists reports whether the table exists. Without it, goose would look for
// a row and wait before it tries again.
func (s recordStore) TableExists(ctx context.Context, q database.DBTxConn) (bool, error) {
	return s.Store.(database.StoreExtender).TableExists(ctx, q)
}

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
