package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// restoring is a restore under way.
type restoring struct {
	place  Place
	file   string
	marked marker // of the directory, until now
	now    func() time.Time
	check  func([]Sealed) error
	finish func(*DB) error
}

// Restore makes a database out of a backup and brings it up to date. It returns
// an error if there is a database already. Before anything is made, check gets
// the portal's own secrets in the backup, none of an early version; it may be
// nil. finish then prepares the database
// for use. If finish fails, no SQLite database is left behind; a PostgreSQL
// database stays filled, and must not be used. It returns an error if the data
// directory belongs to another portal, or if a program that has its earlier
// database open is known.
func Restore(ctx context.Context, place Place, file string, now func() time.Time, check func([]Sealed) error, finish func(*DB) error) error {
	marked, err := place.checkedMarker()
	if err != nil {
		return err
	}
	kind, err := backupKind(file)
	if err != nil {
		return err
	}
	switch {
	case kind == sqliteMagic && place.URL != "":
		return &Advice{"this is the backup of a database in a directory (SQLite): restore it without --database, and then run", "move", ""}
	case kind == postgresMagic && place.URL == "":
		return errors.New("this is the backup of a PostgreSQL database: give the address of an empty one as --database")
	}
	r := restoring{place, file, marked, now, check, finish}
	if check == nil {
		r.check = func([]Sealed) error { return nil }
	}
	if place.URL != "" {
		return restorePostgres(ctx, r)
	}
	return restoreSQLite(ctx, r)
}

// What the backups of each engine begin with.
const (
	sqliteMagic   = "SQLite format 3\x00"
	postgresMagic = "PGDMP"
)

func backupKind(file string) (string, error) {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a directory, and the file of a backup is wanted", file)
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("reading the backup: %w: give the file, or a copy, to the user that restores it (chown)", err)
	}
	if err != nil {
		return "", fmt.Errorf("reading the backup: %w", err)
	}
	head := make([]byte, len(sqliteMagic))
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("reading the backup: %w", err)
	}
	for _, magic := range []string{sqliteMagic, postgresMagic} {
		if n >= len(magic) && string(head[:len(magic)]) == magic {
			return magic, nil
		}
	}
	return "", fmt.Errorf("%s is no backup of Portico, or damaged", file)
}

// examine returns an error if this program cannot bring the SQLite database in the
// backup up to date, or if check refuses its secrets. It only reads the file.
func (r restoring) examine(ctx context.Context) (err error) {
	_, known, err := r.place.migrations()
	if err != nil {
		return err
	}
	q, err := sql.Open("sqlite", uri(r.file)+"?mode=ro&immutable=1")
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	backup := &DB{engine: sqliteEngine, readers: q, known: known, now: r.now}
	schema, err := backup.Schema(ctx)
	if errors.As(err, new(*sqlite.Error)) {
		return fmt.Errorf("%s cannot be restored: %w", r.file, err)
	}
	if err == nil && schema.Version == 0 {
		err = fmt.Errorf("%s is no backup of Portico", r.file)
	}
	if err = errors.Join(err, schema.Exact()); err != nil {
		return err
	}
	id, err := backup.PortalID(ctx)
	if err = errors.Join(err, r.belongs(id)); err != nil {
		return err
	}
	tables, err := backup.tableNames(ctx, q)
	if err != nil || !slices.Contains(tables, secretsPlace.Table) {
		return err
	}
	secrets, err := backup.Read(ctx).SealedOtherwise(secretsPlace, []byte{}, "", secretsMost)
	if err != nil {
		return fmt.Errorf("%s cannot be restored: %w", r.file, err)
	}
	return r.check(secrets)
}

// belongs returns an error if the directory belongs to another portal than the
// one of the backup, whose ID is "" in a backup of an early version.
func (r restoring) belongs(id string) error {
	if r.marked == (marker{}) || r.marked.ID == id {
		return nil
	}
	return fmt.Errorf("%s belongs to another portal than the backup %s: give another --data, or, if the backup is to take its place, set %s aside", r.place.Dir, r.file, r.place.marker())
}

// vacant returns an error if there is a database in the data directory, or a file
// that SQLite has kept beside one: it would apply the -wal file of an earlier
// database to this one.
func (r restoring) vacant() error {
	path := r.place.file()
	var there []string
	for _, name := range append([]string{path}, besides(path)...) {
		if Free(name) != nil {
			there = append(there, ShellWord(name))
		}
	}
	if len(there) == 0 {
		return nil
	}
	aside := ShellWord(filepath.Join(r.place.Dir, "aside"))
	return fmt.Errorf("there is a database in %s already, and nothing is overwritten. Stop portico serve, set the database aside, and restore again: mkdir -m 700 %s && mv %s %s",
		r.place.Dir, aside, strings.Join(there, " "), aside)
}

// restoreSQLite prepares the database in a directory inside the data directory,
// and moves the finished file into place at the end.
func restoreSQLite(ctx context.Context, r restoring) (err error) {
	if err := r.vacant(); err != nil {
		return err
	}
	if err := r.examine(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(r.place.Dir, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	release, err := r.place.seizeDirectory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := r.vacant(); err != nil { // as it is now that no program can open one
		return err
	}
	dir, err := os.MkdirTemp(r.place.Dir, ".restore-")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temp := filepath.Join(dir, fileName)
	if err := r.copyTo(temp); err != nil {
		return err
	}
	if err := checkSQLite(ctx, temp, `PRAGMA integrity_check`); err != nil {
		return fmt.Errorf("%s cannot be restored: %w", r.file, err)
	}
	id, err := r.prepare(ctx, dir)
	if err != nil {
		return err
	}
	if Free(temp+"-wal") != nil {
		return errors.New("the restored database is still in use: restore again")
	}
	if err := r.place.mark(id); err != nil {
		return err
	}
	return settleFile(temp, r.place.file())
}

// prepare makes the database in dir ready, and returns the ID of the portal.
func (r restoring) prepare(ctx context.Context, dir string) (id string, err error) {
	db, err := connect(Place{Dir: dir}, r.now)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := r.ready(ctx, db); err != nil {
		return "", err
	}
	return db.identified(ctx)
}

// ready brings a database from a backup up to date, and calls finish.
func (r restoring) ready(ctx context.Context, db *DB) error {
	foreign, err := db.Foreign(ctx)
	if err != nil {
		return err
	}
	if len(foreign) > 0 {
		return fmt.Errorf("no version of Portico has made %s, which %s holds: take another backup, or drop it from a copy", strings.Join(foreign, ", "), r.file)
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return r.finish(db)
}

func (r restoring) copyTo(file string) error {
	in, err := os.Open(r.file)
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	info, err := in.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("reading the backup: %w", err), in.Close())
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = io.Copy(io.MultiWriter(out, &written{r.place, 0, info.Size()}), in)
		err = errors.Join(err, out.Close())
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return fmt.Errorf("copying the backup: %w", err)
	}
	return nil
}

// written reports how much of a file was written.
type written struct {
	place       Place
	done, total int64
}

func (w *written) Write(b []byte) (int, error) {
	w.done += int64(len(b))
	w.place.progress(w.done, w.total)
	return len(b), nil
}
