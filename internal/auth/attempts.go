package auth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/passkey"
	"portico/internal/password"
	"portico/internal/seal"
	"portico/internal/store"
)

// namesSecret is the name of the secret of the portal that NamesKey loads.
const namesSecret = "names"

// NamesKey loads the key with which failures on unknown login IDs are counted,
// and creates it at the first start. It returns an error if the keyset does not
// belong to the database, because the sealed key cannot be opened then.
func NamesKey(ctx context.Context, db *store.DB, keys *seal.Keys) ([]byte, error) {
	return db.Secret(ctx, keys, namesSecret)
}

// MakeNamesKey creates that key in a database that has none.
func MakeNamesKey(tx *store.Tx, keys *seal.Keys) error { return tx.MakeSecret(keys, namesSecret) }

// subject returns what failures of a password are counted under: the account,
// or an unknown login ID. All unknown login IDs share 2^18 buckets, chosen by a
// keyed hash. The hash hides what was typed, which is often a password.
func (s *Service) subject(a store.Account, key string) string {
	if a.ID != "" {
		return string(a.ID)
	}
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte(key)) // never fails
	return fmt.Sprintf("nobody-%05x", binary.BigEndian.Uint32(mac.Sum(nil))>>14)
}

// hashOfUnknown returns what the audit log keeps of an unknown login ID, so that
// attempts with the same one can be found. Without the keyset nobody can tell
// what was typed. It is another hash than that of the buckets.
func (s *Service) hashOfUnknown(key string) string {
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte("audit log\x00" + key)) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// attempt is an attempt at a password or a code. It is recorded before it is
// checked.
type attempt struct {
	kind      string // codeBucket, passkeyBucket or passwordBucket
	account   store.Account
	visit     Visit
	browserID string   // the known device that counts the attempt in place of the buckets; "" if none
	buckets   []string // that count the attempt
	charge    int      // how many failures it is in the rolling limits of these
	at        time.Time
	turn      password.Turn
	last      bool // the pending login takes no more attempts after this one
}

// refusedByAccount is the TooMany error of an attempt that the account's buckets
// refuse.
type refusedByAccount struct{ error }

func (e refusedByAccount) Unwrap() error { return e.error }

// recordAttempt records an attempt before it is checked. It uses a transaction of its
// own, so that an attempt counts even if its check never completes. It returns
// TooMany if the attempt must not be checked now. An attempt that the account's
// buckets refuse counts as a failure of its source.
func (s *Service) recordAttempt(ctx context.Context, kind string, a store.Account, key string, v Visit) (attempt, error) {
	tried, err := store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (attempt, error) {
		return s.recordAttemptIn(tx, kind, a, key, v)
	})
	var refused refusedByAccount
	if !errors.As(err, &refused) {
		return tried, err
	}
	// The transaction above was rolled back. Since it only read, it did not
	// block other writers.
	source := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return s.recordSourceFailure(tx, v) })
	return attempt{}, cmp.Or(source, refused.error)
}

// recordAttemptIn is recordAttempt within a transaction.
func (s *Service) recordAttemptIn(tx *store.Tx, kind string, a store.Account, key string, v Visit) (attempt, error) {
	tried := attempt{kind: kind, account: a, visit: v, at: tx.Now, charge: 1}
	subject := s.subject(a, key)
	known, err := s.known(&tx.Reader, kind, a, v)
	if err != nil {
		return attempt{}, err
	}
	tried.browserID, tried.turn = known.ID, turnOf(known.ID != "", subject, v.Origin)
	if known.ID != "" {
		if err := recordPasswordHash(tx, kind, a, known.ID); err != nil {
			return attempt{}, err
		}
		return tried, tx.RecordDeviceFailure(known.ID, browserFailures)
	}
	if err := s.sourceAllows(&tx.Reader, v); err != nil {
		return attempt{}, err
	}
	charged, err := bucketsOf(&tx.Reader, kind, subject, a, v)
	if err != nil {
		return attempt{}, err
	}
	if kind != passwordBucket {
		if tried.charge, err = codeCharge(&tx.Reader, a.ID); err != nil {
			return attempt{}, err
		}
	}
	for _, f := range charged {
		if err := mustWait(f, tx.Now, tried.charge); err != nil {
			return attempt{}, refusedByAccount{err}
		}
	}
	if err := recordPasswordHash(tx, kind, a, ""); err != nil {
		return attempt{}, err
	}
	for _, f := range charged {
		tried.buckets = append(tried.buckets, f.Bucket)
		if err := s.recordInBucket(tx, tried, f); err != nil {
			return attempt{}, err
		}
	}
	return tried, nil
}

