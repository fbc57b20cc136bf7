package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
	"portico/internal/totp"
)

// PendingFor is what the page of the second step shows.
type PendingFor struct {
	User      portico.User
	Issuer    string // name of the account in the authenticator app
	Remember  bool   // the policy allows remembering this device
	ResetCode bool   // the second step is a reset code
	Ways      Ways   // otherwise
}

// Pending returns the user of the visit's pending login. It returns Gone if the
// pending login has expired, has no attempts left or began in another browser.
func (s *Service) Pending(ctx context.Context, v Visit) (PendingFor, error) {
	return store.View(ctx, s.db, func(r *store.Reader) (PendingFor, error) {
		p, a, err := pendingAccount(r, v)
		if err == nil && p.Attempts >= portico.CodesPerLogin {
			err = errPendingOver
		}
		if err != nil {
			return PendingFor{}, err
		}
		whose := PendingFor{User: a.User, Issuer: totp.NewEntry(a.Customer.Issuer(), a.LoginID).Issuer, Remember: a.Customer.Policy.Remembers(a.User, r.Now), ResetCode: needsResetCode(a)}
		if !whose.ResetCode {
			whose.Ways, err = s.waysFor(r, a.User, a.Customer.Policy, forSecondStep, store.HashToken(v.PendingToken), false)
		}
		return whose, err
	})
}

// pendingAccount returns a pending login and the current state of its account.
// It ignores any account that the request names. It returns errPendingOver if
// the pending login has expired, began in another browser, or no longer fits
// the account.
func pendingAccount(r *store.Reader, v Visit) (store.PendingLogin, store.Account, error) {
	p, err := r.Pending(store.HashToken(v.PendingToken))
	if notFound(err) || err == nil && !sameBrowser(p, v) {
		return store.PendingLogin{}, store.Account{}, errPendingOver
	}
	if err != nil {
		return store.PendingLogin{}, store.Account{}, err
	}
	a, err := r.Account(p.UserID)
	if err == nil && (a.Epoch != p.Epoch || !Next(Proof{Password: true}, a.User, a.Customer, r.Now).Pends() ||
		!p.ExpiresAt.Add(-portico.PendingLoginTTL).After(a.EndedAt)) {
		err = errPendingOver // the account has changed since the first step: start again
	}
	return p, a, err
}

// recordSecondAttempt records an attempt at the second step, for the pending login and
// for the account.
func (s *Service) recordSecondAttempt(ctx context.Context, v Visit) (attempt, error) {
	return store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (attempt, error) {
		return s.recordSecondAttemptIn(tx, v)
	})
}

// recordSecondAttemptIn is recordSecondAttempt within a transaction.
func (s *Service) recordSecondAttemptIn(tx *store.Tx, v Visit) (attempt, error) {
	_, a, err := pendingAccount(&tx.Reader, v)
	if err != nil {
		return attempt{}, err
	}
	p, err := tx.RecordPendingAttempt(store.HashToken(v.PendingToken), portico.CodesPerLogin)
	if err != nil {
		return attempt{}, store.NotFound(err, errPendingOver)
	}
	tried, err := s.recordAttemptIn(tx, codeBucket, a, "", v)
	tried.last = p.Attempts >= portico.CodesPerLogin
	return tried, err
}

// SubmitCode takes the second step of the log-in that v.PendingToken
// identifies. With remember, this browser becomes a remembered device if the
// policy allows it. SubmitCode returns Invalid if the code does not count
// (another attempt is possible), TooMany if the code was not checked, and Gone
// if the pending login has ended.
func (s *Service) SubmitCode(ctx context.Context, v Visit, typed string, remember bool) (Outcome, error) {
	p, err := parseSecond(typed, "")
	if err != nil {
		return Outcome{}, err
	}
	tried, err := s.recordSecondAttempt(ctx, v)
	if err != nil {
		return Outcome{}, err
	}
	return s.finishSecondStep(ctx, tried, v, remember, p)
}

// SubmitRecovery is SubmitCode with a recovery code, or with a reset code if
// the account needs one. The code is used up. The user is notified of a used
// recovery code.
func (s *Service) SubmitRecovery(ctx context.Context, v Visit, typed string) (Outcome, error) {
	plain, ok := ParseRecovery(typed)
	if !ok {
		whose, err := s.Pending(ctx, v)
		if err == nil && whose.ResetCode {
			err = errResetCodeForm
		}
		return Outcome{}, cmp.Or[error](err, errRecoveryForm)
	}
	tried, err := s.recordSecondAttempt(ctx, v)
	if err != nil {
		return Outcome{}, err
	}
	hasher := s.recoveryHash
	if needsResetCode(tried.account) {
		hasher = s.resetCodeHash
	}
	hash, err := hasher(ctx, tried, plain)
	if err != nil {
		return Outcome{}, fmt.Errorf("hashing the recovery code: %w", err)
	}
	return s.finishSecondStep(ctx, tried, v, false, secondFactor{plain: plain, hash: hash})
}

