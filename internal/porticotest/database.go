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

// urls are the databases of the directories of tests, each made once.
var urls sync.Map

// DatabaseFor is the address of the PostgreSQL database that stands for a
// data directory, the same one each time; "" when the tests run on SQLite.
func DatabaseFor(t testing.TB, dir string) string {
	t.Helper()
	made, _ := urls.LoadOrStore(dir, sync.OnceValue(func() string { return testdb.New(t, migrate) }))
	return made.(func() string)()
}

// SetDatabase makes another database stand for a data directory: "" for the
// SQLite file in it.
func SetDatabase(dir, url string) { urls.Store(dir, func() string { return url }) }

func migrate(url string) error {
	db, err := store.Open(context.Background(), store.Place{Dir: os.TempDir(), URL: url}, time.Now)
	if err != nil {
		return err
	}
	return db.Close()
}
