package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestErrorsSayWhatToDo checks that the errors of a database that those who run
// the portal can do something about say what.
func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, causes := range map[string][]error{
		"percent-encoding":             {&pgconn.PgError{Code: "28P01"}, &pgconn.PgError{Code: "28000"}, &net.DNSError{Name: "host"}},
		"default_query_exec_mode=exec": {&pgconn.PgError{Code: "26000"}, &pgconn.PgError{Code: "42P05"}},
		"create the database":          {&pgconn.PgError{Code: "3D000"}},
		"own the database":             {&pgconn.PgError{Code: "42501"}},
		"the primary":                  {&pgconn.PgError{Code: "25006"}},
		"make room":                    {&pgconn.PgError{Code: "53100"}, syscall.ENOSPC},
		"--database-connections":       {&pgconn.PgError{Code: "53300"}},
		"pg_stat_activity":             {&pgconn.PgError{Code: "55P03"}, &pgconn.PgError{Code: "57014"}},
		"nothing listens there":        {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}},
		"firewall":                     {&net.OpError{Op: "dial", Err: context.DeadlineExceeded}},
		"its disk":                     {context.DeadlineExceeded},
		"run this as the user":         {&fs.PathError{Op: "open", Err: syscall.EACCES}},
		"":                             {&pgconn.PgError{Code: "23502"}, errors.New("other")},
	} {
		for _, cause := range causes {
			got := advised(fmt.Errorf("connecting: %w", cause))
			if _, said, _ := strings.Cut(got.Error(), "; "); !errors.Is(got, cause) || (want == "") != (said == "") || !strings.Contains(said, want) {
				t.Errorf("%v becomes %q, want %q in it", cause, got, want)
			}
		}
	}
}
