package auth

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
	"portico/internal/totp"
)

var errSetupOver = portico.E(portico.Gone, "This set-up has run out. Move the slider to Enable to begin again.")

// Setup is a set-up in progress, as its own page shows it.
type Setup struct {
	Kept   bool   // a kept key is proved anew: Key and URI are empty
	Key    string // for typing by hand, in groups of four
	URI    string // otpauth: address, what the QR code holds
	Moving bool   // an authenticator is in use, and stays so until the code
}

// BeginSetup starts switching 2FA on, for this session alone: with a new key,
// or by proving the one that was kept when 2FA was disabled. With 2FA enabled
// it needs move, and begins with a new phone's key. A set-up under way goes
// on as it is, so that the same QR code stays. Forbidden when the identity was
// not confirmed lately.
func (s *Service) BeginSetup(ctx context.Context, ses *Session, move bool) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return err
		}
		state := row.Account.TwoFactor
		if state == portico.TwoFactorEnabled && !move {
			return portico.E(portico.Conflict, "Two Factor Authentication is enabled already.")
		}
		kept := state == portico.TwoFactorDisabled
		under, err := tx.Enrolment(row.ID)
		if err == nil && under.Kept == kept {
			return nil
		}
		if err != nil && !notFound(err) {
			return err
		}
		e := store.Enrolment{SessionID: row.ID, UserID: row.Account.ID, Kept: kept, Secret: []byte{}, ExpiresAt: tx.Now.Add(portico.SetupTime)}
		if !kept {
			if e.Secret, err = s.keys.Seal(totp.NewKey(), string(e.UserID), purposeTOTP); err != nil {
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

// Setup shows the session's set-up in progress. Gone when there is none. This
// is the only place from which a key leaves the portal, and it is always a key
// that protects nothing yet.
func (s *Service) Setup(ctx context.Context, ses *Session) (Setup, error) {
	e, err := s.db.Read(ctx).Enrolment(ses.id)
	if notFound(err) {
		return Setup{}, errSetupOver
	}
	if err != nil {
		return Setup{}, err
	}
	if e.Kept {
		return Setup{Kept: true}, nil
	}
	key, err := s.keys.Open(e.Secret, string(e.UserID), purposeTOTP)
	if err != nil {
		return Setup{}, fmt.Errorf("opening the set-up's key: %w", err)
	}
	return Setup{
		Key: totp.Groups(key), URI: totp.KeyURI(ses.Customer.Issuer(), ses.User.LoginID, key),
		Moving: ses.User.TwoFactor == portico.TwoFactorEnabled,
	}, nil
}

// ConfirmSetup enables 2FA when the code proves that the app has the key, and
// makes recovery codes unless the person has some. It returns the session's
// new token and ends the person's other sessions. Invalid when the code does
// not count (the set-up stays as it is), TooMany when it was not looked at,
// Gone when the set-up has run out.
func (s *Service) ConfirmSetup(ctx context.Context, ses *Session, typed string) (string, error) {
	code, ok := totp.ParseCode(typed)
	if !ok {
		return "", errCodeForm()
	}
	g, err := s.chargeKept(ctx, ses)
	if err != nil {
		return "", err
	}
	var token string
	var told *portico.Error
	err = s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		token, told = "", nil
		row, err := s.current(tx, ses)
		if err != nil {
			return err
		}
		e, err := tx.Enrolment(row.ID)
		if notFound(err) {
			told = errSetupOver
			return nil
		}
		if err != nil {
			return err
		}
		if told, err = s.proveSetup(tx, e, code); err != nil || told != nil {
			return err
		}
		kind := mail.TwoFactorEnabled
		event := portico.Event{Action: portico.TwoFactorEnabledBy, Actor: ses.Actor}.Target(ses.User)
		if row.Account.TwoFactor == portico.TwoFactorEnabled {
			kind, event.Action = mail.TwoFactorReplaced, portico.TwoFactorReplaced
		}
		if err := s.right(tx, g); err != nil {
			return err
		}
		if err := s.afterSetup(tx, ses, row, e.Kept); err != nil {
			return err
		}
		if err := s.Tell(tx, kind, row.Account, ses.Actor, ""); err != nil {
			return err
		}
		token, err = s.endOthers(tx, row, event)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("finishing the set-up: %w", err)
	}
	if told != nil {
		return "", s.wrong(ctx, g, portico.Event{Action: portico.TwoFactorRefused, Actor: ses.Actor}.Target(ses.User), told)
	}
	return token, nil
}

// chargeKept counts the attempt when the session's set-up proves a kept key. A
// new key protects nothing yet, and whoever types its code has just read it.
func (s *Service) chargeKept(ctx context.Context, ses *Session) (g guess, err error) {
	err = s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		g = guess{visit: ses.visit}
		e, err := tx.Enrolment(ses.id)
		if notFound(err) || err == nil && !e.Kept {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := tx.Account(e.UserID)
		if err != nil {
			return err
		}
		g, err = s.chargeIn(tx, codeBucket, a, "", ses.visit)
		return err
	})
	return g, err
}

