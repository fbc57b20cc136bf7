package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
	"portico/internal/totp"
)

var errSetupOver = portico.E(portico.Gone, "This set-up has ended: it was finished already, or has expired. Move the slider to Enable to start again.")

// SetupKind is what an enrolment is for.
type SetupKind int

const (
	SetupFirst SetupKind = iota // the first authenticator, which enables 2FA
	SetupKept                   // enables 2FA again by proving an authenticator that was kept
	SetupMove                   // moves an authenticator app to a new phone
	SetupAdd                    // adds another authenticator app
)

// setupKind returns what an enrolment is for, with the authenticators that its
// user has now.
func setupKind(e store.Enrolment, found []store.Authenticator) SetupKind {
	switch {
	case e.Kept:
		return SetupKept
	case e.Replaces != "":
		return SetupMove
	case len(found) > 0:
		return SetupAdd
	}
	return SetupFirst
}

// Setup is an enrolment in progress, as shown on its page.
type Setup struct {
	Kind  SetupKind
	Entry totp.Entry
	Key   string          // base32 in groups of four, for typing; empty for SetupKept
	URI   string          // the otpauth: URI in the QR code; empty for SetupKept
	Name  portico.Message // that a new authenticator gets if no other is typed
	Off   bool            // 2FA is disabled, and stays so
	Ways  Ways            // for SetupKept

	Replaces portico.Authenticator // for SetupMove
}

// Setup returns the session's enrolment in progress. It returns Gone if there
// is none. No other function reveals a key, and this one only reveals keys that
// do not protect anything yet.
func (s *Service) Setup(ctx context.Context, ses *Session) (Setup, error) {
	r := s.db.Read(ctx)
	e, err := r.Enrolment(ses.id)
	if notFound(err) {
		return Setup{}, errSetupOver
	}
	if err != nil {
		return Setup{}, err
	}
	found, err := r.Authenticators(e.UserID)
	if err != nil {
		return Setup{}, err
	}
	setup := Setup{
		Kind: setupKind(e, found), Entry: totp.NewEntry(ses.Customer.Issuer(), ses.User.LoginID),
		Name: nameOfNext(found), Replaces: replaced(found, e.Replaces), Off: ses.User.TwoFactor == portico.TwoFactorDisabled,
	}
	if e.Kept {
		setup.Ways, err = s.waysFor(r, ses.User, ses.Customer.Policy, forEnabling, []byte(ses.id), false)
		return setup, err
	}
	key, err := s.keys.Open(e.Secret, string(e.UserID), store.PurposeTOTP)
	if err != nil {
		return Setup{}, fmt.Errorf("opening the set-up's key: %w", err)
	}
	setup.Key, setup.URI = totp.Groups(key), setup.Entry.URI(key)
	return setup, nil
}

// nameOfNext returns the name that is proposed for another authenticator app.
func nameOfNext(found []store.Authenticator) portico.Message {
	if slices.ContainsFunc(found, func(f store.Authenticator) bool { return f.Kind == portico.AuthenticatorTOTP && f.Name == "" }) {
		return portico.Say("Authenticator app 2")
	}
	return portico.AuthenticatorTOTP.Message()
}

// SetupDone is a finished enrolment.
type SetupDone struct {
	Kind         SetupKind
	Token        string // new, of the session
	BrowserToken string // new, of the browser, in which the authenticator counts as proved

	Replaced portico.AuthenticatorKind // for SetupMove
}

// ConfirmSetup finishes an enrolment if the code proves that the app has the key.
// The first authenticator, a kept one and a moved one enable 2FA; an added one,
// which gets the name, is in force if the others are. After a new key,
// ConfirmSetup also creates recovery codes, unless the user has some or they are renewed
// (see renewsRecovery). It ends the
// user's other sessions. It returns Invalid if the name or the code does not count
// (the enrolment continues), TooMany if the code was not checked, Conflict if there
// are too many authenticators, and Gone if the enrolment has expired.
func (s *Service) ConfirmSetup(ctx context.Context, ses *Session, typed, name string) (SetupDone, error) {
	code, ok := totp.ParseCode(typed)
	if !ok {
		return SetupDone{}, errCodeForm
	}
	tried, err := s.recordSetupAttempt(ctx, codeBucket, ses)
	if err != nil {
		return SetupDone{}, err
	}
	done, err := s.finishSetup(ctx, ses, tried, secondFactor{code: code}, name)
	var refused *portico.Refusal
	if errors.As(err, &refused) {
		tried, told, err := s.whySetupRefused(ctx, ses, tried, code, refused.Err)
		if err != nil {
			return SetupDone{}, err
		}
		return SetupDone{}, s.attemptFailed(ctx, tried, portico.Event{Action: portico.TwoFactorRefused, Actor: ses.Actor}.Target(ses.User), told)
	}
	if err != nil {
		return SetupDone{}, fmt.Errorf("finishing the set-up: %w", err)
	}
	return done, nil
}

