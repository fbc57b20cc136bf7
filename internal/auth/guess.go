package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/seal"
	"portico/internal/store"
)

// NamesKey loads the key under which login IDs that nobody has are counted, or
// makes it on the first start. It fails when the keyset is not the database's:
// what is sealed does not open then.
func NamesKey(ctx context.Context, db *store.DB, keys *seal.Keys) ([]byte, error) {
	return db.Secret(ctx, keys, "names")
}

// subject is whom failures of a password are counted for: the account, or a
// login ID that nobody has. Those share a bounded number of buckets under a
// keyed hash: what was typed, often a password, cannot be read from them.
func (s *Service) subject(a store.Account, key string) string {
	if a.ID != "" {
		return string(a.ID)
	}
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte(key)) // never fails
	return fmt.Sprintf("nobody-%05x", binary.BigEndian.Uint32(mac.Sum(nil))>>14)
}

// guess is one attempt at a password or a code that was charged before it is
// looked at.
type guess struct {
	kind      string // codeBucket or passwordBucket
	account   store.Account
	visit     Visit
	browserID string   // charged in place of the buckets
	buckets   []string // charged
	at        time.Time
	alarming  bool // the person is told when this was wrong
}

// charge counts an attempt before anything is looked at, in a transaction of
// its own, so that a guess that is never answered still counts. TooMany when
// it must not be looked at now.
func (s *Service) charge(ctx context.Context, kind string, a store.Account, key string, v Visit) (guess, error) {
	var g guess
	err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) (err error) {
		g, err = s.chargeIn(tx, kind, a, key, v)
		return err
	})
	return g, err
}

func (s *Service) chargeIn(tx *store.Tx, kind string, a store.Account, key string, v Visit) (guess, error) {
	g := guess{kind: kind, account: a, visit: v, at: tx.Now}
	known, err := s.known(&tx.Reader, kind, a, v)
	if err != nil {
		return guess{}, err
	}
	if known.ID != "" {
		err := tx.ChargeBrowser(known.ID, browserFailures)
		g.browserID = known.ID
		return g, err
	}
	if err := s.sourceAllows(&tx.Reader, v); err != nil {
		return guess{}, err
	}
	subject := s.subject(a, key)
	g.buckets = []string{kind + "/" + subject}
	if kind == passwordBucket {
		_, subnet := sourceOf(v.Origin)
		g.buckets = append(g.buckets, networkBucket+"/"+subject+"/"+subnet)
	}
	charged := make([]store.Failures, 0, 2)
	for i, bucket := range g.buckets {
		of := kind
		if i > 0 {
			of = networkBucket
		}
		f, err := failures(&tx.Reader, bucket, of, a.ID)
		if err != nil {
			return guess{}, err
		}
		f.Customer = a.CustomerID
		if f.Closed {
			return guess{}, errClosed
		}
		if wait := waitFor(f, tx.Now, 1); wait > 0 {
			return guess{}, tooMany(tooManyOf[kind], wait)
		}
		f = fail(f, tx.Now)
		g.alarming = g.alarming || guessing(f, tx.Now) || f.Kind == passwordBucket && f.InARow == closeInARow
		charged = append(charged, f)
	}
	for _, f := range charged {
		if err := tx.PutFailures(f); err != nil {
			return guess{}, err
		}
	}
	return g, nil
}

var tooManyOf = map[string]string{ //nolint:gosec // sentences, no credentials
	codeBucket: "Too many wrong codes.", passwordBucket: "Too many wrong passwords.",
}

// errClosed is said to whoever knows the password: to its owner, or to the one
// who has to hear that it is of no use.
var errClosed = portico.E(portico.TooMany, "Too many wrong codes were entered. Choose a new password, by \"Forgotten password\" on the log-in page, or log in with a browser that you have used before.")

// failures reads a bucket, an empty one when it holds nothing.
func failures(r *store.Reader, bucket, kind string, id portico.UserID) (store.Failures, error) {
	f, err := r.Failures(bucket)
	if notFound(err) {
		return store.Failures{Bucket: bucket, Kind: kind, UserID: id}, nil
	}
	return f, err
}

