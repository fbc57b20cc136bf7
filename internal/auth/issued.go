package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// IssuedCode is a one-time code for the first log-in after a reset, as its
// person reads it and as it is stored.
type IssuedCode struct {
	Plain string
	kept  store.ResetCode
}

// NewIssuedCode makes one, outside of any transaction: it is hashed as a
// recovery code is, and has as many bits.
func (s *Service) NewIssuedCode(ctx context.Context) (IssuedCode, error) {
	how := phc{s.hasher.params, make([]byte, saltSize), make([]byte, keySize)}
	_, _ = rand.Read(how.salt) // never fails: the program ends instead
	plain := newRecoveryCode()
	hash, err := s.hashRecovery(ctx, plain, how)
	if err != nil {
		return IssuedCode{}, fmt.Errorf("hashing the one-time code: %w", err)
	}
	return IssuedCode{Plain: inGroups(plain), kept: store.ResetCode{Hashing: how.String(), Hash: hash}}, nil
}

// Issue puts the code into force, in place of an earlier one. It changes
// nothing about what the person has to show: tx.MustSetUp does.
func (c IssuedCode) Issue(tx *store.Tx, actor portico.Actor, a store.Account) error {
	c.kept.ExpiresAt = tx.Now.Add(portico.ResetCodeTime)
	if err := tx.PutResetCode(a.ID, c.kept); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.ResetCodeMade, Actor: actor}.Target(a.User))
}

// newRecoveryCode is a fresh code in the form that is hashed.
func newRecoveryCode() string {
	raw := make([]byte, recoveryBytes)
	_, _ = rand.Read(raw) // never fails
	return base32.StdEncoding.EncodeToString(raw)
}

// inGroups is such a code as people read it.
func inGroups(plain string) string {
	return plain[:4] + "-" + plain[4:8] + "-" + plain[8:12] + "-" + plain[12:]
}

// asksIssued reports whether an account's second step is the one-time code of
// a reset.
func asksIssued(a store.Account) bool {
	return a.MustSetUp && a.TwoFactor != portico.TwoFactorEnabled
}

// issuedHash hashes a code with the salt of a person's one-time code, or with
// none where there is none: it costs as much.
func (s *Service) issuedHash(ctx context.Context, id portico.UserID, plain string) ([]byte, error) {
	code, err := s.db.Read(ctx).ResetCode(id)
	return s.hashLike(ctx, plain, code.Hashing, err)
}

// spendIssued uses up a person's one-time code; told says why it does not
// count.
func (s *Service) spendIssued(tx *store.Tx, actor portico.Actor, a store.Account, p secondProof) (told *portico.Error, why string, err error) {
	if p.plain == "" {
		return portico.FieldError("code", "Your 2FA setup was deleted. Log in with the one-time code that you were mailed or handed."), "a code in place of the one-time code", nil
	}
	used, err := tx.UseResetCode(a.ID, p.hash)
	if err != nil {
		return nil, "", err
	}
	if !used {
		return portico.FieldError("recovery_code", "This one-time code is not right, was used before, or has run out after 24 hours. Ask your administrator for a new one."),
			"wrong one-time code", nil
	}
	return nil, "", audit.Record(tx, portico.Event{Action: portico.ResetCodeUsed, Actor: actor}.Target(a.User))
}
