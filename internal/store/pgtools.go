package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// dumpPostgres runs pg_dump to write the copy, and pg_restore to read it back.
func dumpPostgres(ctx context.Context, db *DB, file string) error {
	if err := toServer(db.place.URL); err != nil {
		return err
	}
	var server int64
	if err := db.readers.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT) / 10000`).Scan(&server); err != nil {
		return fmt.Errorf("asking for the version of the server: %w", err)
	}
	if have, err := toolVersion(ctx, "pg_dump"); err != nil || have < server {
		argument, err := toolArgument(db.place.URL)
		if err != nil {
			return err
		}
		return fmt.Errorf("this needs pg_dump of PostgreSQL %d or newer on this machine (apt install postgresql-client-%d); where it is, run: pg_dump --format=custom --file=FILE --dbname=%s",
			server, server, ShellWord(argument))
	}
	out, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	argument, err := toolArgument(db.place.URL)
	if err == nil {
		err = tool(ctx, db.place.URL, out, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--dbname="+argument)
		if err != nil && dumpFull.MatchString(err.Error()) {
			err = fmt.Errorf("%w: %w", syscall.ENOSPC, err)
		}
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return tool(ctx, db.place.URL, io.Discard, "pg_restore", "--file="+os.DevNull, file)
}

// dumpFull is what pg_dump says when the disk of its output is full, and not that
// of the server.
var dumpFull = regexp.MustCompile(`could not (write to|close) output file: No space left on device`)

// restorePostgres fills an empty database in one transaction of pg_restore, and
// then brings it up to date.
func restorePostgres(ctx context.Context, r restoring) (err error) {
	if err := toServer(r.place.URL); err != nil {
		return err
	}
	if _, err := toolVersion(ctx, "pg_restore"); err != nil {
		return errors.New("this needs pg_restore of PostgreSQL on this machine (apt install postgresql-client)")
	}
	db, err := reach(ctx, r.place, r.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := unconnected(ctx, db); err != nil {
		return err
	}
	if err := r.fill(ctx, db); err != nil {
		return err
	}
	if err := r.ready(ctx, db); err != nil {
		return fmt.Errorf("the database was filled but not finished, so nobody may use it: restore into another, empty one: %w", err)
	}
	return db.Mark(ctx)
}

// unconnected returns an error if another program of Portico is connected to the
// database: one that runs connects to an empty database that has got the name of
// the one that was set aside. db has one connection, its own.
func unconnected(ctx context.Context, db *DB) error {
	var others int
	if err := db.readers.QueryRowContext(ctx, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
			AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()`).Scan(&others); err != nil {
		return fmt.Errorf("looking whether a program has the database open: %w", err)
	}
	if others > 0 {
		return fmt.Errorf("another program of Portico is connected to %s (connections: %d): stop portico serve first, on every node", db.Where(), others)
	}
	return nil
}

// fill runs pg_restore. It holds the migration lock, so that no other program
// can migrate the database meanwhile.
func (r restoring) fill(ctx context.Context, db *DB) (err error) {
	unlock, err := db.lock(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	there, err := db.objectNames(ctx)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return notEmpty(ctx, db)
	}
	var rows bytes.Buffer
	if err := tool(ctx, r.place.URL, &rows, "pg_restore", "--data-only", "--table="+versionTable, "--file=-", r.file); err != nil {
		return fmt.Errorf("%s cannot be restored, it is damaged: %w", r.file, err)
	}
	have, err := dumpedMigrations(&rows)
	if err != nil {
		return fmt.Errorf("%s is no backup of Portico: %w", r.file, err)
	}
	schema, err := compare(db.known, have)
	if err = errors.Join(err, schema.Exact()); err != nil {
		return err
	}
	id, err := r.dumpedID(ctx)
	if err = errors.Join(err, r.belongs(id)); err != nil {
		return err
	}
	secrets, err := r.dumpedSecrets(ctx)
	if err != nil {
		return err
	}
	if err := r.check(secrets); err != nil {
		return err
	}
	argument, err := toolArgument(r.place.URL)
	if err != nil {
		return err
	}
	if err := tool(ctx, r.place.URL, io.Discard, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
		"--dbname="+argument, r.file); err != nil {
		return fmt.Errorf("%s cannot be restored: %w", r.file, err)
	}
	return nil
}

