package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"portico"
)

// markerFile is the name of the file in a data directory that says which
// database the directory belongs to, and where its keyset is if not in it. A setting that is forgotten, as after a
// mistake in a shell, would otherwise lead to another database.
const markerFile = "portal.json"

// The engines, as the marker names them.
const (
	engineSQLite   = "sqlite"
	enginePostgres = "postgresql"
)

// marker is the content of that file. The zero value stands for a directory
// without one: a new one, or one of an earlier version.
type marker struct {
	Engine string `json:"engine"`
	ID     string `json:"id"`               // of the portal, as in its database
	Keyset string `json:"keyset,omitempty"` // path of a keyset outside its usual place
}

func (p Place) marker() string { return filepath.Join(p.Dir, markerFile) }

func (p Place) engineName() string {
	if p.URL != "" {
		return enginePostgres
	}
	return engineSQLite
}

// readMarker reads the marker of a directory.
func (p Place) readMarker() (m marker, err error) {
	b, err := os.ReadFile(p.marker())
	if errors.Is(err, fs.ErrNotExist) {
		return marker{}, nil
	}
	if err != nil {
		return marker{}, fmt.Errorf("reading which database the directory belongs to: %w", err)
	}
	if err := json.Unmarshal(b, &m); err != nil || m.ID == "" || m.Engine != engineSQLite && m.Engine != enginePostgres {
		return marker{}, fmt.Errorf("%s is damaged: remove it if you know that the directory and the database belong together; the next start of serve makes it anew", p.marker())
	}
	return m, nil
}

// NamedKeyset returns where the directory had its keyset when it was marked last.
// It is "" for the usual place. marked reports whether the directory has a marker.
func (p Place) NamedKeyset() (path string, marked bool, err error) {
	m, err := p.readMarker()
	return m.Keyset, m != marker{}, err
}

// checkedMarker is readMarker. It returns an error if the directory belongs to a
// database of the other engine, before anything is opened. Without a marker, a
// SQLite database that lies there is what it belongs to.
func (p Place) checkedMarker() (marker, error) {
	m, err := p.readMarker()
	switch {
	case err == nil && m == marker{} && p.URL != "":
		vacant, err := p.vacant()
		if err == nil && !vacant {
			err = fmt.Errorf("%s is a portal in SQLite, and --database was given: leave it out, give another --data, or, if PostgreSQL has taken its place, set that file aside", p.file())
		}
		return m, err
	case err != nil || m == marker{} || m.Engine == p.engineName():
		return m, err
	case m.Engine == enginePostgres:
		return m, fmt.Errorf("%s belongs to a portal in PostgreSQL, and no --database was given: give the one that serve has; %s says so", p.Dir, p.marker())
	}
	return m, fmt.Errorf("%s belongs to a portal in SQLite, and --database was given: leave it out, or give another --data; %s says so", p.Dir, p.marker())
}

// fits returns an error if the database is not the one of the marker.
func (db *DB) fits(ctx context.Context, m marker) error {
	if m == (marker{}) {
		return nil
	}
	id, err := db.PortalID(ctx)
	if err != nil || id == m.ID {
		return err
	}
	return fmt.Errorf("%s belongs to another portal than the database %s: give the --data and --database that belong together; if these do, remove %s", db.place.Dir, db.Where(), db.place.marker())
}

// PortalID returns the ID of the portal. It is "" before the first start of
// serve, and in a database of an earlier version.
func (db *DB) PortalID(ctx context.Context) (string, error) {
	tables, err := db.tableNames(ctx, db.readers)
	if err != nil || !slices.Contains(tables, "portal_id") {
		return "", err
	}
	var id string
	err = scanned("reading the ID of the portal", db.readers.QueryRowContext(ctx, `SELECT id FROM portal_id`).Scan(&id))
	return id, NotFound(err, nil)
}

// Mark makes an ID for the portal if it has none, keeps it for StillFits, and writes
// the marker of the data directory. It returns an error if the database is not up to
// date. It must be called before the database is used by others.
func (db *DB) Mark(ctx context.Context) error {
	id, err := db.identified(ctx)
	if err != nil {
		return err
	}
	db.portal = id
	err = db.place.mark(id)
	// A node on PostgreSQL may have no directory, or one that it only reads: then
	// the ID in the database is all there is.
	if db.place.URL != "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) {
		return nil
	}
	return err
}

// identified returns the ID of the portal, and makes it the first time.
func (db *DB) identified(ctx context.Context) (string, error) {
	for {
		id, err := db.PortalID(ctx)
		if err != nil || id != "" {
			return id, err
		}
		if id, err = NewID(); err != nil {
			return "", err
		}
		err = db.Update(ctx, portico.System(portico.Origin{}), func(tx *Tx) error {
			_, err := tx.exec("making the ID of the portal", `INSERT INTO portal_id (one, id) VALUES (TRUE, $1)`, id)
			return err
		})
		if err != nil && !errors.Is(err, ErrTaken) { // by another node, which was faster
			return "", err
		}
	}
}

// mark writes the marker, unless it says the same already.
func (p Place) mark(id string) (err error) {
	m := marker{p.engineName(), id, p.Keyset}
	if have, err := p.readMarker(); err == nil && have == m {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing the marker: %w", err)
	}
	temp := filepath.Join(p.Dir, ".portico-"+rand.Text())
	err = os.WriteFile(temp, append(b, '\n'), 0o600)
	if err == nil {
		err = syncPath(temp)
	}
	if err == nil {
		err = os.Rename(temp, p.marker())
	}
	if err != nil {
		if gone := os.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return fmt.Errorf("writing which database the directory belongs to: %w", err)
	}
	if runtime.GOOS == "windows" {
		return nil
	}
	return syncPath(p.Dir)
}
