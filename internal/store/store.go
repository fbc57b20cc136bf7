package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"portico"
)

var (
	// ErrNotFound is returned if no row matches, or only a row of another
	// customer.
	ErrNotFound = errors.New("not found")
	// ErrTaken is returned if a unique value, such as a login ID, is in use
	// already.
	ErrTaken = errors.New("taken")
	// ErrNoPortal is returned if a place holds no portal, and none is to be made
	// there.
	ErrNoPortal error = &Advice{"say with --data or --database where it is, or make one with", "init", ""}
)

// Advice is an error that ends or goes on with a command to run. The command is
// about the place of the call, and only who was called knows how that was given.
type Advice struct {
	Before, Command, After string // Command without the name of the program
}

// Error returns the text with the command, as if no place had to be given.
func (a *Advice) Error() string { return a.Before + " " + a.Shown() + a.After }

// Shown returns the command as Error has it.
func (a *Advice) Shown() string { return "portico " + a.Command }

// NewID returns an ID for a row. It is a UUIDv7, so that indexes grow at their
// end.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return id.String(), nil
}

// NotFound returns told if err is ErrNotFound, and otherwise err.
func NotFound(err, told error) error {
	if errors.Is(err, ErrNotFound) {
		return told
	}
	return err
}

// attempts is how often Update tries a change before it gives up. longestPause
// is the longest time that it waits between two tries.
const (
	attempts     = 20
	longestPause = 50 * time.Millisecond
)

// Change describes a finished Update to an observer.
type Change struct {
	Took   time.Duration
	Tries  int
	Err    error
	Events []portico.Event // those that were committed
}

// DB is an open database.
type DB struct {
	engine
	writer, readers *sql.DB
	now             func() time.Time
	place           Place
	file            fs.FileInfo // of the SQLite database that was opened; nil on PostgreSQL
	portal          string      // ID of the portal that Mark found; "" before
	files           fs.FS       // of the migrations
	known           []migration // that this program has
	looked          atomic.Pointer[look]
	looking         sync.Mutex  // held by StillFits while it looks
	indexed         atomic.Bool // set once everybody is known to be indexed: see Reader.sortColumns
	observe         func(Change)
	proofs          Proofs
	admit           func(*Reader, portico.Actor) error
	passkeysAt      string           // RP ID of the portal; "" where no passkeys work
	sessions        *checkedSessions // nil on PostgreSQL
	group           *groupCommit     // nil on PostgreSQL
	release         func() error     // gives back the lock of the directory; nil without one
	limits          string           // statement that each transaction begins with; "" if the connection has the limits
}

// Observe sets the function that is called after every Update. It must be
// called before the database is used.
func (db *DB) Observe(f func(Change)) { db.observe = f }

// Proofs are the functions that prove that the portal wrote a row, and not
// somebody else with access to the database.
type Proofs struct {
	Event func(portico.Event) (salt, mac []byte)           // makes the salt and the MAC of an event
	Row   func(table string, fields []string) (mac []byte) // makes the MAC of a row of another table
	Begin func(*Tx, portico.CustomerID) error              // begins the log of a new customer
}

// Prove sets the functions that prove what is written. It must be called before
// the database is used. Commands that work without the keyset do not call it.
func (db *DB) Prove(p Proofs) { db.proofs = p }

// Admit sets the function that decides, in the transaction of each change by a
// person, whether that person may still make it. It must be called before the
// database is used. Without it, no person can change anything.
func (db *DB) Admit(f func(*Reader, portico.Actor) error) { db.admit = f }

// PasskeysAt sets the RP ID of the portal: a passkey of another one does not count
// as having one. It must be called before the database is used. "" says that the
// portal's address takes no passkeys.
func (db *DB) PasskeysAt(rpID string) { db.passkeysAt = rpID }
