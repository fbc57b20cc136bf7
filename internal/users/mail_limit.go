package users

import (
	"errors"
	"time"

	"portico"
	"portico/internal/store"
)

// MailsPerHour is how many mails an hour a customer's administrators can cause
// to addresses that nobody has confirmed yet. An import on a page
// waits, chunk by chunk, until it may send the mails of the next chunk.
const MailsPerHour = 1000

// mailCount returns how many such mails were sent in the present period of an
// hour. A period begins with its first mail.
func mailCount(r *store.Reader, c portico.CustomerID) (store.Failures, error) {
	bucket := "strangers/" + string(c)
	f, err := r.Failures(bucket)
	if errors.Is(err, store.ErrNotFound) {
		return store.Failures{Bucket: bucket, Kind: "strangers", Customer: c, FailedAt: r.Now, ExpiresAt: r.Now.Add(time.Hour)}, nil
	}
	return f, err
}

// CountMails counts n mails to addresses that no user has confirmed yet:
// invitations, password links by an administrator, and notices of a changed
// address. It returns a TooMany error if there were too many within the
// hour. The command line has no limit.
func CountMails(tx *store.Tx, actor portico.Actor, c portico.CustomerID, n int) error {
	if n == 0 || actor.Kind == portico.ActorCommandLine {
		return nil
	}
	f, err := mailCount(&tx.Reader, c)
	if err != nil {
		return err
	}
	if f.Consecutive+n > MailsPerHour {
		return &portico.Error{Code: portico.TooMany, Wait: f.ExpiresAt.Sub(tx.Now), Message: portico.Say(
			"At most {0} emails with links can be sent per hour. Try again at {1} UTC.",
			MailsPerHour, f.ExpiresAt.UTC().Format("15:04"))}
	}
	f.Consecutive += n
	return tx.PutFailures(f)
}