// ConfirmSetupByPasskey finishes an enrolment that proves kept authenticators, with
// an answer of a kept passkey. For the errors, see ConfirmSetup.
func (s *Service) ConfirmSetupByPasskey(ctx context.Context, ses *Session, sent []byte) (SetupDone, error) {
	tried, err := s.recordSetupAttempt(ctx, passkeyBucket, ses)
	if err != nil {
		return SetupDone{}, err
	}
	answer, err := s.readAnswer(ctx, ses.Actor, forEnabling, []byte(ses.id), sent)
	var done SetupDone
	if err == nil {
		done, err = s.finishSetup(ctx, ses, tried, secondFactor{passkey: answer}, "")
	}
	var refused *portico.Refusal
	if errors.As(err, &refused) {
		tried.copied = refused.Copied
		event := portico.Event{Action: portico.TwoFactorRefused, Actor: ses.Actor, Told: refused.Reason}.Target(ses.User)
		return SetupDone{}, s.attemptFailed(ctx, tried, event, refused.Err)
	}
	if err != nil {
		return SetupDone{}, fmt.Errorf("finishing the set-up: %w", err)
	}
	return done, nil
}

// finishSetup is the transaction of ConfirmSetup.
func (s *Service) finishSetup(ctx context.Context, ses *Session, tried attempt, shown secondFactor, name string) (SetupDone, error) {
	return store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (done SetupDone, err error) {
		row, err := s.current(tx, ses)
		if err != nil {
			return done, err
		}
		e, err := tx.Enrolment(row.ID)
		if notFound(err) {
			return done, &portico.Refusal{Err: errSetupOver}
		}
		if err != nil {
			return done, err
		}
		found, err := tx.Authenticators(e.UserID)
		if err != nil {
			return done, err
		}
		f, err := s.proveSetup(tx, row, e, found, shown, name)
		if err != nil {
			return done, err
		}
		if err := s.attemptSucceeded(tx, tried); err != nil {
			return done, err
		}
		return s.setupDone(tx, ses, row, f, setupKind(e, found), replaced(found, e.Replaces))
	})
}

// replaced returns the authenticator with an ID, or the zero one.
func replaced(found []store.Authenticator, id string) portico.Authenticator {
	if i := store.AuthenticatorIndex(found, id); i >= 0 {
		return found[i].Shown()
	}
	return portico.Authenticator{}
}

// setupDone ends an enrolment whose authenticator is stored, in place of old for
// SetupMove: it notifies the user, records the event and ends the user's other
// sessions.
func (s *Service) setupDone(tx *store.Tx, ses *Session, row store.Session, f store.Authenticator, setup SetupKind, old portico.Authenticator) (done SetupDone, err error) {
	done.Kind, done.Replaced = setup, old.Kind
	if done.BrowserToken, err = s.afterSetup(tx, ses, row, f.ID, done.Kind); err != nil {
		return done, err
	}
	kind := mail.TwoFactorEnabled
	event := portico.Event{Action: portico.TwoFactorEnabledBy, Actor: ses.Actor}.Target(ses.User)
	switch done.Kind {
	case SetupMove:
		kind, event.Action = mail.TwoFactorReplaced, portico.TwoFactorReplaced
		if old.Kind == portico.AuthenticatorPasskey {
			event.Told = portico.Say("{0}, in place of {1}", f.Shown().Named(), old.Named())
		}
	case SetupAdd:
		kind, event.Action, event.Told = mail.AuthenticatorAdded, portico.AuthenticatorAdded, f.Shown().Named()
	case SetupFirst:
		event.Told = f.Shown().Named()
	}
	d := outbox.DataFor(row.Account)
	d.Named = d.Language.Say(event.Told)
	d.Alone = f.Kind == portico.AuthenticatorPasskey && f.Enabled && row.Account.Customer.Policy.PasskeyLogin(row.Account.User)
	if err := s.NotifyWith(tx, kind, row.Account, ses.Actor, d); err != nil {
		return done, err
	}
	done.Token, err = s.revokeOthers(tx, row, event)
	return done, err
}

// recordSetupAttempt records the attempt if the enrolment proves a kept key. Codes of a
// new key are not counted: the key does not protect anything yet, and the user
// who types its code has just read it. A wrong one may be counted afterwards, see
// whySetupRefused.
func (s *Service) recordSetupAttempt(ctx context.Context, kind string, ses *Session) (attempt, error) {
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
		return s.recordAttemptIn(tx, kind, a, "", ses.visit)
	})
}

// afterSetup gives the browser a new token and records that the authenticator was
// proved in it. After a new key, it creates recovery codes unless there are some.
// For those of a user who logged in by recovery code, see renewsRecovery. While 2FA is
// disabled there are none to make.
func (s *Service) afterSetup(tx *store.Tx, ses *Session, row store.Session, authenticatorID string, kind SetupKind) (browser string, err error) {
	a, err := tx.Account(row.Account.ID) // with the new authenticator
	if err != nil {
		return "", err
	}
	if browser, err = s.rememberDevice(tx, Proof{Code: true, Authenticator: authenticatorID}, a, ses.visit, false); err != nil {
		return "", err
	}
	if kind == SetupKept || a.TwoFactor != portico.TwoFactorEnabled {
		return browser, nil
	}
	if renewsRecovery(row, kind, tx.Now) {
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

// renewsRecovery reports whether new recovery codes replace those that are left: in a
// session that was opened by one, the others may be lost with the authenticator. An
// authenticator that is added with a confirmation replaces nothing, codes neither.
func renewsRecovery(row store.Session, kind SetupKind, now time.Time) bool {
	return row.Recovered && (kind != SetupAdd || !fresh(row, now))
}
