package porticotest

import (
	"context"
	"os"
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

func migrate(url string) error {
	db, err := open(store.Place{Dir: os.TempDir(), URL: url})
	if err != nil {
		return err
	}
	return db.Close()
}

func openDir(dir string) (*store.DB, error) { return open(store.Place{Dir: dir}) }

func open(at store.Place) (*store.DB, error) {
	return store.Open(context.Background(), at, time.Now)
}
