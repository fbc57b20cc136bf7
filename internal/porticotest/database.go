package porticotest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"portico/internal/store"
	"portico/internal/testdb"
)

// urls holds the address of the database of each test directory. Each database
// is created once.
var urls sync.Map

// DatabaseFor returns the address of the PostgreSQL database that belongs to a
// data directory. It is the same at each call, and "" if the tests run on
// SQLite.
func DatabaseFor(t testing.TB, dir string) string {
	t.Helper()
	made, _ := urls.LoadOrStore(dir, sync.OnceValue(func() string { return testdb.New(t, migrate) }))
	return made.(func() string)()
}

// SetDatabase assigns another database to a data directory: "" for the SQLite
// file in it.
func SetDatabase(dir, url string) { urls.Store(dir, func() string { return url }) }

func migrate(url string) error { return migrated(store.Place{Dir: os.TempDir(), URL: url}) }

func migrated(at store.Place) error {
	db, err := store.Open(context.Background(), at, time.Now)
	if err != nil {
		return err
	}
	return db.Close()
}

// sqlite returns the file of an empty portal. The migrations run once for all
// tests of a package, as testdb does on PostgreSQL.
var sqlite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "portico")
	if err != nil {
		return nil, err
	}
	err = migrated(store.Place{Dir: dir})
	file, readErr := os.ReadFile(filepath.Join(dir, databaseFile))
	return file, errors.Join(err, readErr, os.RemoveAll(dir))
})

const databaseFile = "portico.db"

// fill puts the file of an empty portal into a data directory without one.
func fill(dir string) error {
	at := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := sqlite()
	if err != nil {
		return err
	}
	return os.WriteFile(at, file, 0o600)
}
