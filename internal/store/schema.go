package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// Schema says how the migrations of a database compare with those of this
// program.
type Schema struct {
	Version int64   // number of the newest migration in the database; 0 before the first
	Newest  int64   // number of the newest one that this program knows
	Behind  bool    // the database lacks the newest ones
	Expands bool    // those that it lacks are compatible
	Ahead   []int64 // those that this program does not know; all of them are compatible
}

// Exact returns an error if the database has a migration that this program does
// not know, even a compatible one. What goes over everything, such as a restore, a
// move or a new key, must know everything.
func (s Schema) Exact() error {
	if len(s.Ahead) > 0 {
		return unknown(s.Ahead[0], s.Newest)
	}
	return nil
}

// Current returns an error if the database lacks the newest migrations.
func (s Schema) Current() error {
	if !s.Behind {
		return nil
	}
	others := ", once no node of the earlier version serves, because those cannot go on"
	if s.Expands {
		others = ", beside which nodes of the version before go on serving"
	}
	return fmt.Errorf("%w: %w", misfit(fmt.Sprintf("the database has version %d, and this program needs %d", s.Version, s.Newest)), &Advice{"run", "migrate", others})
}

func unknown(number, newest int64) error {
	program := "the newer program"
	if number < newest {
		program = "the program"
	}
	return misfit(fmt.Sprintf("the database has the migration %d, which this program does not know: use %s that made it", number, program))
}

// Schema compares the database with this program. It returns an error that names
// the first migration that does not fit: one that the database lacks although it
// has later ones, one that is not the same, or one that this program does not
// know and that is not compatible.
func (db *DB) Schema(ctx context.Context) (Schema, error) { return db.schemaIn(ctx, db.readers) }

func (db *DB) schemaIn(ctx context.Context, q querier) (Schema, error) {
	tables, err := db.tableNames(ctx, q)
	if err != nil {
		return Schema{}, err
	}
	var have []applied
	if slices.Contains(tables, versionTable) {
		if have, err = appliedIn(ctx, q); err != nil {
			return Schema{}, err
		}
	}
	return compare(db.known, have)
}

// applied is a migration as a database records it.
type applied struct {
	number     int64
	checksum   string
	compatible bool
}

// appliedIn returns the migrations of a database that has goose's table.
func appliedIn(ctx context.Context, q querier) ([]applied, error) {
	r := &Reader{ctx: ctx, q: q}
	const which = ` FROM ` + versionTable + ` WHERE is_applied AND version_id > 0`
	have, err := all(r, "reading the migrations of the database", func(row scanner) (a applied, err error) {
		return a, row.Scan(&a.number)
	}, `SELECT version_id`+which)
	if err != nil || !hasChecksums(have) {
		return have, err
	}
	return all(r, "reading the migrations of the database", func(row scanner) (a applied, err error) {
		return a, row.Scan(&a.number, &a.checksum, &a.compatible)
	}, `SELECT version_id, checksum, compatible`+which)
}

// hasChecksums reports whether a database with these migrations records
// checksums.
func hasChecksums(have []applied) bool {
	return slices.ContainsFunc(have, func(a applied) bool { return a.number == checksummed })
}

func compare(known []migration, have []applied) (Schema, error) {
	s := Schema{Newest: known[len(known)-1].number, Expands: true}
	record := map[int64]applied{}
	for _, a := range have {
		record[a.number] = a
		s.Version = max(s.Version, a.number)
	}
	for _, m := range known {
		a, found := record[m.number]
		delete(record, m.number)
		switch {
		case !found && m.number < s.Version:
			return s, misfit("the database lacks the migration " + m.name + " and has later ones: restore a backup, because no version of Portico leaves one out")
		case !found:
			s.Behind, s.Expands = true, s.Expands && m.compatible
		case a.checksum != m.checksum && hasChecksums(have):
			return s, misfit("the migration " + m.name + " of the database is not the one of this program: use the program that made it")
		}
	}
	for _, number := range slices.Sorted(maps.Keys(record)) {
		if !record[number].compatible {
			return s, unknown(number, s.Newest)
		}
		s.Ahead = append(s.Ahead, number)
	}
	return s, nil
}

// misfit is why a database does not fit this program, in a sentence.
type misfit string

func (m misfit) Error() string { return string(m) }

// fitsEvery is how long what StillFits has found counts.
const fitsEvery = 30 * time.Second

// fitsTimeout is how long StillFits waits for the database.
const fitsTimeout = 3 * time.Second

// look is what StillFits has found, and when.
type look struct {
	at  time.Time
	err error
}

// StillFits returns an error if the database has changed under a running program, so
// that the program must not go on: its schema no longer fits, its file is no
// longer the one at its path, or it holds another portal. It looks again every 30 seconds. If the database
// does not answer, what was found before still counts. moved is called when the
// database no longer fits, and with nil when it fits again.
func (db *DB) StillFits(ctx context.Context, moved func(error)) error {
	last := db.looked.Load()
	now := db.now()
	if now.Sub(last.at).Abs() < fitsEvery || !db.looking.TryLock() {
		return last.err
	}
	defer db.looking.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fitsTimeout)
	defer cancel()
	err := db.fitsNow(ctx)
	if err != nil && !errors.As(err, new(misfit)) {
		err = last.err
	}
	db.looked.Store(&look{now, err})
	if (err == nil) != (last.err == nil) {
		moved(err)
	}
	return err
}

// fitsNow is StillFits for this moment.
func (db *DB) fitsNow(ctx context.Context) error {
	if err := db.inPlace(); err != nil {
		return err
	}
	if err := db.samePortal(ctx); err != nil {
		return err
	}
	schema, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	return schema.Current()
}

// samePortal returns an error if the database holds another portal than the one
// that Mark found, or none: under its name or in its file there is another one.
func (db *DB) samePortal(ctx context.Context) error {
	if db.portal == "" {
		return nil
	}
	id, err := db.PortalID(ctx)
	if err != nil || id == db.portal {
		return err
	}
	return misfit(fmt.Sprintf("the database %s is another one than the one that was opened: restart portico serve to use it", db.Where()))
}

// inPlace returns an error if the SQLite file that was opened is no longer at its
// path. A program can go on writing into a file that was moved or deleted, and
// nobody would read that again.
func (db *DB) inPlace() error {
	if db.file == nil {
		return nil
	}
	there, err := os.Stat(db.place.file())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return misfit(fmt.Sprintf("the database file %s was moved away or deleted while it was open: put it back, or stop portico serve", db.place.file()))
	case err != nil:
		return fmt.Errorf("looking at the database file: %w", err)
	case !os.SameFile(db.file, there):
		return misfit(fmt.Sprintf("the database file %s is another one than the one that was opened: restart portico serve to use it", db.place.file()))
	}
	return nil
}
