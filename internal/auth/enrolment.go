package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
	"portico/internal/totp"
)

var errSetupOver = portico.E(portico.Gone, "This set-up has ended: it was finished already, or has expired. Move the slider to Enable to start again.")

// Setup is an enrolment in progress, as shown on its page.
type Setup struct {
	Entry  totp.Entry
	Kept   bool   // proves a kept key again; Key and URI are empty
	Key    string // base32 in groups of four, for typing
	URI    string // the otpauth: URI in the QR code
	Moving bool   // replaces an authenticator, which stays in use until the code is entered
}

// BeginSetup starts enabling 2FA, for this session alone: with a new key, or by
// proving the key that was kept when 2FA was disabled. If 2FA is enabled, it
// starts moving to a new phone with a new key if move is set, and otherwise
// returns Conflict. If an enrolment is already in progress, BeginSetup leaves
// it unchanged, so that the QR code stays the same. It returns Forbidden
// without a recent confirmation; for moving, a log-in by recovery code within
// ten minutes is as good (see rescues).
func (s *Service) BeginSetup(ctx context.Context, ses *Session, move bool) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.current(tx, ses)
		if err != nil {
			return err
		}
		if !fresh(row, tx.Now) && (!move || !rescues(row, tx.Now)) {
			return ErrNotConfirmed
		}
		state := row.Account.TwoFactor
		if state == portico.TwoFactorEnabled && !move {
			return portico.E(portico.Conflict, "Two Factor Authentication is already enabled.")
		}
		kept := state == portico.TwoFactorDisabled
		under, err := tx.Enrolment(row.ID)
		if err == nil && under.Kept == kept {
			return nil
		}
		if err != nil && !notFound(err) {
			return err
		}
		e := store.Enrolment{SessionID: row.ID, UserID: row.Account.ID, Kept: kept, Secret: []byte{}, ExpiresAt: tx.Now.Add(portico.EnrolmentTTL)}
		if !kept {
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

// Setup returns the session's enrolment in progress. It returns Gone if there
// is none. No other function reveals a key, and this one only reveals keys that
// do not protect anything yet.
func (s *Service) Setup(ctx context.Context, ses *Session) (Setup, error) {
	e, err := s.db.Read(ctx).Enrolment(ses.id)
	if notFound(err) {
		return Setup{}, errSetupOver
	}
	if err != nil {
		return Setup{}, err
	}
	entry := totp.NewEntry(ses.Customer.Issuer(), ses.User.LoginID)
	if e.Kept {
		return Setup{Entry: entry, Kept: true}, nil
	}
	key, err := s.keys.Open(e.Secret, string(e.UserID), store.PurposeTOTP)
	if err != nil {
		return Setup{}, fmt.Errorf("opening the set-up's key: %w", err)
	}
	return Setup{
		Entry: entry, Key: totp.Groups(key), URI: entry.URI(key),
		Moving: ses.User.TwoFactor == portico.TwoFactorEnabled,
	}, nil
}

// ConfirmSetup enables 2FA if the code proves that the app has the key. After a
// new key it also creates recovery codes, unless the user has some; in a session
// that a recovery code opened, they replace those that are left. It ends the
// user's other sessions and returns new tokens of this session and of the browser,
// in which the authenticator counts as proved. It returns
// Invalid if the code does not count (the enrolment continues), TooMany if the
// code was not checked, and Gone if the enrolment has expired.
func (s *Service) ConfirmSetup(ctx context.Context, ses *Session, typed string) (token, browser string, err error) {
	code, ok := totp.ParseCode(typed)
	if !ok {
		return "", "", errCodeForm
	}
	tried, err := s.recordSetupAttempt(ctx, ses)
	if err != nil {
		return "", "", err
	}
	made, err := store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (made Outcome, err error) {
		row, err := s.current(tx, ses)
		if err != nil {
			return made, err
		}
		e, err := tx.Enrolment(row.ID)
		if notFound(err) {
			return made, &portico.Refusal{Err: errSetupOver}
		}
		if err != nil {
			return made, err
		}
		if err := s.proveSetup(tx, e, code); err != nil {
			return made, err
		}
		kind := mail.TwoFactorEnabled
		event := portico.Event{Action: portico.TwoFactorEnabledBy, Actor: ses.Actor}.Target(ses.User)
		if row.Account.TwoFactor == portico.TwoFactorEnabled {
			kind, event.Action = mail.TwoFactorReplaced, portico.TwoFactorReplaced
		}
		if err := s.attemptSucceeded(tx, tried); err != nil {
			return made, err
		}
		if made.BrowserToken, err = s.afterSetup(tx, ses, row, e.Kept); err != nil {
			return made, err
		}
		if err := s.Notify(tx, kind, row.Account, ses.Actor, ""); err != nil {
			return made, err
		}
		made.Token, err = s.revokeOthers(tx, row, event)
		return made, err
	})
	var refused *portico.Refusal
	if errors.As(err, &refused) {
		tried, told, err := s.whySetupRefused(ctx, ses, tried, code, refused.Err)
		if err != nil {
			return "", "", err
		}
		return "", "", s.attemptFailed(ctx, tried, portico.Event{Action: portico.TwoFactorRefused, Actor: ses.Actor}.Target(ses.User), told)
	}
	if err != nil {
		return "", "", fmt.Errorf("finishing the set-up: %w", err)
	}
	return made.Token, made.BrowserToken, nil
}

