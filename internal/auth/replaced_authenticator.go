package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
	"portico/internal/totp"
)

var errOldPhone = portico.FieldError("code", "This is the code of your old phone. Scan the QR code with the new phone, and enter the code that the new entry shows.")

// whySetupRefused returns the error for a code that does not prove the key of
// an enrolment, and the attempt that it counts as. While a user moves to a new
// phone, it looks whether the code is one of the old phone. That is an attempt
// at a code like any other, recorded before it is checked: where it may not be
// checked, the answer is told as it is. The code is not used up.
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
	f, err := s.db.Read(ctx).Authenticator(a.ID)
	if err != nil || f.Kind != store.AuthenticatorTOTP || len(f.Secret) == 0 {
		return counted, told, store.NotFound(err, nil)
	}
	key, err := s.keys.Open(f.Secret, string(a.ID), store.PurposeTOTP)
	if err != nil {
		return counted, told, fmt.Errorf("opening the authenticator's key: %w", err)
	}
	if totp.Verify(key, code, s.outbox.Now(), s.skew, f.LastStep).Verdict != totp.Refused {
		told = errOldPhone
	}
	return counted, told, nil
}
