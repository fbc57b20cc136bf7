package main

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"

	"portico/internal/config"
)

// move moves a portal to a new PostgreSQL database.
func (b *bench) move(data config.Data) error {
	if err := b.execPostgres(b.database, "CREATE DATABASE "+filepath.Base(data.Data)); err != nil {
		return err
	}
	took, _, err := b.command("", append([]string{"move"}, flags(data)...)...)
	fmt.Fprintf(os.Stderr, "Moved %s to PostgreSQL in %v.\n", filepath.Base(data.Data), took.Round(time.Second))
	return err
}

func (b *bench) execPostgres(address, statement string) (err error) {
	conn, err := pgx.Connect(b.ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(b.ctx)) }()
	_, err = conn.Exec(b.ctx, statement)
	return err
}

// printUpkeep prints how large the databases are, and how long their upkeep
// takes: a checkpoint of what the log-ins wrote, a backup, and VACUUM while the
// portal is stopped.
func (b *bench) printUpkeep(portals []*grown) error {
	rows := []string{"| checkpoint |", "| size of the database |", "| backup |", "| VACUUM |"}
	for _, g := range portals {
		fmt.Fprintf(os.Stderr, "Upkeep among %d people.\n", g.people)
		checkpoint, err := b.exec(g.portal, "PRAGMA wal_checkpoint(TRUNCATE)", "CHECKPOINT")
		if err != nil {
			return err
		}
		g.stop()
		size, err := b.size(g.portal)
		if err != nil {
			return err
		}
		file := g.data.Data + ".backup"
		backup, _, err := b.command("", append([]string{"backup", file}, flags(g.data)...)...)
		if err = errors.Join(err, os.Remove(file)); err != nil {
			return err
		}
		vacuum, err := b.exec(g.portal, "VACUUM", "VACUUM")
		if err != nil {
			return err
		}
		rows[0] += fmt.Sprintf(" %.2f s |", checkpoint.Seconds())
		rows[1] += fmt.Sprintf(" %.0f MB |", size/1e6)
		rows[2] += fmt.Sprintf(" %.2f s |", backup.Seconds())
		rows[3] += fmt.Sprintf(" %.2f s |", vacuum.Seconds())
	}
	for _, r := range rows {
		fmt.Println(r + " |")
	}
	return nil
}

// exec executes a statement of one of the engines in the database of a portal,
// and returns how long it took.
func (b *bench) exec(p *portal, onSQLite, onPostgres string) (time.Duration, error) {
	start := time.Now()
	if p.data.Database != "" {
		err := b.execPostgres(p.data.Database, onPostgres)
		return time.Since(start), err
	}
	connector, err := sqlite.NewConnector("file:" + filepath.Join(p.data.Data, "portico.db") + "?_pragma=busy_timeout(60000)")
	if err != nil {
		return 0, err
	}
	conn, err := connector.Connect(b.ctx)
	if err != nil {
		return 0, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(b.ctx, onSQLite, nil)
	return time.Since(start), errors.Join(err, conn.Close())
}

// size returns the size of a portal's database in bytes.
func (b *bench) size(p *portal) (float64, error) {
	if p.data.Database == "" {
		info, err := os.Stat(filepath.Join(p.data.Data, "portico.db"))
		if err != nil {
			return 0, err
		}
		return float64(info.Size()), nil
	}
	conn, err := pgx.Connect(b.ctx, p.data.Database)
	if err != nil {
		return 0, err
	}
	var size float64
	err = conn.QueryRow(b.ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	return size, errors.Join(err, conn.Close(b.ctx))
}