// recordSetupAttempt records the attempt if the enrolment proves a kept key. Codes of a
// new key are not counted: the key does not protect anything yet, and the user
// who types its code has just read it. A wrong one may be counted afterwards, see
// whySetupRefused.
func (s *Service) recordSetupAttempt(ctx context.Context, ses *Session) (attempt, error) {
	return store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (attempt, error) {
		e, err := tx.Enrolment(ses.id)
		if notFound(err) || err == nil && !e.Kept {
			return attempt{visit: ses.visit}, nil
		}
		if err != nil {
			return attempt{}, err
		}
		a, err := tx.Account(e.UserID)
		if err != nil {
			return attempt{}, err
		}
		return s.recordAttemptIn(tx, codeBucket, a, "", ses.visit)
	})
}

// afterSetup gives the browser a new token and records that the authenticator was
// proved in it. After a new key, it creates recovery codes unless there are some.
// A user who logged in by recovery code gets new ones in any case: the codes may
// be lost with the phone.
func (s *Service) afterSetup(tx *store.Tx, ses *Session, row store.Session, kept bool) (browser string, err error) {
	a, err := tx.Account(row.Account.ID) // with the new authenticator
	if err != nil {
		return "", err
	}
	if browser, err = s.rememberDevice(tx, Proof{Code: true}, a, ses.visit, false); err != nil {
		return "", err
	}
	if kept {
		return browser, nil
	}
	if row.Recovered {
		if err := tx.EndRescue(row.ID); err != nil {
			return "", err
		}
		if err := s.Notify(tx, mail.RecoveryCreated, row.Account, ses.Actor, ""); err != nil {
			return "", err
		}
	} else if left, err := tx.RecoveryCodesLeft(row.Account.ID); err != nil || left > 0 {
		return browser, err
	}
	if err := s.putRecovery(tx, newRecoverySet(), row.Account.ID, row.ID); err != nil {
		return "", err
	}
	return browser, audit.Record(tx, portico.Event{Action: portico.RecoveryCreated, Actor: ses.Actor}.Target(row.Account.User))
}

// proveSetup checks the code of an enrolment and enables its authenticator. It
// returns a Refusal, and writes nothing, if the code does not count.
func (s *Service) proveSetup(tx *store.Tx, e store.Enrolment, code string) error {
	if e.Kept {
		verdict, err := s.useCode(tx, e.UserID, code)
		if err != nil {
			return err
		}
		if verdict != totp.Accepted {
			return &portico.Refusal{Err: codeError(verdict)}
		}
		_, err = tx.SwitchAuthenticator(e.UserID, true)
		return err
	}
	key, err := s.keys.Open(e.Secret, string(e.UserID), store.PurposeTOTP)
	if err != nil {
		return fmt.Errorf("opening the set-up's key: %w", err)
	}
	r := totp.Verify(key, code, tx.Now, s.skew, 0)
	if r.Verdict != totp.Accepted {
		refused := &portico.Refusal{Err: codeError(r.Verdict)}
		if off, found := totp.Drift(key, code, tx.Now); found {
			refused.Err = errDrift(off)
		}
		return refused
	}
	id, err := store.NewID()
	if err != nil {
		return err
	}
	return tx.PutAuthenticator(store.Authenticator{
		ID: id, UserID: e.UserID, Kind: store.AuthenticatorTOTP, Secret: e.Secret, Enabled: true, LastStep: r.Step,
	})
}

// errDrift is only shown during enrolment, when the key does not protect
// anything yet. Later it would tell an attacker which codes are about to count.
func errDrift(off time.Duration) *portico.Error {
	minutes := max(1, int(off.Abs().Round(time.Minute)/time.Minute))
	if off > 0 {
		return portico.FieldProblem("code", portico.SayCount(minutes,
			"Your phone's clock is about 1 minute ahead. Set it to automatic time, then enter the code that the app shows.|"+
				"Your phone's clock is about {n} minutes ahead. Set it to automatic time, then enter the code that the app shows."))
	}
	return portico.FieldProblem("code", portico.SayCount(minutes,
		"Your phone's clock is about 1 minute behind. Set it to automatic time, then enter the code that the app shows.|"+
			"Your phone's clock is about {n} minutes behind. Set it to automatic time, then enter the code that the app shows."))
}
