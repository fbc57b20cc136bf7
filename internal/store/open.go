package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Open opens the database and brings its schema up to date. It creates the
// directory, the SQLite file and the tables if they are missing. It returns an
// error if the migrations of the database do not fit this program (see Schema),
// or if the directory belongs to another database. now is the clock of every
// transaction.
func Open(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	m, err := place.checkedMarker()
	if err != nil {
		return nil, err
	}
	if m == (marker{}) {
		return create(ctx, place, now)
	}
	return Migrated(ctx, place, now)
}

// CheckDirectory returns an error if the directory belongs to a database of the
// other engine, or to a portal in SQLite that is missing. It opens no database.
func (p Place) CheckDirectory() error {
	m, err := p.checkedMarker()
	if err != nil || p.URL != "" || m == (marker{}) {
		return err
	}
	vacant, err := p.vacant()
	if err == nil && vacant {
		err = p.noPortal(m)
	}
	return err
}

// create is Open for a directory that belongs to no database.
func create(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	if err := os.MkdirAll(place.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	db, err := connect(place, now)
	if err != nil {
		return nil, err
	}
	if err := db.checked(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func connect(place Place, now func() time.Time) (db *DB, err error) {
	db = &DB{engine: engineOf(place), now: now, place: place}
	if db.limits, err = transactionLimits(place); err != nil {
		return nil, err
	}
	if db.files, db.known, err = place.migrations(); err != nil {
		return nil, err
	}
	db.looked.Store(&look{at: now()})
	if place.URL == "" {
		if db.release, err = place.shareDirectory(); err != nil {
			return nil, err
		}
	}
	if db.writer, db.readers, err = db.open(place); err != nil {
		return nil, released(err, db.release)
	}
	if place.URL == "" {
		db.group = newGroupCommit(db.writer, now)
		db.sessions = &checkedSessions{readers: db.readers, rows: map[string]Session{}}
		if db.file, err = os.Stat(place.file()); err != nil {
			return nil, errors.Join(fmt.Errorf("looking at the database: %w", err), db.Close())
		}
	}
	return db, nil
}

// checked returns an error if the database cannot hold what the portal stores.
func (db *DB) checked(ctx context.Context) error {
	if db.check == nil {
		return nil
	}
	return db.check(ctx, db)
}

// OpenExisting opens the database of an existing portal, as Attach does. It
// migrates nothing, because nodes of an earlier version may serve: it returns an
// error if the database lacks the newest migrations.
func OpenExisting(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	db, err := Attach(ctx, place, now)
	if err != nil {
		return nil, err
	}
	schema, err := db.Schema(ctx)
	if err = errors.Join(err, schema.Current()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Migrated is Open for a portal that is there. Where there is none, it creates
// nothing and returns ErrNoPortal, or another error if there was one.
func Migrated(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	db, err := Attach(ctx, place, now)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Attach opens the database of an existing portal as it is. It creates and
// migrates nothing. It returns ErrNoPortal, with the place, if there is none, and
// another error if the directory belongs to another database, or to one that is
// missing. A database that lacks the newest migrations is opened, and so is one
// with migrations that this program does not know, if they are compatible.
func Attach(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	m, err := place.checkedMarker()
	if err != nil {
		return nil, err
	}
	if place.URL == "" {
		vacant, err := place.vacant()
		if err != nil {
			return nil, err
		}
		if vacant {
			return nil, place.noPortal(m)
		}
	}
	db, err := reach(ctx, place, now)
	if err != nil {
		return nil, err
	}
	schema, err := db.Schema(ctx)
	if err == nil && schema.Version == 0 {
		err = place.noPortal(m)
	}
	if err == nil && schema.Behind {
		err = db.emptyOrOurs(ctx)
	}
	if err == nil {
		err = db.fits(ctx, m)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// vacant reports whether there is no SQLite database. SQLite would make a file
// that is missing, and write to an empty one.
func (p Place) vacant() (bool, error) {
	info, err := os.Stat(p.file())
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the database: %w", err)
	}
	return info.Size() == 0, nil
}

// Vacant reports whether the data directory has no portal in SQLite, and belongs
// to none whose database is missing.
func (p Place) Vacant() bool {
	m, markerErr := p.readMarker()
	vacant, err := p.vacant()
	return errors.Join(err, markerErr) == nil && vacant && m == marker{}
}

// reach opens a database that answers and can hold what the portal stores,
// whatever is in it.
func reach(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	db, err := connect(place, now)
	if err != nil {
		return nil, err
	}
	if err := db.readers.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: %w", advised(err)), db.Close())
	}
	if err := db.checked(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// noPortal says that there is no portal in a place, and that there was one if its
// directory has a marker.
func (p Place) noPortal(m marker) error {
	where := p.Dir
	if p.URL != "" {
		where = p.Where()
	}
	if m != (marker{}) {
		return &Advice{fmt.Sprintf("there is no portal in %s, but %s says that there was one: bring it back, also by", where, p.marker()), "restore FILE", ", or remove that file to begin anew"}
	}
	return fmt.Errorf("there is no portal in %s: %w", where, ErrNoPortal)
}

// Close closes the database. It does not wait for transactions that are under
// way; those can still finish, but no new ones can begin.
func (db *DB) Close() error {
	if db.readers == db.writer {
		return db.writer.Close()
	}
	return released(errors.Join(db.sessions.close(), db.readers.Close(), db.writer.Close()), db.release)
}
