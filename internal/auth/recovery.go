package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// purposeRecovery is the associated data of recovery codes that are still
// shown.
const purposeRecovery = "recovery codes"

// recoveryBytes is the size of a recovery code: 80 bit, which make 16
// characters of base32.
const recoveryBytes = 10

// recoverySet is a fresh set: the codes as people read them, and what is
// stored of them.
type recoverySet struct {
	codes  []string
	how    phc // salt and parameters; its key stands for nothing
	hashes [][]byte
}

func (s *Service) newRecoverySet(ctx context.Context) (recoverySet, error) {
	set := recoverySet{how: phc{s.hasher.params, make([]byte, saltSize), make([]byte, keySize)}}
	_, _ = rand.Read(set.how.salt) // never fails: the program ends instead
	for range portico.RecoveryCodes {
		plain := newRecoveryCode()
		set.codes = append(set.codes, inGroups(plain))
		hash, err := s.hashRecovery(ctx, plain, set.how)
		if err != nil {
			return recoverySet{}, err
		}
		set.hashes = append(set.hashes, hash)
	}
	return set, nil
}

// hashRecovery hashes a recovery code as a password is hashed: with less than
// 112 bit, a plain hash would not do (OWASP ASVS 5.0, 6.5.2).
func (s *Service) hashRecovery(ctx context.Context, plain string, how phc) ([]byte, error) {
	release, err := s.hasher.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return derive(plain, how.params, how.salt, keySize), nil
}

// ParseRecovery brings a recovery code as typed into the form that is hashed:
// case, dashes and spaces do not matter, and digits that base32 does not have
// stand for the letters they look like. ok is false when it cannot be one.
func ParseRecovery(typed string) (plain string, ok bool) {
	plain = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u00a0':
			return -1
		case '0':
			return 'O'
		case '1':
			return 'I'
		case '8':
			return 'B'
		}
		return r
	}, typed)
	plain = strings.ToUpper(plain)
	raw, err := base32.StdEncoding.DecodeString(plain)
	return plain, err == nil && len(raw) == recoveryBytes
}

func errRecoveryForm() *portico.Error {
	return portico.FieldError("recovery_code", "Enter one of your recovery codes: 16 letters and digits, in four groups.")
}

func errRecoveryWrong() *portico.Error {
	return portico.FieldError("recovery_code", "This recovery code is not right, or was used before. Enter another one.")
}

// putRecovery stores a set for a session to show.
func (s *Service) putRecovery(tx *store.Tx, set recoverySet, id portico.UserID, sessionID string) error {
	shown, err := s.keys.Seal([]byte(strings.Join(set.codes, "\n")), string(id), purposeRecovery)
	if err != nil {
		return err
	}
	return tx.PutRecoverySet(store.RecoverySet{
		UserID: id, Hashing: set.how.String(), SessionID: sessionID, Shown: shown, ShownUntil: tx.Now.Add(portico.RecoveryShown),
	}, set.hashes)
}

// Recovery is what the person sees of the own recovery codes.
type Recovery struct {
	Left  int
	Codes []string // until they were saved, for the session that they were made in
}

// Recovery returns the state of the session's person's recovery codes.
func (s *Service) Recovery(ctx context.Context, ses *Session) (Recovery, error) {
	var rec Recovery
	err := s.db.View(ctx, func(r *store.Reader) error {
		rec = Recovery{}
		set, err := r.RecoverySet(ses.User.ID)
		if notFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Left, err = r.RecoveryCodesLeft(ses.User.ID); err != nil {
			return err
		}
		if set.SessionID != ses.id || len(set.Shown) == 0 || !r.Now.Before(set.ShownUntil) {
			return nil
		}
		codes, err := s.keys.Open(set.Shown, string(ses.User.ID), purposeRecovery)
		if err != nil {
			return fmt.Errorf("opening the recovery codes: %w", err)
		}
		rec.Codes = strings.Split(string(codes), "\n")
		return nil
	})
	return rec, err
}

// RecoverySaved ends the showing of the codes.
func (s *Service) RecoverySaved(ctx context.Context, ses *Session) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error { return tx.HideRecovery(ses.User.ID, ses.id) })
	if err != nil {
		return fmt.Errorf("hiding the recovery codes: %w", err)
	}
	return nil
}

// RenewRecovery makes a new set in place of the old one, whose codes end.
// Forbidden when the identity was not confirmed lately, Conflict without an
// enabled authenticator.
func (s *Service) RenewRecovery(ctx context.Context, ses *Session) error {
	set, err := s.newRecoverySet(ctx)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
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
		if err := s.Tell(tx, mail.RecoveryCreated, row.Account, ses.Actor, ""); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.RecoveryCreated, Actor: ses.Actor}.Target(row.Account.User))
	})
	if err != nil {
		return fmt.Errorf("making recovery codes: %w", err)
	}
	return nil
}

// recoveryHash hashes a recovery code with the salt of a person's set, or with
// none where there is no set: it costs as much.
func (s *Service) recoveryHash(ctx context.Context, id portico.UserID, plain string) ([]byte, error) {
	set, err := s.db.Read(ctx).RecoverySet(id)
	return s.hashLike(ctx, plain, set.Hashing, err)
}

// hashLike hashes a code as the stored one was. found is the error of reading
// that: where there is none, a hash is made all the same.
func (s *Service) hashLike(ctx context.Context, plain, hashing string, found error) ([]byte, error) {
	how := s.hasher.dummy
	switch {
	case notFound(found):
	case found != nil:
		return nil, found
	default:
		var err error
		if how, err = parsePHC(hashing); err != nil {
			return nil, err
		}
	}
	return s.hashRecovery(ctx, plain, how)
}