// SettleFailures looks for failures that were noted while a clock was ahead,
// and takes them as of now. It is called again and again.
func (s *Service) SettleFailures(ctx context.Context) error {
	err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for kind := range limits {
			ahead, err := tx.FailuresSince(kind, tx.Now.Add(clocksDiffer), 1000)
			if err != nil {
				return err
			}
			for _, f := range ahead {
				if err := tx.PutFailures(settle(f, tx.Now)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("holding failures against the clock: %w", err)
	}
	return nil
}

// known finds the browser in which the person has logged in before, the zero
// Browser when it is none. For a code, the present authenticator must have
// been proved in it: a password alone makes no browser known for codes.
func (s *Service) known(r *store.Reader, kind string, a store.Account, v Visit) (store.Browser, error) {
	if a.ID == "" || v.BrowserToken == "" {
		return store.Browser{}, nil
	}
	b, err := r.Browser(a.ID, hashToken(v.BrowserToken))
	if notFound(err) {
		return store.Browser{}, nil
	}
	if err != nil {
		return store.Browser{}, err
	}
	if b.Failures >= browserFailures || kind == codeBucket && (b.FactorID == "" || b.FactorID != a.FactorID) {
		return store.Browser{}, nil
	}
	return b, nil
}

// sourceAllows refuses an address or a network with too many failures.
func (s *Service) sourceAllows(r *store.Reader, v Visit) error {
	stricter := 1
	n, err := r.FailingSince(codeBucket, r.Now.Add(-time.Hour), alarmAccounts+1)
	if err != nil {
		return err
	}
	if n > alarmAccounts {
		stricter = alarmDivisor
	}
	address, subnet := sourceOf(v.Origin)
	for kind, bucket := range map[string]string{addressBucket: address, subnetBucket: subnet} {
		f, err := failures(r, kind+"/"+bucket, kind, "")
		if err != nil {
			return err
		}
		if wait := waitFor(f, r.Now, stricter); wait > 0 {
			return tooMany("Too many failed attempts came from your network.", wait)
		}
	}
	return nil
}

// chargeSource counts a failure for the address and the network.
func chargeSource(tx *store.Tx, v Visit) error {
	address, subnet := sourceOf(v.Origin)
	for kind, bucket := range map[string]string{addressBucket: address, subnetBucket: subnet} {
		f, err := failures(&tx.Reader, kind+"/"+bucket, kind, "")
		if err != nil {
			return err
		}
		if err := tx.PutFailures(fail(f, tx.Now)); err != nil {
			return err
		}
	}
	return nil
}

// right takes the charge back in the transaction of the success. It clears the
// failures in a row, never those of the windows.
func (s *Service) right(tx *store.Tx, g guess) error {
	if g.browserID != "" {
		// Where a code follows, a right password says nothing of the wrong codes
		// before: with it, they would never end the browser's being known.
		if g.kind == passwordBucket && g.account.TwoFactor == portico.TwoFactorEnabled {
			return tx.UnchargeBrowser(g.browserID)
		}
		return tx.ForgiveBrowser(g.browserID)
	}
	for _, bucket := range g.buckets {
		f, err := tx.Failures(bucket)
		if notFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.PutFailures(forgive(f, g.at)); err != nil {
			return err
		}
	}
	return nil
}

// wrong records a failure with its event, tells whoever must know, and returns
// what the person is told.
func (s *Service) wrong(ctx context.Context, g guess, e portico.Event, told *portico.Error) error {
	ctx, cancel := store.Late(ctx) // a client that goes away takes nothing back
	defer cancel()
	e.Actor = e.Actor.Unadmitted() // a failure counts also when the session has ended
	err := s.db.Update(ctx, portico.System(g.visit.Origin), func(tx *store.Tx) error {
		if err := audit.Record(tx, e); err != nil {
			return err
		}
		if g.browserID != "" {
			return nil
		}
		if err := chargeSource(tx, g.visit); err != nil {
			return err
		}
		if g.alarming {
			if err := s.reportGuessing(tx, g); err != nil {
				return err
			}
		}
		if g.kind == codeBucket {
			return s.raiseAlarm(tx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return told
}

// reportGuessing records that somebody guesses, and tells the person if the
// login ID is anybody's.
func (s *Service) reportGuessing(tx *store.Tx, g guess) error {
	if err := audit.Record(tx, guessingEvent(g)); err != nil || g.account.ID == "" {
		return err
	}
	return s.tellOfGuessing(tx, g)
}

func guessingEvent(g guess) portico.Event {
	e := portico.Event{CustomerID: portico.ProviderID, Action: portico.FactorGuessing, Actor: portico.System(g.visit.Origin)}
	if g.kind == passwordBucket {
		e.Action = portico.PasswordGuessing
	}
	if g.account.ID == "" {
		e.Details = "unknown login ID"
		return e
	}
	return e.Target(g.account.User)
}

// raiseAlarm reports, once an hour, that codes fail on many accounts.
func (s *Service) raiseAlarm(tx *store.Tx) error {
	n, err := tx.FailingSince(codeBucket, tx.Now.Add(-time.Hour), alarmAccounts+1)
	if err != nil || n <= alarmAccounts {
		return err
	}
	told, err := failures(&tx.Reader, alarmBucket, alarmBucket, "")
	if err != nil || told.InARow > 0 {
		return err
	}
	told.InARow, told.FailedAt, told.ExpiresAt = 1, tx.Now, tx.Now.Add(time.Hour)
	if err := tx.PutFailures(told); err != nil {
		return err
	}
	if err := s.tellOperators(tx); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		CustomerID: portico.ProviderID, Action: portico.PortalAlarm, Actor: portico.System(portico.Origin{}),
		Details: fmt.Sprintf("Wrong codes on more than %d accounts within an hour", alarmAccounts),
	})
}

// tellOfGuessing mails the person that somebody guesses: at the codes, with
// the right password; or at the password, with a link that lets the person in
// all the same.
func (s *Service) tellOfGuessing(tx *store.Tx, g guess) error {
	if g.kind == codeBucket {
		return s.Tell(tx, mail.CodesGuessed, g.account, portico.System(g.visit.Origin), "")
	}
	token, ends, err := IssueLink(tx, store.LinkUnlock, g.account, portico.UnlockTime)
	if err != nil {
		return err
	}
	d := DataFor(g.account)
	d.Link, d.Until = s.notices.Link("/unlock/", token), ends
	return s.notices.Queue(tx, mail.PasswordGuessed, g.account, d)
}

// tellOperators mails the alarm to every active operator.
func (s *Service) tellOperators(tx *store.Tx) error {
	leads, err := tx.ActivePeople(portico.ProviderID, portico.RoleOperator)
	if err != nil {
		return err
	}
	for _, a := range leads {
		if err := s.notices.Queue(tx, mail.PortalAlarm, a, DataFor(a)); err != nil {
			return err
		}
	}
	return nil
}

// Attempts is the state of a person's failed attempts in browsers that are not
// known, for whoever looks after the portal.
type Attempts struct {
	What   string // codes or passwords, and from which network
	InARow int
	Recent int // that still count
	Wait   time.Duration
	Closed bool // until the password is changed
}

// AttemptsOf lists a person's failed attempts.
func (s *Service) AttemptsOf(ctx context.Context, id portico.UserID) ([]Attempts, error) {
	r := s.db.Read(ctx)
	rows, err := r.FailuresOf(id)
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		codeBucket: "codes", passwordBucket: "passwords", networkBucket: "passwords from ", resetBucket: "password links",
		endedBucket: "password links by log-in", emergencyBucket: "password links by This wasn't me", emailBucket: "new e-mail addresses",
	}
	var out []Attempts
	for _, f := range rows {
		a := Attempts{What: names[f.Kind], InARow: f.InARow, Recent: len(f.Recent), Wait: waitFor(f, r.Now, 1), Closed: f.Closed}
		if f.Kind == networkBucket {
			a.What += f.Bucket[len(networkBucket)+len(id)+2:]
		}
		out = append(out, a)
	}
	return out, nil
}
