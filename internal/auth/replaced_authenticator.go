package auth

import (
	"context"
	"slices"

	"portico"
	"portico/internal/store"
	"portico/internal/totp"
)

var (
	errOldPhone = portico.FieldError("code", "This is the code of your old phone. Scan the QR code with the new phone, and enter the code that the new entry shows.")
	errOtherApp = portico.FieldError("code", "This is a code of an authenticator app that you already have. Scan the QR code with the new app, and enter the code that the new entry shows.")
)

// whySetupRefused returns the error for a code that does not prove the key of
// an enrolment, and the attempt that it counts as. While a user with 2FA moves to a
// new phone or adds an app, it looks whether the code is one of those in force.
// That is an attempt at a code like any other, recorded before it is checked: where
// it may not be checked, the answer is told as it is. The code is not used up.
func (s *Service) whySetupRefused(ctx context.Context, ses *Session, tried attempt, code string, told *portico.Error) (attempt, *portico.Error, error) {
	if told.Code != portico.Invalid { // such as a set-up that has run out
		return tried, told, nil
	}
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil || a.TwoFactor != portico.TwoFactorEnabled {
		return tried, told, err
	}
	counted, err := s.recordAttempt(ctx, codeBucket, a, "", ses.visit)
	if portico.TooMany.Is(err) {
		return tried, told, nil
	}
	if err != nil {
		return tried, told, err
	}
	r := s.db.Read(ctx)
	found, err := codeAuthenticators(r, a.ID)
	if err != nil {
		return counted, told, err
	}
	results, err := s.compare(found, code, r.Now)
	if portico.Invalid.Is(err) { // the keys are lost
		return counted, told, nil
	}
	if err != nil {
		return counted, told, err
	}
	if !slices.ContainsFunc(results, func(r totp.Result) bool { return r.Verdict != totp.Refused }) {
		return counted, told, nil
	}
	e, err := r.Enrolment(ses.id)
	if err != nil {
		return counted, told, err
	}
	if store.AuthenticatorIndex(found, e.Replaces) < 0 { // a new app, or one in place of a passkey
		return counted, errOtherApp, nil
	}
	return counted, errOldPhone, nil
}
