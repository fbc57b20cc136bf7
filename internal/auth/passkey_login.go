package auth

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/passkey"
	"portico/internal/store"
)

// errLoginByPasskey is errPasskeyRefused at the log-in: the same error whatever is wrong
// with the passkey or the account. Like errLogin, it is true of a suspended user, too.
var errLoginByPasskey = portico.E(portico.Invalid, "This passkey was not accepted. Try again, or log in with your login ID and password. If neither works, your account may be suspended: ask your administrator.")

// errPasswordFirst is only returned to who has proved the passkey.
var errPasswordFirst = portico.E(portico.Invalid, "Your organisation asks for your password first. Enter your login ID and password, then use your passkey.")

// errAfterPassword too: "This wasn't me" was pressed since it was added.
var errAfterPassword = portico.E(portico.Invalid, "This passkey counts only after your password. Enter your login ID and password, then use your passkey.")

var errAlsoPassword = portico.E(portico.Invalid, "This passkey counts only after your password. Enter your password too.")

// whyAfterPassword tells the audit log that a passkey stands for no password.
const whyAfterPassword portico.Text = "passkey: it counts only after the password" //nolint:gosec // a reason, not a credential

// OfferPasskeyLogin returns the options for a whole log-in with a passkey, in
// JSON, and the token of the browser, which is new if it had none. Nothing is
// stored. It returns NotFound where passkeys do not work.
func (s *Service) OfferPasskeyLogin(ctx context.Context, v Visit) (options []byte, browserToken string, err error) {
	if !s.TakesPasskeys() {
		return nil, "", errNoPasskeys
	}
	if v.BrowserToken == "" {
		v.BrowserToken, _ = store.NewToken()
	}
	challenge, err := s.newChallenge(forLogin, store.HashToken(v.BrowserToken), s.db.Read(ctx).Now)
	if err != nil {
		return nil, "", err
	}
	options, err = passkey.Assertion(s.rp, challenge, nil, true)
	return options, v.BrowserToken, err
}

// LoginByPasskey is a whole log-in with a passkey that has verified its user, in
// place of password and code. The answer names the account. It returns Invalid if
// the answer does not count or the account does not allow it, and TooMany if the
// answer was not checked.
func (s *Service) LoginByPasskey(ctx context.Context, v Visit, sent []byte) (Outcome, error) {
	named, err := s.recordPasskeyLogin(ctx, v, sent)
	if err != nil {
		return Outcome{}, err
	}
	answer, tried := named.answer, named.attempt
	var refused *portico.Refusal
	if errors.As(named.refused, &refused) {
		event := portico.Event{CustomerID: portico.ProviderID, Action: portico.LoginRefused, Actor: portico.System(v.Origin), Told: refused.Reason}
		err := s.attemptFailed(ctx, tried, event, errLoginByPasskey)
		if answer != nil {
			err = s.unknownPasskey(ctx, v, answer, err)
		}
		return Outcome{}, err
	}
	a := tried.account
	out, err := store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (out Outcome, err error) {
		now, err := tx.Account(a.ID)
		if notFound(err) { // deleted during the check
			return out, refusedPasskey(passkey.ErrOtherCredential)
		}
		if err != nil {
			return out, err
		}
		proof, err := s.usePasskey(tx, now, answer)
		if err != nil {
			return out, err
		}
		switch step := Next(proof, now.User, now.Customer, tx.Now); {
		case step == StepPassword && !now.Customer.Policy.PasskeyLogin(now.User):
			return out, &portico.Refusal{Err: errPasswordFirst, Reason: portico.Say("passkey: the policy asks for the password first")}
		case step == StepPassword && !proof.PasskeyAlone:
			return out, &portico.Refusal{Err: errAfterPassword, Reason: portico.Say(whyAfterPassword)}
		case !step.In():
			return out, &portico.Refusal{Err: errPasskeyRefused, Reason: portico.Say(whyRefused(now))}
		}
		if err := s.attemptSucceeded(tx, tried); err != nil {
			return out, err
		}
		return s.advance(tx, proof, now, v, false)
	})
	if errors.As(err, &refused) {
		tried.copied = refused.Copied
		return Outcome{}, s.attemptFailed(ctx, tried, refusedLogin(a, v, refused.Reason), toldAtLogin(refused.Err))
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("logging in with a passkey: %w", err)
	}
	return out, nil
}

// toldAtLogin returns what a person is told whose whole log-in with a passkey is refused.
func toldAtLogin(refused *portico.Error) *portico.Error {
	if refused == errPasskeyRefused {
		return errLoginByPasskey
	}
	return refused
}

// namedLogin is a whole log-in with a passkey whose challenge is used up. It proves
// nothing yet.
type namedLogin struct {
	attempt
	answer  *answered // nil if it cannot be read
	refused error     // a Refusal; nil if the answer names the passkey of an account
}