// afterSetup makes this browser one where the authenticator was proved, and
// gives the person recovery codes with a new key, unless there are some from
// before.
func (s *Service) afterSetup(tx *store.Tx, ses *Session, row store.Session, kept bool) error {
	f, err := tx.Factor(row.Account.ID)
	if err != nil {
		return err
	}
	if ses.visit.BrowserToken != "" {
		if err := tx.ProveBrowser(row.Account.ID, hashToken(ses.visit.BrowserToken), f.ID); err != nil {
			return err
		}
	}
	left, err := tx.RecoveryCodesLeft(row.Account.ID)
	if err != nil || left > 0 || kept {
		return err
	}
	if err := s.putRecovery(tx, newRecoverySet(), row.Account.ID, row.ID); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.RecoveryCreated, Actor: ses.Actor}.Target(row.Account.User))
}

// proveSetup checks the code of a set-up and puts its key into force.
func (s *Service) proveSetup(tx *store.Tx, e store.Enrolment, code string) (*portico.Error, error) {
	if e.Kept {
		verdict, err := s.spendCode(tx, e.UserID, code)
		if err != nil {
			return nil, err
		}
		if verdict != totp.Accepted {
			return codeError(verdict), nil
		}
		_, err = tx.SwitchFactor(e.UserID, true)
		return nil, err
	}
	key, err := s.keys.Open(e.Secret, string(e.UserID), purposeTOTP)
	if err != nil {
		return nil, fmt.Errorf("opening the set-up's key: %w", err)
	}
	r := totp.Verify(key, code, tx.Now, s.skew, 0)
	if r.Verdict != totp.Accepted {
		told := codeError(r.Verdict)
		if off, found := totp.Drift(key, code, tx.Now); found {
			told = errDrift(off)
		}
		return told, nil
	}
	id, err := store.NewID()
	if err != nil {
		return nil, err
	}
	return nil, tx.PutFactor(store.Factor{
		ID: id, UserID: e.UserID, Kind: store.FactorTOTP, Secret: e.Secret, Enabled: true, LastStep: r.Step,
	})
}

// errDrift is said at set-up only, where the key protects nothing yet: later
// it would tell a guesser of codes that are about to count.
func errDrift(off time.Duration) *portico.Error {
	way := "behind"
	if off > 0 {
		way = "ahead"
	}
	minutes := max(1, int(off.Abs().Round(time.Minute)/time.Minute))
	unit := "minutes"
	if minutes == 1 {
		unit = "minute"
	}
	return portico.FieldError("code", fmt.Sprintf(
		"Your phone's clock is about %d %s %s. Set it to automatic time, then enter the code that the app shows.", minutes, unit, way))
}

// Disable switches 2FA off and keeps the key and its used time steps. It also
// ends a set-up in progress. The token is "" when there was nothing to switch.
func (s *Service) Disable(ctx context.Context, ses *Session) (string, error) {
	return s.weaken(ctx, ses, portico.TwoFactorSwitchOff, mail.TwoFactorDisabled, func(tx *store.Tx) (bool, error) {
		return tx.SwitchFactor(ses.User.ID, false)
	})
}

// DeleteTwoFactor deletes the person's own setup altogether. The token is ""
// when there was none.
func (s *Service) DeleteTwoFactor(ctx context.Context, ses *Session) (string, error) {
	return s.weaken(ctx, ses, portico.TwoFactorDeleted, mail.TwoFactorDeleted, func(tx *store.Tx) (bool, error) {
		return EraseFactor(tx, ses.User.ID)
	})
}

// EraseFactor deletes a person's authenticator with everything that came with
// it; false when there was none.
func EraseFactor(tx *store.Tx, id portico.UserID) (bool, error) {
	deleted, err := tx.DeleteFactor(id)
	if err != nil || !deleted {
		return false, err
	}
	return true, tx.DeleteRecovery(id)
}

var errEnforced = portico.E(portico.Forbidden, "Two Factor Authentication is required here, so it cannot be switched off. You can move it to a new phone.")

// weaken takes protection away from the own account, which asks for a lately
// confirmed identity and tells the person. Forbidden where the customer's
// policy asks for 2FA: it would let the password alone enrol another phone.
func (s *Service) weaken(ctx context.Context, ses *Session, action portico.Action, kind mail.Kind, change func(*store.Tx) (bool, error)) (string, error) {
	var token string
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		token = ""
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return err
		}
		if row.Account.Customer.Policy.Enforced(row.Account.User, tx.Now) {
			return errEnforced
		}
		if err := tx.DeleteEnrolments(ses.User.ID); err != nil {
			return err
		}
		changed, err := change(tx)
		if err != nil || !changed {
			return err
		}
		if err := s.Tell(tx, kind, row.Account, ses.Actor, ""); err != nil {
			return err
		}
		token, err = s.endOthers(tx, row, portico.Event{Action: action, Actor: ses.Actor}.Target(ses.User))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("changing 2FA: %w", err)
	}
	return token, nil
}

// endOthers finishes a change of the own protection: whatever else was issued
// to the person ends, this session gets a new token, the event is written.
func (s *Service) endOthers(tx *store.Tx, row store.Session, e portico.Event) (string, error) {
	if _, err := tx.EndAccess(row.Account.ID, row.ID); err != nil {
		return "", err
	}
	token, err := exchange(tx, row.ID, false)
	if err != nil {
		return "", err
	}
	return token, audit.Record(tx, e)
}
