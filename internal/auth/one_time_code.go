package auth

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"portico"
	"portico/internal/store"
	"portico/internal/totp"
)

// codeAuthenticators returns the apps that a code of a user is compared
// with: those in force or, while 2FA is disabled, those that are kept.
func codeAuthenticators(r *store.Reader, id portico.UserID) ([]store.Authenticator, error) {
	found, err := r.Authenticators(id)
	return apps(ofOneState(found)), err
}

// apps returns what of authenticators is no passkey.
func apps(found []store.Authenticator) []store.Authenticator {
	return slices.DeleteFunc(found, func(f store.Authenticator) bool { return f.Kind == portico.AuthenticatorPasskey })
}

// useCode checks a code against a user's authenticators and uses up its time
// step. It returns the ID of the app that showed the code. Log-in,
// confirmation and re-enabling 2FA all use it, so a code that one of them has
// accepted is used for the others. It returns an error, and the code does not
// count, if an authenticator is of an unknown kind or its key cannot be opened, and
// a Refusal where the user has to prove a passkey: then no code is looked at.
func (s *Service) useCode(tx *store.Tx, a store.Account, code string) (authenticatorID string, verdict totp.Verdict, err error) {
	found, err := tx.Authenticators(a.ID)
	if err != nil {
		return "", totp.Refused, err
	}
	if found = ofOneState(found); !s.codesCount(a.User, a.Customer.Policy, found, tx.Now) {
		return "", totp.Refused, &portico.Refusal{Err: errPasskeyOnly, Reason: portico.Say("a code in place of the required passkey")}
	}
	found = apps(found)
	results, err := s.compare(found, code, tx.Now)
	if err != nil {
		return "", totp.Refused, err
	}
	// A code that several apps show is used up for each of them, so that it
	// counts once.
	for i, r := range results {
		if r.Verdict == totp.Accepted {
			won, err := tx.UseStep(found[i].ID, r.Step)
			if err != nil {
				return "", totp.Refused, err
			}
			if won {
				authenticatorID = cmp.Or(authenticatorID, found[i].ID)
				continue
			}
			r.Verdict = totp.Used
		}
		verdict = max(verdict, r.Verdict)
	}
	if authenticatorID != "" {
		verdict = totp.Accepted
	}
	return authenticatorID, verdict, nil
}

// compare returns what a code is for each authenticator, and uses nothing up. It
// returns errKeyLost if the keys of all of them are lost.
func (s *Service) compare(found []store.Authenticator, code string, now time.Time) ([]totp.Result, error) {
	if err := checkKinds(found); err != nil {
		return nil, err
	}
	results := make([]totp.Result, len(found))
	lost := 0
	for i, f := range found {
		if len(f.Secret) == 0 {
			lost++
			continue
		}
		key, err := s.keys.Open(f.Secret, string(f.UserID), store.PurposeTOTP)
		if err != nil {
			return nil, fmt.Errorf("opening the authenticator's key: %w", err)
		}
		results[i] = totp.Verify(key, code, now, s.skew, f.LastStep)
	}
	if lost > 0 && lost == len(found) {
		return nil, errKeyLost
	}
	return results, nil
}

// errKeyLost is returned for every code after the portal has lost its keyset.
// Only users who have entered the right password see it.
var errKeyLost = portico.FieldError("code",
	"The portal has lost the keys of its authenticators, so no code works any more. Use a recovery code, or ask your administrator to delete your 2FA setup.")

// errPasskeyOnly is returned for every code where the user has to prove a passkey.
var errPasskeyOnly = portico.FieldError("code", "Your organisation requires your passkey here, so codes of an authenticator app are not accepted.")

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
