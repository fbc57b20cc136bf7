package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
	"portico/internal/totp"
)

// recoveryBytes is the size of a recovery code: 120 bits, which are 24
// characters of base32. Secrets of at least 112 bits do not need a slow hash
// (OWASP ASVS 5.0, 6.5.2). Older codes have 80 bits and are hashed like
// passwords.
const (
	recoveryBytes    = 15
	oldRecoveryBytes = 10
)

// hashedBySHA256 is what a set of recovery codes stores in place of the salt
// and parameters that older sets have.
const hashedBySHA256 = "sha256"

// recoverySet is a new set of recovery codes: as the user reads them, and the
// hashes that are stored.
type recoverySet struct {
	codes  []string
	hashes [][]byte
}

func newRecoverySet() recoverySet {
	var set recoverySet
	for range portico.RecoveryCodes {
		plain := newRecoveryCode()
		set.codes, set.hashes = append(set.codes, inGroups(plain)), append(set.hashes, store.HashToken(plain))
	}
	return set
}

// newRecoveryCode returns a new code in the form that is hashed.
func newRecoveryCode() string {
	raw := make([]byte, recoveryBytes)
	_, _ = rand.Read(raw) // never fails
	return base32.StdEncoding.EncodeToString(raw)
}

// inGroups returns a code in groups of four, as users read it.
func inGroups(plain string) string {
	var groups []string
	for group := range slices.Chunk([]byte(plain), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// hashCode hashes a typed code in the way of the stored codes of an attempt's account,
// which hashing describes. found is the error from reading hashing; if it is
// store.ErrNotFound, hashCode returns a hash that matches nothing.
func (s *Service) hashCode(ctx context.Context, tried attempt, plain, hashing string, found error) ([]byte, error) {
	missing := notFound(found)
	if found != nil && !missing {
		return nil, found
	}
	if missing || hashing == hashedBySHA256 || len(plain) != base32.StdEncoding.EncodedLen(oldRecoveryBytes) {
		return store.HashToken(plain), nil
	}
	return s.hasher.Key(ctx, tried.turn, hashing, plain)
}

// recoveryHash hashes a typed recovery code in the way of the account's stored
// ones.
func (s *Service) recoveryHash(ctx context.Context, tried attempt, plain string) ([]byte, error) {
	set, err := s.db.Read(ctx).RecoverySet(tried.account.ID)
	return s.hashCode(ctx, tried, plain, set.Hashing, err)
}

// ParseRecovery converts a recovery code as typed into the form that is hashed.
// It ignores case and what totp.Typed ignores, and reads the digits 0, 1 and 8,
// which base32 lacks, as the letters O, I and B. ok is false if the result
// cannot be a recovery code.
func ParseRecovery(typed string) (plain string, ok bool) {
	plain = strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'O'
		case '1':
			return 'I'
		case '8':
			return 'B'
		}
		return r
	}, totp.Typed(typed))
	plain = strings.ToUpper(plain)
	raw, err := base32.StdEncoding.DecodeString(plain)
	return plain, err == nil && (len(raw) == recoveryBytes || len(raw) == oldRecoveryBytes)
}

var errRecoveryForm = portico.FieldError("recovery_code", "Enter one of your recovery codes: letters and digits, in groups of four.")

var errRecoveryMissing = portico.FieldError("recovery_code", "Enter your password and one of your recovery codes, or confirm with a passkey.")

var errRecoveryWrong = portico.FieldError("recovery_code", "This recovery code is wrong, or was already used. Enter another one.")

// putRecovery stores a set of recovery codes, which the session can show until
// they are saved or portico.RecoveryShown has passed.
func (s *Service) putRecovery(tx *store.Tx, set recoverySet, id portico.UserID, sessionID string) error {
	shown, err := s.keys.Seal([]byte(strings.Join(set.codes, "\n")), string(id), store.PurposeRecovery)
	if err != nil {
		return err
	}
	return tx.PutRecoverySet(store.RecoverySet{
		UserID: id, Hashing: hashedBySHA256, SessionID: sessionID, Shown: shown, ShownUntil: tx.Now.Add(portico.RecoveryShown),
	}, set.hashes)
}

// Recovery is what users see of their own recovery codes.
type Recovery struct {
	Left    int
	Codes   []string // empty once they are saved or have expired, and in other sessions
	Unsaved bool     // the user has not said yet that the codes are saved
}

// Recovery returns the state of the recovery codes of the session's user.
func (s *Service) Recovery(ctx context.Context, ses *Session) (Recovery, error) {
	return store.View(ctx, s.db, func(r *store.Reader) (rec Recovery, err error) {
		set, err := r.RecoverySet(ses.User.ID)
		if err != nil {
			return rec, store.NotFound(err, nil)
		}
		rec.Unsaved = unsaved(set)
		if rec.Left, err = r.RecoveryCodesLeft(ses.User.ID); err != nil {
			return rec, err
		}
		if set.SessionID != ses.id || len(set.Shown) == 0 || !r.Now.Before(set.ShownUntil) {
			return rec, nil
		}
		codes, err := s.keys.Open(set.Shown, string(ses.User.ID), store.PurposeRecovery)
		if err != nil {
			return rec, fmt.Errorf("opening the recovery codes: %w", err)
		}
		rec.Codes = strings.Split(string(codes), "\n")
		return rec, nil
	})
}

// unsaved reports whether the user has not said yet that the codes are saved.
func unsaved(set store.RecoverySet) bool { return set.SessionID != "" }

// RecoverySaved records that the user has saved the recovery codes, and stops
// showing them.
func (s *Service) RecoverySaved(ctx context.Context, ses *Session) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error { return tx.HideRecovery(ses.User.ID) })
	if err != nil {
		return fmt.Errorf("hiding the recovery codes: %w", err)
	}
	return nil
}

// RenewRecovery replaces the recovery codes with a new set. The old codes no
// longer work. It returns Forbidden without a recent confirmation, and Conflict
// without an enabled authenticator.
func (s *Service) RenewRecovery(ctx context.Context, ses *Session) error {
	set := newRecoverySet()
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return err
		}
		if row.Account.TwoFactor != portico.TwoFactorEnabled {
			return portico.E(portico.Conflict, "Recovery codes belong to an enabled authenticator.")
		}
		if err := s.putRecovery(tx, set, row.Account.ID, row.ID); err != nil {
			return err
		}
		if err := s.Notify(tx, mail.RecoveryCreated, row.Account, ses.Actor, ""); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.RecoveryCreated, Actor: ses.Actor}.Target(row.Account.User))
	})
	if err != nil {
		return fmt.Errorf("making recovery codes: %w", err)
	}
	return nil
}
