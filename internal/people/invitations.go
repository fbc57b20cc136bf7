package people

import (
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
)

// mostStrangers is how many mails an hour a customer's administrators can cause
// to addresses whose owner has not proved to read them. An import on a page
// waits, chunk by chunk; a chunk never needs more than this.
const mostStrangers = jobChunk

// mailedBy counts the rows of an import that cause a mail. Each counts once.
func mailedBy(rows []ImportRow, invite bool) int {
	n := 0
	for _, row := range rows {
		if row.Action == RowCreate && invite && row.hash == "" || row.Action == RowUpdate && row.User.Email != row.previous.Email {
			n++
		}
	}
	return n
}

// errLater is returned if an import has to wait until it may send mails again.
var errLater = fmt.Errorf("%w: it may mail nobody within this hour any more", errMoved)

// strangers returns how many such mails were sent in the present period of an
// hour. A period begins with its first mail.
func strangers(r *store.Reader, c portico.CustomerID) (store.Failures, error) {
	bucket := "strangers/" + string(c)
	f, err := r.Failures(bucket)
	if errors.Is(err, store.ErrNotFound) {
		return store.Failures{Bucket: bucket, Kind: "strangers", Customer: c, FailedAt: r.Now, ExpiresAt: r.Now.Add(time.Hour)}, nil
	}
	return f, err
}

// chargeMails counts n mails to addresses whose owner has not proved to read
// them: invitations, password links by an administrator, and notices of a
// changed address. It returns a TooMany error if there were too many within the
// hour. The command line has no limit.
func chargeMails(tx *store.Tx, actor portico.Actor, c portico.CustomerID, n int) error {
	if n == 0 || actor.Kind == portico.ActorCommandLine {
		return nil
	}
	f, err := strangers(&tx.Reader, c)
	if err != nil {
		return err
	}
	if f.Consecutive+n > mostStrangers {
		return &portico.Error{Code: portico.TooMany, Wait: f.ExpiresAt.Sub(tx.Now), Text: fmt.Sprintf(
			"At most %d people an hour can be invited, mailed a link or given another address. Try again at %s.",
			mostStrangers, f.ExpiresAt.UTC().Format("15:04 UTC"))}
	}
	f.Consecutive += n
	return tx.PutFailures(f)
}
