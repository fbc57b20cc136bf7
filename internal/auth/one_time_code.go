package auth

import (
	"fmt"

	"portico"
	"portico/internal/store"
	"portico/internal/totp"
)

// useCode checks a code against a user's authenticator and uses up its time
// step. Log-in, confirmation and re-enabling 2FA all use it, so a code that one
// of them has accepted is used for the others. It returns an error, and the
// code does not count, if the authenticator is of an unknown kind or its key
// cannot be opened.
func (s *Service) useCode(tx *store.Tx, id portico.UserID, code string) (totp.Verdict, error) {
	f, err := tx.Authenticator(id)
	if err != nil {
		return totp.Refused, err
	}
	if f.Kind != store.AuthenticatorTOTP {
		return totp.Refused, fmt.Errorf("unknown kind of authenticator %q", f.Kind)
	}
	if len(f.Secret) == 0 {
		return totp.Refused, errKeyLost
	}
	key, err := s.keys.Open(f.Secret, string(id), store.PurposeTOTP)
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

// errKeyLost is returned for every code after the portal has lost its keyset.
// Only users who have entered the right password see it.
var errKeyLost = portico.FieldError("code",
	"The portal has lost the keys of its authenticators, so no code works any more. Use a recovery code, or ask your administrator to delete your 2FA setup.")

// errCodeForm is returned for text that is not six digits. It is not counted as
// an attempt.
var errCodeForm = portico.FieldError("code", "Enter the 6 digits that your authenticator app shows.")

// codeError returns the error that tells the user why a code does not count.
func codeError(v totp.Verdict) *portico.Error {
	if v == totp.Used {
		return portico.FieldError("code", "This code was already used. Wait for the next one, within 30 seconds.")
	}
	return portico.FieldError("code", "This code is wrong. Enter the 6 digits that your app shows now.")
}

// codeReason returns the same reason for the audit log.
func codeReason(v totp.Verdict) portico.Text {
	if v == totp.Used {
		return "code already used"
	}
	return "wrong code"
}

// SealKey seals an authenticator's key in the form that useCode opens. It is
// for accounts that are created with an authenticator: sample data and tests.
func (s *Service) SealKey(id portico.UserID, key []byte) ([]byte, error) {
	return s.keys.Seal(key, string(id), store.PurposeTOTP)
}
