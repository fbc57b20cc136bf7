package auth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
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
	turn      turn
	alarming  bool // the person is told when this was wrong
	locked    bool // by so many in a row that the person was mailed a link
	refused   bool // by the account's buckets: it must not be looked at
}

// charge counts an attempt before anything is looked at, in a transaction of
// its own, so that a guess that is never answered still counts. TooMany when
// it must not be looked at now; that the account's buckets refuse counts against
// its source.
func (s *Service) charge(ctx context.Context, kind string, a store.Account, key string, v Visit) (guess, error) {
	var g guess
	err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) (err error) {
		g, err = s.chargeIn(tx, kind, a, key, v)
		return err
	})
	if !g.refused {
		return g, err
	}
	// Not in the transaction above: what only reads is in nobody's way.
	source := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return chargeSource(tx, v) })
	return g, cmp.Or(source, err)
}

// chargeIn is charge within a transaction.
func (s *Service) chargeIn(tx *store.Tx, kind string, a store.Account, key string, v Visit) (guess, error) {
	g := guess{kind: kind, account: a, visit: v, at: tx.Now}
	subject := s.subject(a, key)
	known, err := s.known(&tx.Reader, kind, a, v)
	if err != nil {
		return guess{}, err
	}
	g.browserID, g.turn = known.ID, turnOf(known.ID != "", subject, v.Origin)
	if known.ID != "" {
		if err := countHash(tx, kind, a, known.ID); err != nil {
			return guess{}, err
		}
		return g, tx.ChargeBrowser(known.ID, browserFailures)
	}
	if err := s.sourceAllows(&tx.Reader, v); err != nil {
		return guess{}, err
	}
	charged, err := bucketsOf(&tx.Reader, kind, subject, a, v)
	if err != nil {
		return guess{}, err
	}
	for i, f := range charged {
		if err := refusal(f, tx.Now); err != nil {
			return guess{refused: true}, err
		}
		f = fail(f, tx.Now)
		f.Customer = a.CustomerID
		g.buckets = append(g.buckets, f.Bucket)
		g.locked = g.locked || f.Kind == passwordBucket && f.InARow >= closeInARow
		g.alarming = g.alarming || guessing(f, tx.Now) || f.Kind == passwordBucket && f.InARow == closeInARow
		charged[i] = f
	}
	if err := countHash(tx, kind, a, ""); err != nil {
		return guess{}, err
	}
	for _, f := range charged {
		if err := tx.PutFailures(f); err != nil {
			return guess{}, err
		}
	}
	return g, nil
}

// bucketsOf are those that an attempt in an unknown browser is charged to. When
// the passwords of a login ID have to wait, because strangers try them, networks
// that are new to it have a share of their own.
func bucketsOf(r *store.Reader, kind, subject string, a store.Account, v Visit) ([]store.Failures, error) {
	account, err := failures(r, kind+"/"+subject, kind, a.ID)
	if err != nil || kind != passwordBucket {
		return []store.Failures{account}, err
	}
	_, subnet := sourceOf(v.Origin)
	network, err := failures(r, networkBucket+"/"+subject+"/"+subnet, networkBucket, a.ID)
	if err != nil {
		return nil, err
	}
	share, err := failures(r, shareBucket+"/"+subject, shareBucket, a.ID)
	if err != nil {
		return nil, err
	}
	return []store.Failures{sharing(account, share, network, r.Now), network}, nil
}

// refusal says how long a bucket has to wait, and what helps until then; nil when
// it has not. It is the same for a login ID that nobody has.
func refusal(f store.Failures, now time.Time) error {
	wait := waitFor(f, now, 1)
	switch {
	case f.Closed:
		return errClosed
	case wait == 0:
		return nil
	case f.Kind == codeBucket:
		return tooMany("Too many wrong codes.", wait)
	}
	told := tooMany("Too many wrong passwords.", wait)
	if f.Kind == passwordBucket && f.InARow >= closeInARow {
		told.Text += " Or press \"Forgotten password\" to be mailed a link."
	}
	return told
}

// errClosed is said to whoever knows the password: to its owner, or to the one
// who has to hear that it is of no use.
var errClosed = portico.E(portico.TooMany, "Too many wrong codes were entered. Log in with a browser that you have used before and change your password there, or ask your administrator to clear the failed attempts.")

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

// sourceAllows refuses an address or a network with too many failures; during
// the alarm, one whose codes raised it with a tenth of them.
func (s *Service) sourceAllows(r *store.Reader, v Visit) error {
	address, subnet := sourceOf(v.Origin)
	stricter, err := alarmOver(r, subnet)
	if err != nil {
		return err
	}
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
		if g.locked && g.account.ID != "" { // the link holds as long as the lock
			if err := tx.ExtendLinks(g.account.ID, store.LinkUnlock, tx.Now.Add(portico.UnlockTime)); err != nil {
				return err
			}
		}
		if g.alarming {
			if err := s.reportGuessing(tx, g); err != nil {
				return err
			}
		}
		if g.kind == codeBucket {
			return s.raiseAlarm(tx, g)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return told
}