// codeCharge returns how many failures a code is in the rolling limits: one for
// each authenticator that it is compared with, because each of them makes a guess
// as much likelier to be right. So two apps leave as many guesses in all as one.
func codeCharge(r *store.Reader, id portico.UserID) (int, error) {
	found, err := codeAuthenticators(r, id)
	return max(1, len(found)), err
}

// recordInBucket counts an attempt in one bucket and queues the notices that are due,
// because the attempt may never be answered. A code may turn out to be right, so
// only the codes before it count as guesses here.
func (s *Service) recordInBucket(tx *store.Tx, tried attempt, f store.Failures) error {
	if f.Kind == codeBucket {
		if err := s.notifyOfCodes(tx, tried, f); err != nil {
			return err
		}
	}
	f = failAt(f, tx.Now, tried.charge, 1)
	f.Customer = tried.account.CustomerID
	if err := tx.PutFailures(f); err != nil {
		return err
	}
	if f.Kind == passwordBucket && f.Consecutive >= closeConsecutive {
		return s.passwordsWait(tx, tried, f)
	}
	return nil
}

// bucketsOf returns the buckets that count an attempt outside known devices.
// While strangers delay the log-ins of a login ID, networks without recent
// failures on it have a bucket of their own, the share. A passkey counts as a
// code, and once more by itself, so that the user is told what is true.
func bucketsOf(r *store.Reader, kind, subject string, a store.Account, v Visit) ([]store.Failures, error) {
	if kind == passkeyBucket {
		codes, err := bucketsOf(r, codeBucket, subject, a, v)
		if err != nil {
			return nil, err
		}
		alone, err := failures(r, kind+"/"+subject, kind, a.ID)
		return append(codes, alone), err
	}
	account, err := failures(r, kind+"/"+subject, kind, a.ID)
	if err != nil || kind == codeBucket {
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

// mustWait returns an error that tells how long a bucket refuses an attempt with
// a charge, and what the user can do until then. It returns nil if the bucket
// allows the attempt. The answer is the same for unknown login IDs.
func mustWait(f store.Failures, now time.Time, charge int) error {
	wait := waitToCharge(f, now, charge)
	switch {
	case f.Closed:
		return errCodesClosed
	case wait == 0:
		return nil
	case f.Kind == codeBucket:
		return tooMany("Too many wrong codes. Try again in {0}.", wait)
	}
	if f.Kind == passwordBucket && f.Consecutive >= closeConsecutive {
		return tooMany("Too many wrong passwords for this login ID. Try again in {0}. Or use \"Forgotten login ID or password\" to get a link by email.", wait)
	}
	return tooMany("Too many wrong passwords for this login ID. Try again in {0}.", wait)
}

// timesFor returns how many times the failures of other sources the visit's
// source may have.
func (s *Service) timesFor(o portico.Origin) int {
	ip, err := netip.ParseAddr(o.Address)
	if err == nil && slices.ContainsFunc(s.offices, func(n netip.Prefix) bool { return n.Contains(ip.Unmap().WithZone("")) }) {
		return officeTimes
	}
	return 1
}

// errCodesClosed is shown only to people who know the password: to the account's
// user, or to an attacker, who learns that the password is of no use.
var errCodesClosed = portico.E(portico.TooMany, "Too many wrong codes were entered. Log in with a browser that you have used before and change your password there, or ask your administrator to clear the failed attempts.")

// known returns the visit's browser if it is a known device of the account with
// fewer than browserFailures failures, and otherwise the zero Browser. For a
// code, an authenticator that the user has now must have been proved in the
// browser: a password alone makes no device known for codes.
func (s *Service) known(r *store.Reader, kind string, a store.Account, v Visit) (store.Browser, error) {
	if a.ID == "" || v.BrowserToken == "" {
		return store.Browser{}, nil
	}
	b, err := r.Browser(a.ID, store.HashToken(v.BrowserToken))
	if notFound(err) {
		return store.Browser{}, nil
	}
	if err != nil {
		return store.Browser{}, err
	}
	is := b.Failures < browserFailures
	if is && kind != passwordBucket {
		if is, err = proved(r, b); err != nil {
			return store.Browser{}, err
		}
	}
	if !is {
		return store.Browser{}, nil
	}
	return b, nil
}

// sourceAllows returns TooMany for an address or a network with too many
// failures. During an alert, the limits of networks that wrong codes have come
// from are divided by alertDivisor.
func (s *Service) sourceAllows(r *store.Reader, v Visit) error {
	address, subnet := sourceOf(v.Origin)
	stricter, err := alertDivisorFor(r, subnet)
	if err != nil {
		return err
	}
	for _, source := range []struct {
		kind, bucket string
		text         portico.Text
	}{
		{addressBucket, address, "Too many failed attempts came from your address. Try again in {0}."},
		{subnetBucket, subnet, "Too many failed attempts came from your network. Try again in {0}."},
	} {
		f, err := failures(r, source.kind+"/"+source.bucket, source.kind, "")
		if err != nil {
			return err
		}
		if wait := waitAt(f, r.Now, s.timesFor(v.Origin), stricter); wait > 0 {
			return tooMany(source.text, wait)
		}
	}
	return nil
}

// recordSourceFailure records a failure for the visit's address and network.
func (s *Service) recordSourceFailure(tx *store.Tx, v Visit) error {
	address, subnet := sourceOf(v.Origin)
	for kind, bucket := range map[string]string{addressBucket: address, subnetBucket: subnet} {
		f, err := failures(&tx.Reader, kind+"/"+bucket, kind, "")
		if err != nil {
			return err
		}
		if err := tx.PutFailures(failAt(f, tx.Now, 1, s.timesFor(v.Origin))); err != nil {
			return err
		}
	}
	return nil
}

// attemptSucceeded undoes the record of an attempt in the transaction of its success. It
// resets the consecutive failures, but not the other failures within the
// windows.
func (s *Service) attemptSucceeded(tx *store.Tx, tried attempt) error {
	if tried.browserID != "" {
		// If a code follows, the right password must not reset the device's
		// wrong codes. Otherwise they would never make the device unknown.
		if tried.kind == passwordBucket && tried.account.TwoFactor == portico.TwoFactorEnabled {
			return tx.UndoDeviceFailure(tried.browserID)
		}
		return tx.ResetDeviceFailures(tried.browserID)
	}
	for _, bucket := range tried.buckets {
		f, err := tx.Failures(bucket)
		if notFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.PutFailures(resetConsecutive(f, tried.at, tried.charge)); err != nil {
			return err
		}
	}
	return nil
}

// attemptFailed records a failure with its event, sends the notifications that are due,
// and returns told, which is the error for the user.
func (s *Service) attemptFailed(ctx context.Context, tried attempt, e portico.Event, told *portico.Error) error {
	ctx, cancel := store.Detached(ctx) // a client that disconnects must not undo the failure
	defer cancel()
	e.Actor = e.Actor.Unadmitted() // a failure counts even if the session has ended
	err := s.db.Update(ctx, portico.System(tried.visit.Origin), func(tx *store.Tx) error {
		if err := audit.Record(tx, e); err != nil {
			return err
		}
		if e.Told.Text == passkeyReason(passkey.ErrCloned) { // what the user reads may be something else
			if err := s.Notify(tx, mail.PasskeyCopied, tried.account, e.Actor, ""); err != nil {
				return err
			}
		}
		if tried.browserID != "" {
			return nil
		}
		if err := s.recordSourceFailure(tx, tried.visit); err != nil {
			return err
		}
		if tried.kind != codeBucket && tried.kind != passkeyBucket {
			return nil
		}
		f, err := failures(&tx.Reader, codeBucket+"/"+string(tried.account.ID), codeBucket, tried.account.ID)
		if err != nil {
			return err
		}
		if err := s.notifyOfCodes(tx, tried, f); err != nil || tried.kind == passkeyBucket {
			return err
		}
		return s.raiseAlert(tx, tried)
	})
	if err != nil {
		return err
	}
	return told
}