// useRecoveryCode uses up a recovery code and notifies the user. It returns false
// if the code does not match.
func (s *Service) useRecoveryCode(tx *store.Tx, actor portico.Actor, a store.Account, hash []byte) (bool, error) {
	used, err := tx.UseRecoveryCode(a.ID, hash)
	if err != nil || !used {
		return false, err
	}
	left, err := tx.RecoveryCodesLeft(a.ID)
	if err != nil {
		return false, err
	}
	d := outbox.DataFor(a)
	d.CodesLeft, d.LastCode = left, left == 0
	if err := s.NotifyWith(tx, mail.RecoveryUsed, a, actor, d); err != nil {
		return false, err
	}
	return true, audit.Record(tx, portico.Event{
		Action: portico.RecoveryUsed, Actor: actor, Told: portico.Say("#codes {0} left", left),
	}.Target(a.User))
}

// finishSecondStep checks an attempt at the second step that recordSecondAttempt has recorded,
// and takes the log-in to the step that the proof allows.
func (s *Service) finishSecondStep(ctx context.Context, tried attempt, v Visit, remember bool, p secondFactor) (Outcome, error) {
	out, err := store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (Outcome, error) {
		_, a, err := pendingAccount(&tx.Reader, v)
		if err != nil {
			return Outcome{}, err
		}
		actor := portico.AsUser(a.User, v.Origin)
		proof := Proof{ResetCode: true}
		if needsResetCode(a) {
			err = s.useResetCode(tx, actor, a, p)
		} else {
			proof, err = s.useSecondFactor(tx, actor, a, p)
		}
		if err != nil {
			return Outcome{}, err
		}
		if err := s.attemptSucceeded(tx, tried); err != nil {
			return Outcome{}, err
		}
		proof.Password = true
		return s.advance(tx, proof, a, v, remember)
	})
	if err != nil {
		return Outcome{}, s.secondStepFailed(ctx, tried, v, err)
	}
	return out, nil
}

// secondStepFailed returns the error for the user of a second step that failed. It
// records a Refusal.
func (s *Service) secondStepFailed(ctx context.Context, tried attempt, v Visit, err error) error {
	var refused *portico.Refusal
	if !errors.As(err, &refused) {
		return fmt.Errorf("taking the second step: %w", err)
	}
	tried.copied = refused.Copied
	told := refused.Err
	if tried.last {
		told = errPendingOver
	}
	return s.attemptFailed(ctx, tried, refusedLogin(tried.account, v, refused.Reason), told)
}

// secondFactor is a code as typed, a recovery code as typed and as hashed, or an
// answer of a passkey.
type secondFactor struct {
	code    string
	plain   string
	hash    []byte
	passkey *answered
}

func parseSecond(typed, recovery string) (secondFactor, error) {
	if recovery != "" {
		plain, ok := ParseRecovery(recovery)
		if !ok {
			return secondFactor{}, errRecoveryForm
		}
		return secondFactor{plain: plain}, nil
	}
	code, ok := totp.ParseCode(typed)
	if !ok {
		return secondFactor{}, errCodeForm
	}
	return secondFactor{code: code}, nil
}

// useSecondFactor uses up a code, a recovery code or an answer of a passkey, and
// returns what it proves. It returns a Refusal, and writes nothing, if it does not
// count.
func (s *Service) useSecondFactor(tx *store.Tx, actor portico.Actor, a store.Account, p secondFactor) (Proof, error) {
	if p.passkey != nil {
		return s.usePasskey(tx, a, p.passkey)
	}
	if p.plain != "" {
		used, err := s.useRecoveryCode(tx, actor, a, p.hash)
		if err == nil && !used {
			err = &portico.Refusal{Err: errRecoveryWrong, Reason: portico.Say("wrong recovery code")}
		}
		return Proof{Recovery: used}, err
	}
	authenticatorID, verdict, err := s.useCode(tx, a, p.code)
	if err == nil && verdict != totp.Accepted {
		err = &portico.Refusal{Err: codeError(verdict), Reason: portico.Say(codeReason(verdict))}
	}
	return Proof{Code: verdict == totp.Accepted, Authenticator: authenticatorID}, err
}
