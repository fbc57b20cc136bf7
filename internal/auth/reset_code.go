package auth

import (
	"context"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// ResetCode is a reset code: as the user reads it, and as it is stored.
type ResetCode struct {
	Plain string
	kept  store.ResetCode
}

// NewResetCode returns a new reset code. It has the form of a recovery code.
func NewResetCode() ResetCode {
	plain := newRecoveryCode()
	return ResetCode{Plain: inGroups(plain), kept: store.ResetCode{Hashing: hashedBySHA256, Hash: store.HashToken(plain)}}
}

// Issue stores the code in place of any earlier one, and makes it valid for
// portico.ResetCodeTTL. It does not make the log-in ask for it: tx.RequireEnrolment
// does that.
func (c ResetCode) Issue(tx *store.Tx, actor portico.Actor, a store.Account) error {
	c.kept.ExpiresAt = tx.Now.Add(portico.ResetCodeTTL)
	if err := tx.PutResetCode(a.ID, c.kept); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.ResetCodeIssued, Actor: actor}.Target(a.User))
}

// needsResetCode reports whether the second step of the account's log-in is a reset
// code.
func needsResetCode(a store.Account) bool {
	return a.EnrolmentPending && a.TwoFactor != portico.TwoFactorEnabled
}

// resetCodeHash hashes a typed code in the way of the account's stored reset code.
func (s *Service) resetCodeHash(ctx context.Context, tried attempt, plain string) ([]byte, error) {
	code, err := s.db.Read(ctx).ResetCode(tried.account.ID)
	return s.hashCode(ctx, tried, plain, code.Hashing, err)
}

var errResetCodeForm = portico.FieldError("recovery_code", "Enter the reset code from the email or from your administrator: letters and digits, in groups of four.")

// useResetCode uses up a user's reset code. It returns a Refusal, and writes
// nothing, if the code does not count.
func (s *Service) useResetCode(tx *store.Tx, actor portico.Actor, a store.Account, p secondFactor) error {
	if p.plain == "" {
		return &portico.Refusal{
			Err:    portico.FieldError("code", "Your 2FA setup was deleted. Log in with the reset code from the email or from your administrator."),
			Reason: portico.Say("a code in place of the reset code"),
		}
	}
	used, err := tx.UseResetCode(a.ID, p.hash)
	if err != nil {
		return err
	}
	if !used {
		return &portico.Refusal{
			Err:    portico.FieldError("recovery_code", "This reset code is wrong, was already used, or has expired after 24 hours. Ask your administrator for a new one."),
			Reason: portico.Say("wrong reset code"),
		}
	}
	return audit.Record(tx, portico.Event{Action: portico.ResetCodeUsed, Actor: actor}.Target(a.User))
}
