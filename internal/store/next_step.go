package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// advised adds to an error of the database what those who run the portal can do
// about it, if that is known.
func advised(err error) error {
	if step := nextStep(err); step != "" {
		return fmt.Errorf("%w; %s", err, step)
	}
	return err
}

// nextStep says what to do about an error of either engine, or "".
func nextStep(err error) string {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var name *net.DNSError
	var network net.Error
	var dialled *net.OpError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &lite):
		return liteSteps[lite.Code()&0xff]
	case errors.As(err, &pg):
		if strings.HasPrefix(pg.Code, "28") { // invalid authorisation
			return "check the user name and the password in the address: " + percentEncoding
		}
		return postgresSteps[pg.Code]
	case errors.As(err, &name):
		return "check the host in the address: " + percentEncoding
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: check host and port in the address, and that PostgreSQL runs"
	case errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &dialled) && !errors.As(err, &connecting):
		return "the database took too long: look at its disk, and at what else uses it"
	case errors.As(err, &network) && network.Timeout():
		return "the server does not answer: check host and port in the address, and whether a firewall is between"
	case errors.Is(err, syscall.ENOSPC):
		return liteSteps[sqlite3.SQLITE_FULL]
	case errors.Is(err, fs.ErrPermission):
		return "run this as the user whom the data directory belongs to"
	}
	return ""
}

const percentEncoding = "every character of the user name and the password other than letters and digits has to be written in percent-encoding"

// liteSteps are those of SQLite, by its result codes.
var liteSteps = map[int]string{
	sqlite3.SQLITE_FULL:     "the disk is full: make room on it",
	sqlite3.SQLITE_BUSY:     "another program has locked the database: wait until it has finished, or stop it",
	sqlite3.SQLITE_LOCKED:   "another program has locked the database: wait until it has finished, or stop it",
	sqlite3.SQLITE_CANTOPEN: "check that the data directory and the database in it belong to the user who runs this",
	sqlite3.SQLITE_PERM:     "check that the data directory and the database in it belong to the user who runs this",
	sqlite3.SQLITE_READONLY: "check that the database belongs to the user who runs this, and that its disk is not mounted read-only",
	sqlite3.SQLITE_IOERR:    "the disk fails: look in the log of the system, and do not restart before there is a copy",
	sqlite3.SQLITE_CORRUPT:  "the database is damaged: stop everything that uses it, and restore a backup",
	sqlite3.SQLITE_NOTADB:   "the file is no SQLite database: put the database back, or restore a backup",
}

// postgresSteps are those of PostgreSQL, by SQLSTATE.
var postgresSteps = map[string]string{
	"3D000": "create the database, or correct its name in the address",
	"25006": "the server takes no changes: give the address of the primary, or end its read-only mode",
	"42501": "let the user in the address own the database and everything in it",
	"53100": "the disk of the database's server is full: make room on it",
	"53300": "the server has no connection left: raise max_connections there, or give a lower --database-connections",
	"57014": "the statement took too long: look in pg_stat_activity for what is in its way",
	"55P03": "another transaction has a lock: look in pg_stat_activity for the one that does not end",
	"57P01": "the server was stopped: start it",
	"57P03": "the server starts or stops: try again in a moment",
	"26000": pooled, // a prepared statement is missing
	"42P05": pooled, // or is there already
}

const pooled = "behind a pooler that pools transactions, add default_query_exec_mode=exec to the address"
