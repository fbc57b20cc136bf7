package outbox

import (
	"context"
	"errors"
	"time"

	"portico"
	"portico/internal/store"
)

// mailLease is how long a mail is reserved for the program that sends it, which
// renews it as long as the mail server takes. If that program is killed, another one
// takes the mail over and may send it a second time.
const mailLease = time.Minute

// lease reserves a mail for mailLease. From then on, nobody knows what became of
// it, until its outcome is recorded.
func (o *Outbox) lease(ctx context.Context, m store.Mail) (store.Mail, error) {
	m.Unanswered++
	return o.reserve(ctx, m)
}

// reserve puts a mail off. It returns errTaken if another program has done so, or
// the mail was deleted.
func (o *Outbox) reserve(ctx context.Context, m store.Mail) (store.Mail, error) {
	ctx, cancel := store.Detached(ctx)
	defer cancel()
	taken, err := store.Update(ctx, o.DB, portico.System(portico.Origin{}), func(tx *store.Tx) (store.Mail, error) {
		taken := m
		taken.DueAt = tx.Now.Add(mailLease)
		return taken, tx.RescheduleMail(m, taken.DueAt)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = errTaken
	}
	return taken, err
}

// sendLeased sends a mail and renews its lease meanwhile. It returns the mail with
// its last lease. If ctx ends, sending ends within endTimeout.
func (o *Outbox) sendLeased(ctx context.Context, m store.Mail) (_ store.Mail, to string, err error) {
	ended := make(chan struct{})
	renewed := make(chan store.Mail, 1)
	go func() { renewed <- o.renew(ctx, m, ended) }()
	func() {
		defer close(ended)
		sending, end := context.WithCancel(context.WithoutCancel(ctx))
		defer end()
		stop := context.AfterFunc(ctx, func() { time.AfterFunc(endTimeout, end) })
		defer stop()
		to, err = o.send(sending, m)
	}()
	return <-renewed, to, err
}

// renew renews a lease until the mail was sent.
func (o *Outbox) renew(ctx context.Context, m store.Mail, ended <-chan struct{}) store.Mail {
	tick := time.NewTicker(mailLease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return m
		case <-tick.C:
			later, err := o.reserve(ctx, m)
			if err != nil {
				o.Log.Error("keeping a mail that is being sent", "mail", m.ID, "error", err)
				continue
			}
			m = later
		}
	}
}
