package store

import (
	"context"
	"database/sql"
	_ "embed"
)

// schemaText makes in an empty SQLite file what the migrations make, but for what
// they record about themselves. A test compares the two, and writes the file.
//
//go:embed schema.sql
var schemaText string

// fillSQLite brings a database without a schema up to date. In an empty file it
// makes the schema in one transaction: SQLite reads the whole schema again after
// each change to it, so that the migrations take six times as long. A file in which
// an earlier version was interrupted, and one for other migrations, is migrated.
func fillSQLite(ctx context.Context, db *DB) error {
	there, err := db.objectNames(ctx)
	if err != nil {
		return err
	}
	if len(there) > 0 || db.place.Migrations != nil {
		return db.up(ctx)
	}
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return failed("creating the schema", err)
	}
	defer rollback(tx)
	if err := makeSchema(ctx, tx, db.known); err != nil {
		return failed("creating the schema", err)
	}
	return nil
}

// makeSchema makes the schema, records the migrations as applied, and commits.
func makeSchema(ctx context.Context, tx *sql.Tx, known []migration) error {
	if _, err := tx.ExecContext(ctx, schemaText); err != nil {
		return err
	}
	record := `INSERT INTO ` + versionTable + ` (version_id, is_applied, checksum, compatible) VALUES ($1, TRUE, $2, $3)`
	for _, m := range append([]migration{{}}, known...) { // goose begins with 0
		if _, err := tx.ExecContext(ctx, record, m.number, m.checksum, m.compatible); err != nil {
			return err
		}
	}
	return tx.Commit()
}