// recordPasskeyLogin uses up the challenge of an answer, and records the attempt at the
// account whose passkey it names. It returns TooMany if the answer must not be
// verified now.
func (s *Service) recordPasskeyLogin(ctx context.Context, v Visit, sent []byte) (namedLogin, error) {
	c, err := s.openChallenge(forLogin, store.HashToken(v.BrowserToken), sent)
	if err == nil && (!s.TakesPasskeys() || v.BrowserToken == "") {
		err = refusedPasskey(passkey.ErrChallenge)
	}
	if err != nil {
		refused := namedLogin{attempt: attempt{visit: v}, refused: err}
		return refused, s.sourceAllows(s.db.Read(ctx), v)
	}
	answer, unreadable := parseAnswer(forLogin, c.text, sent)
	named, err := store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (namedLogin, error) {
		refused := namedLogin{attempt: attempt{visit: v}, refused: unreadable}
		if err := s.sourceAllows(&tx.Reader, v); err != nil {
			return refused, err
		}
		counts, err := useChallenge(tx, c)
		if err == nil && !counts {
			refused.refused = refusedPasskey(passkey.ErrChallenge)
		}
		if err != nil || refused.refused != nil {
			return refused, err
		}
		a, err := accountOfPasskey(&tx.Reader, answer.CredentialID)
		if notFound(err) {
			refused.answer, refused.refused = answer, &portico.Refusal{Err: errPasskeyRefused, Reason: portico.Say("passkey: nobody's")}
			return refused, nil
		}
		if err != nil {
			return refused, err
		}
		tried, err := s.recordAttemptIn(tx, passkeyBucket, a, "", v)
		return namedLogin{attempt: tried, answer: answer}, err
	})
	return named, s.refusedAttempt(ctx, v, err)
}

// accountOfPasskey returns the account that a credential belongs to, or ErrNotFound.
func accountOfPasskey(r *store.Reader, credentialID []byte) (store.Account, error) {
	f, err := r.PasskeyByCredential(credentialID)
	if err != nil {
		return store.Account{}, err
	}
	return r.Account(f.UserID)
}

// SubmitPasskey is SubmitCode with an answer of one of the user's passkeys.
func (s *Service) SubmitPasskey(ctx context.Context, v Visit, sent []byte, remember bool) (Outcome, error) {
	c, refused := s.openChallenge(forSecondStep, store.HashToken(v.PendingToken), sent)
	step, err := s.recordPasskeyStep(ctx, v, c, refused == nil)
	if err != nil {
		return Outcome{}, err
	}
	var answer *answered
	switch {
	case refused != nil:
	case !step.counts:
		refused = refusedPasskey(passkey.ErrChallenge)
	default:
		answer, refused = parseAnswer(forSecondStep, c.text, sent)
	}
	if refused != nil {
		return Outcome{}, s.secondStepFailed(ctx, step.attempt, v, refused)
	}
	return s.finishSecondStep(ctx, step.attempt, v, remember, secondFactor{passkey: answer})
}

// passkeyStep is a second step with a passkey. It proves nothing yet.
type passkeyStep struct {
	attempt
	counts bool // its challenge is of this ceremony, and was used up by this step
}

// recordPasskeyStep is recordSecondAttempt, and uses up the challenge if that is of
// this ceremony.
func (s *Service) recordPasskeyStep(ctx context.Context, v Visit, c challenge, ours bool) (passkeyStep, error) {
	return store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (step passkeyStep, err error) {
		if step.attempt, err = s.recordSecondAttemptIn(tx, v); err == nil && ours {
			step.counts, err = useChallenge(tx, c)
		}
		return step, err
	})
}

// ConfirmByPasskey is Confirm with a passkey that verifies its user, in place of
// password and code. One that counts only after the password needs it too; otherwise
// password may be empty.
func (s *Service) ConfirmByPasskey(ctx context.Context, ses *Session, password string, sent []byte) (string, error) {
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil {
		return "", err
	}
	tried, err := s.recordConfirmation(ctx, ses, a, password)
	if err != nil {
		return "", err
	}
	answer, err := s.readAnswer(ctx, ses.Actor, forConfirmation, []byte(ses.id), sent)
	var token string
	if err == nil {
		token, err = store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (string, error) {
			row, err := s.current(tx, ses)
			if err != nil {
				return "", err
			}
			if row.Account.PasswordHash != a.PasswordHash {
				return "", errNoSession
			}
			proof, err := s.usePasskey(tx, row.Account, answer)
			if err != nil {
				return "", err
			}
			if !proof.PasskeyAlone && password == "" {
				return "", &portico.Refusal{Err: errAlsoPassword, Reason: portico.Say(whyAfterPassword)}
			}
			return s.confirmed(tx, ses, row, tried)
		})
	}
	if err != nil {
		return "", s.confirmFailed(ctx, ses, tried, err)
	}
	return token, nil
}

// recordConfirmation records the attempt to confirm with a passkey. It returns an error
// if a password was entered with it that is wrong.
func (s *Service) recordConfirmation(ctx context.Context, ses *Session, a store.Account, password string) (attempt, error) {
	if password == "" {
		return s.recordAttempt(ctx, passkeyBucket, a, "", ses.visit)
	}
	tried, err := s.passwordAgain(ctx, ses, a, password, wrongOwnPassword)
	if err != nil {
		return attempt{}, err
	}
	return s.recordCodeAttempt(ctx, tried)
}
