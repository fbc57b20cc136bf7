package auth

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/password"
	"portico/internal/store"
)

const wrongOwnPassword portico.Text = "This password is wrong. Enter the one that you log in with."

// Confirm confirms the identity of the session's user: by password, and with
// 2FA enabled also by a code, or by a recovery code for users who have lost the
// phone. It returns the session's new token. It returns Invalid if password or
// code is wrong, and TooMany if they were not checked.
func (s *Service) Confirm(ctx context.Context, ses *Session, password, typed, recovery string) (string, error) {
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil {
		return "", err
	}
	second := secondFactor{}
	if a.TwoFactor == portico.TwoFactorEnabled {
		if second, err = s.secondToConfirm(ctx, ses, typed, recovery); err != nil {
			return "", err
		}
	}
	tried, err := s.passwordAgain(ctx, ses, a, password, wrongOwnPassword)
	if err != nil {
		return "", err
	}
	if a.TwoFactor == portico.TwoFactorEnabled {
		if tried, err = s.recordCodeAttempt(ctx, tried); err != nil {
			return "", err
		}
		if second.plain != "" {
			if second.hash, err = s.recoveryHash(ctx, tried, second.plain); err != nil {
				return "", fmt.Errorf("hashing the recovery code: %w", err)
			}
		}
	}
	token, err := store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (string, error) {
		row, err := s.current(tx, ses)
		if err != nil {
			return "", err
		}
		if row.Account.PasswordHash != a.PasswordHash || row.Account.TwoFactor != a.TwoFactor {
			return "", errNoSession
		}
		if a.TwoFactor == portico.TwoFactorEnabled {
			if _, err := s.useSecondFactor(tx, ses.Actor, row.Account, second); err != nil {
				return "", err
			}
		}
		return s.confirmed(tx, ses, row, tried)
	})
	if err != nil {
		return "", s.confirmFailed(ctx, ses, tried, err)
	}
	return token, nil
}

// secondToConfirm reads the second factor of a confirmation. Somebody who has no app
// is not asked for its code.
func (s *Service) secondToConfirm(ctx context.Context, ses *Session, typed, recovery string) (secondFactor, error) {
	second, err := parseSecond(typed, recovery)
	if err == nil || recovery != "" {
		return second, err
	}
	ways, waysErr := s.WaysToConfirm(ctx, ses)
	if waysErr != nil {
		return second, waysErr
	}
	if !ways.App {
		return second, errRecoveryMissing
	}
	return second, err
}

// confirmed ends a confirmation that was proved: it gives the session a new token.
func (s *Service) confirmed(tx *store.Tx, ses *Session, row store.Session, tried attempt) (string, error) {
	if err := s.attemptSucceeded(tx, tried); err != nil {
		return "", err
	}
	token, err := rotateToken(tx, row.ID, true)
	if err != nil {
		return "", err
	}
	return token, audit.Record(tx, portico.Event{Action: portico.ConfirmDone, Actor: ses.Actor}.Target(ses.User))
}

// confirmFailed returns the error for the user of a confirmation that failed. It
// records a Refusal.
func (s *Service) confirmFailed(ctx context.Context, ses *Session, tried attempt, err error) error {
	var refused *portico.Refusal
	if !errors.As(err, &refused) {
		return fmt.Errorf("confirming: %w", err)
	}
	tried.copied = refused.Copied
	event := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor, Told: refused.Reason}.Target(ses.User)
	return s.attemptFailed(ctx, tried, event, refused.Err)
}

// passwordAgain checks the password of the session's user. told is the error
// text for a wrong one. The caller must undo the attempt that it returns and
// has recorded.
func (s *Service) passwordAgain(ctx context.Context, ses *Session, a store.Account, entered string, told portico.Text) (attempt, error) {
	tried, err := s.recordAttempt(ctx, passwordBucket, a, a.LoginKey, ses.visit)
	if err != nil {
		return attempt{}, err
	}
	tried.turn.Known = true // a session queues with the known devices
	verdict, err := s.hasher.Verify(ctx, tried.turn, a.PasswordHash, entered)
	if err != nil {
		return attempt{}, fmt.Errorf("checking the password: %w", err)
	}
	if verdict == password.Wrong {
		refused := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor, Told: portico.Say("wrong password")}.Target(a.User)
		return attempt{}, s.attemptFailed(ctx, tried, refused, portico.FieldError("password", told))
	}
	return tried, nil
}

// recordCodeAttempt undoes the record of a right password, and records the attempt at
// the second factor that follows it.
func (s *Service) recordCodeAttempt(ctx context.Context, password attempt) (attempt, error) {
	return store.Update(ctx, s.db, portico.System(portico.Origin{}), func(tx *store.Tx) (attempt, error) {
		if err := s.attemptSucceeded(tx, password); err != nil {
			return attempt{}, err
		}
		return s.recordAttemptIn(tx, codeBucket, password.account, "", password.visit)
	})
}
