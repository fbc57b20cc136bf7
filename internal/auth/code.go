package auth

import (
	"fmt"

	"portico"
	"portico/internal/store"
	"portico/internal/totp"
)

// purposeTOTP is the associated data under which authenticator keys are
// sealed, with the person's id: a sealed key copied to another row or another
// use does not open.
const purposeTOTP = "authenticator key"

// spendCode checks a code against a person's authenticator and uses up its
// time step: the one ledger for log-in, confirmation and enabling again. An
// authenticator of an unknown kind, or one whose key does not open, is an
// error and so lets nobody in.
func (s *Service) spendCode(tx *store.Tx, id portico.UserID, code string) (totp.Verdict, error) {
	f, err := tx.Factor(id)
	if err != nil {
		return totp.Refused, err
	}
	if f.Kind != store.FactorTOTP {
		return totp.Refused, fmt.Errorf("unknown kind of authenticator %q", f.Kind)
	}
	if len(f.Secret) == 0 {
		return totp.Refused, errKeyLost
	}
	key, err := s.keys.Open(f.Secret, string(id), purposeTOTP)
	if err != nil {
		return totp.Refused, fmt.Errorf("opening the authenticator's key: %w", err)
	}
	r := totp.Verify(key, code, tx.Now, s.skew, f.LastStep)
	if r.Verdict != totp.Accepted {
		return r.Verdict, nil
	}
	won, err := tx.UseStep(f.ID, r.Step)
	if err != nil {
		return totp.Refused, err
	}
	if !won {
		return totp.Used, nil
	}
	return totp.Accepted, nil
}

// errKeyLost answers every code once the portal has lost its keyset. Whoever
// reads it has given the right password.
var errKeyLost = portico.FieldError("code",
	"The portal has lost the keys of its authenticators, so no code is right any more. Use a recovery code, or ask your administrator to delete your 2FA setup.")

// errCodeForm answers what is no code at all; it is not counted as a guess.
func errCodeForm() *portico.Error {
	return portico.FieldError("code", "Enter the 6 digits that your authenticator app shows.")
}

// codeError says why a code does not count.
func codeError(v totp.Verdict) *portico.Error {
	if v == totp.Used {
		return portico.FieldError("code", "This code was already used. Wait for the next one, it comes within 30 seconds.")
	}
	return portico.FieldError("code", "This code is not right. Enter the 6 digits that your app shows now.")
}

// codeReason is codeError for the audit log.
func codeReason(v totp.Verdict) string {
	if v == totp.Used {
		return "code already used"
	}
	return "wrong code"
}

// SealKey seals an authenticator's key as spendCode opens it, for people that
// are made with one.
func (s *Service) SealKey(id portico.UserID, key []byte) ([]byte, error) {
	return s.keys.Seal(key, string(id), purposeTOTP)
}
