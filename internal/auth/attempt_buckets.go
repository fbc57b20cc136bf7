package auth

import (
	"time"

	"portico"
	"portico/internal/store"
)

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

// codeCharge returns how many failures a code is in the rolling limits: one for
// each authenticator that it is compared with, because each of them makes a guess
// as much likelier to be right. So two apps leave as many guesses in all as one.
func codeCharge(r *store.Reader, id portico.UserID) (int, error) {
	found, err := codeAuthenticators(r, id)
	return max(1, len(found)), err
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