// notEmpty says how to set a database aside that is not empty.
func notEmpty(ctx context.Context, db *DB) error {
	var name string
	if err := db.readers.QueryRowContext(ctx, `SELECT current_database()`).Scan(&name); err != nil {
		return fmt.Errorf("asking for the name of the database: %w", err)
	}
	return fmt.Errorf("this PostgreSQL database is not empty, and nothing is overwritten. Stop portico serve, set the database aside, make an empty one like it, and restore again: "+
		"ALTER DATABASE %s RENAME TO %s; CREATE DATABASE %s ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0; with the OWNER that it had", quoted(name), quoted(name+"_aside"), quoted(name))
}

// dumpedSecrets returns the portal's own secrets from a backup: none if it is of
// a version that had no such table.
func (r restoring) dumpedSecrets(ctx context.Context) (secrets []Sealed, err error) {
	rows, err := r.dumpedPairs(ctx, secretsPlace.Table, "(name, value)")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		s := Sealed{Place: secretsPlace, Row: row[0], Owner: row[0]}
		if s.Value, err = hex.DecodeString(strings.TrimPrefix(row[1], `\\x`)); err != nil {
			return nil, fmt.Errorf("%s cannot be restored: reading its secrets: %w", r.file, err)
		}
		if len(s.Value) > 0 {
			secrets = append(secrets, s)
		}
	}
	return secrets, nil
}

// dumpedID returns the ID of the portal from a backup: "" if it is of a version
// that had none.
func (r restoring) dumpedID(ctx context.Context) (string, error) {
	rows, err := r.dumpedPairs(ctx, "portal_id", "(one, id)")
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0][1], nil
}

// dumpedPairs returns the rows of a table with two columns from a backup, as COPY
// writes them.
func (r restoring) dumpedPairs(ctx context.Context, table, columns string) (rows [][2]string, err error) {
	var text bytes.Buffer
	if err := tool(ctx, r.place.URL, &text, "pg_restore", "--data-only", "--table="+table, "--file=-", r.file); err != nil {
		return nil, fmt.Errorf("%s cannot be restored, it is damaged: %w", r.file, err)
	}
	inside := false
	for lines := bufio.NewScanner(&text); lines.Scan(); {
		line := lines.Text()
		switch first, second, found := strings.Cut(line, "\t"); {
		case strings.HasPrefix(line, "COPY ") && strings.Contains(line, table+" "+columns):
			inside = true
		case line == `\.`:
			inside = false
		case inside && found:
			rows = append(rows, [2]string{first, second})
		}
	}
	return rows, nil
}

// dumpedMigrations returns the migrations of a database from the rows of goose's
// table, as COPY writes them: id, version, applied, time, and from the
// migration on that adds them also checksum and compatible.
func dumpedMigrations(rows io.Reader) (have []applied, err error) {
	inside := false
	for lines := bufio.NewScanner(rows); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "COPY ") && strings.Contains(line, versionTable+" (id, version_id, is_applied, tstamp"):
			inside = true
		case line == `\.`:
			inside = false
		case inside:
			cells := strings.Split(line, "\t")
			if len(cells) < 4 || cells[2] != "t" || cells[1] == "0" {
				continue
			}
			var a applied
			if a.number, err = strconv.ParseInt(cells[1], 10, 64); err != nil {
				return nil, fmt.Errorf("reading its version: %w", err)
			}
			if len(cells) == 6 {
				a.checksum, a.compatible = cells[4], cells[5] == "t"
			}
			have = append(have, a)
		}
	}
	if len(have) == 0 {
		return nil, errors.New("it has no version")
	}
	return have, nil
}

var toolSays = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// toolVersion returns the major version of a tool.
func toolVersion(ctx context.Context, name string) (int64, error) {
	out, err := exec.CommandContext(ctx, name, "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("asking %s for its version: %w", name, err)
	}
	found := toolSays.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("%s does not say its version", name)
	}
	return strconv.ParseInt(string(found[1]), 10, 64)
}

// tool runs a program of PostgreSQL. It passes the password in an environment
// variable, because everybody on the machine can read command lines.
func tool(ctx context.Context, address string, stdout io.Writer, name string, args ...string) error {
	env, err := toolEnvironment(address)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)                                                    //nolint:gosec // pg_dump or pg_restore, and no shell
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), append(env, "LC_ALL=C")...), stdout, &said // errors in English
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}
