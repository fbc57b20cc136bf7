package auth

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
	"portico/internal/totp"
)

// BeginSetup starts enabling 2FA, for this session alone: with a new key, or by
// proving an authenticator that was kept when 2FA was disabled. It returns
// Conflict if 2FA is enabled, and Forbidden without a recent confirmation, or where a
// passkey is required and nothing is kept.
func (s *Service) BeginSetup(ctx context.Context, ses *Session) error {
	return s.begin(ctx, ses, func(row store.Session, _ []store.Authenticator, now time.Time) (e store.Enrolment, err error) {
		if !fresh(row, now) {
			return e, ErrNotConfirmed
		}
		if row.Account.TwoFactor == portico.TwoFactorEnabled {
			return e, portico.E(portico.Conflict, "Two Factor Authentication is already enabled.")
		}
		if e.Kept = row.Account.TwoFactor == portico.TwoFactorDisabled; !e.Kept {
			return e, mayBeFirstApp(row, now)
		}
		return e, nil
	})
}

// BeginMove starts moving an authenticator app to a new phone, with a new key. The
// ID may be "" if there is one alone. Where 2FA is not enabled, BeginMove is
// BeginSetup. It returns NotFound if the user has no such app, and Forbidden
// without a recent confirmation; a log-in by recovery code within ten minutes is
// as good (see rescues), and then a new app may also take the place of a passkey.
func (s *Service) BeginMove(ctx context.Context, ses *Session, authenticatorID string) error {
	if ses.User.TwoFactor != portico.TwoFactorEnabled {
		return s.BeginSetup(ctx, ses)
	}
	return s.begin(ctx, ses, func(row store.Session, found []store.Authenticator, now time.Time) (e store.Enrolment, err error) {
		if !fresh(row, now) && !rescues(row, now) {
			return e, ErrNotConfirmed
		}
		i := store.AuthenticatorIndex(found, authenticatorID)
		if authenticatorID == "" && len(found) == 1 {
			i = 0
		}
		if i < 0 || found[i].Kind != portico.AuthenticatorTOTP && !rescues(row, now) {
			return e, errNoAuthenticator
		}
		if row.Account.Customer.Policy.LacksPasskey(row.Account.User, now) {
			return e, ErrMustEnrol
		}
		e.Replaces = found[i].ID
		if found[i].Kind != portico.AuthenticatorTOTP {
			return e, mayAddApp(row, found, now)
		}
		return e, nil
	})
}

// BeginAdding starts adding an authenticator app to those that the user has, with
// a new key. It returns Conflict if there is none, or if there are too many, and
// Forbidden without a recent confirmation.
func (s *Service) BeginAdding(ctx context.Context, ses *Session) error {
	return s.begin(ctx, ses, func(row store.Session, found []store.Authenticator, now time.Time) (e store.Enrolment, err error) {
		if !fresh(row, now) {
			return e, ErrNotConfirmed
		}
		if len(found) == 0 {
			return e, portico.E(portico.Conflict, "Set up Two Factor Authentication first.")
		}
		return e, mayAddApp(row, found, now)
	})
}

// mayBeFirstApp returns an error if an app may not be a user's first authenticator.
func mayBeFirstApp(row store.Session, now time.Time) error {
	if row.Account.Customer.Policy.PasskeyRequired(row.Account.User, now) {
		return errAppIsNoPasskey
	}
	return nil
}

var errAppIsNoPasskey = portico.E(portico.Forbidden, "Your organisation requires a passkey, and an authenticator app is none. Add a passkey instead.")

// mayAddApp returns an error if a user who has authenticators may not add an app:
// in a session that allows nothing but proving the kept ones, whose user may know
// the password alone, where a passkey is required, and if there are enough.
func mayAddApp(row store.Session, found []store.Authenticator, now time.Time) error {
	policy, u := row.Account.Customer.Policy, row.Account.User
	if policy.PasskeyRequired(u, now) {
		return errAppIsNoPasskey
	}
	if policy.MustEnrol(u, now) {
		return portico.ErrForbidden
	}
	if portico.AuthenticatorTOTP.In(shown(found)) >= portico.MaxApps {
		return portico.E(portico.Conflict, "You already have two authenticator apps. Delete one before you add another.")
	}
	return nil
}

// begin starts the enrolment that what returns, in place of another one. If the
// same is already in progress, begin leaves it unchanged, so that the QR code
// stays the same.
func (s *Service) begin(ctx context.Context, ses *Session, what func(store.Session, []store.Authenticator, time.Time) (store.Enrolment, error)) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.current(tx, ses)
		if err != nil {
			return err
		}
		found, err := tx.Authenticators(row.Account.ID)
		if err != nil {
			return err
		}
		e, err := what(row, found, tx.Now)
		if err != nil {
			return err
		}
		under, err := tx.Enrolment(row.ID)
		if err == nil && under.Kept == e.Kept && under.Replaces == e.Replaces {
			return nil
		}
		if err != nil && !notFound(err) {
			return err
		}
		e.SessionID, e.UserID, e.Secret, e.ExpiresAt = row.ID, row.Account.ID, []byte{}, tx.Now.Add(portico.EnrolmentTTL)
		if !e.Kept {
			if e.Secret, err = s.keys.Seal(totp.NewKey(), string(e.UserID), store.PurposeTOTP); err != nil {
				return fmt.Errorf("sealing a new key: %w", err)
			}
		}
		if err := tx.PutEnrolment(e); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.TwoFactorStarted, Actor: ses.Actor}.Target(ses.User))
	})
	if err != nil {
		return fmt.Errorf("beginning the set-up: %w", err)
	}
	return nil
}
