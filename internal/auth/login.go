package auth

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
	"portico/internal/totp"
)

// Visit is the browser that a log-in comes from, with what it has from before:
// a new log-in replaces both.
type Visit struct {
	Origin       portico.Origin
	SessionToken string
	PendingToken string
}

// Outcome is where a log-in stands. Token belongs to a session when Step is
// StepDone, to a pending login when it is StepCode.
type Outcome struct {
	Step  Step
	Token string
}

// errLogin is the one answer to whatever is wrong with login ID, password or
// account, so that it tells nothing about them.
func errLogin() *portico.Error {
	return portico.E(portico.Invalid, "Login ID or password is not right. Check both and try again.")
}

var errPendingOver = portico.E(portico.Gone, "This log-in took too long or had too many wrong codes. Enter your login ID and password again.")

// Login takes the first step. Invalid when login ID, password or account do
// not let anybody in, Busy when too many hashes wait.
func (s *Service) Login(ctx context.Context, v Visit, loginID, password string) (Outcome, error) {
	a, err := s.accountFor(ctx, loginID)
	if err != nil {
		return Outcome{}, err
	}
	// A missing account costs the same hash as a present one.
	verdict, err := s.hasher.Verify(ctx, a.PasswordHash, password)
	if err != nil {
		return Outcome{}, fmt.Errorf("checking the password: %w", err)
	}
	if verdict == PasswordWrong {
		return Outcome{}, s.refuse(ctx, refusedLogin(a, v, "wrong password"), errLogin())
	}
	var rehashed string
	if verdict == PasswordRightStale {
		if rehashed, err = s.hasher.Hash(ctx, password); err != nil {
			return Outcome{}, fmt.Errorf("hashing the password anew: %w", err)
		}
	}
	var out Outcome
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Account(a.ID)
		if err != nil {
			return err
		}
		if now.PasswordHash != a.PasswordHash {
			out = Outcome{Step: StepRefuse} // changed while we hashed: what was proved no longer counts
			return audit.Record(tx, refusedLogin(now, v, "password changed meanwhile"))
		}
		if rehashed != "" {
			if err := tx.SetPassword(now.ID, now.PasswordHash, rehashed); err != nil {
				return err
			}
		}
		out, err = s.advance(tx, Proof{Password: true}, now, v)
		return err
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("logging in: %w", err)
	}
	if out.Step == StepRefuse {
		return Outcome{}, errLogin()
	}
	return out, nil
}

// accountFor finds the account for a login ID as typed; the zero Account, whose
// password nobody has, when there is none.
func (s *Service) accountFor(ctx context.Context, loginID string) (store.Account, error) {
	key, err := CanonicalLoginID(loginID)
	if err != nil {
		key = "" // nobody's
	}
	a, err := s.db.Read(ctx).AccountByLogin(key)
	if err != nil && !notFound(err) {
		return store.Account{}, err
	}
	return a, nil
}

// refusedLogin is the event of a refused log-in. What was typed as a login ID
// that nobody has is not kept: it is often a password.
func refusedLogin(a store.Account, v Visit, why string) portico.Event {
	e := portico.Event{CustomerID: portico.ProviderID, Action: portico.LoginRefused, Actor: portico.System(v.Origin), Details: why}
	if a.ID == "" {
		e.Details = "unknown login ID"
		return e
	}
	return e.Target(a.User)
}

// advance takes a log-in as far as its proof leads, with the account as it is
// in this transaction. It is the one place that makes sessions.
func (s *Service) advance(tx *store.Tx, p Proof, a store.Account, v Visit) (Outcome, error) {
	event := portico.Event{Actor: portico.AsUser(a.User, v.Origin)}.Target(a.User)
	step := Next(p, a.User)
	switch step {
	case StepCode:
		token, hash := newToken()
		if err := s.replace(tx, v); err != nil {
			return Outcome{}, err
		}
		if err := tx.CreatePending(hash, a, tx.Now.Add(portico.PendingLoginTime)); err != nil {
			return Outcome{}, err
		}
		event.Action, event.Actor = portico.LoginPassword, portico.System(v.Origin)
		return Outcome{Step: step, Token: token}, audit.Record(tx, event)
	case StepDone:
		token, err := s.mint(tx, p, a, v)
		if err != nil {
			return Outcome{}, err
		}
		event.Action, event.Details = portico.LoginDone, "password"
		if p.Code {
			event.Details = "password and code"
		}
		return Outcome{Step: step, Token: token}, audit.Record(tx, event)
	}
	return Outcome{Step: StepRefuse}, audit.Record(tx, refusedLogin(a, v, "account is "+string(a.Status)))
}

// mint makes a session out of a complete proof. Nothing else does.
func (s *Service) mint(tx *store.Tx, p Proof, a store.Account, v Visit) (string, error) {
	if Next(p, a.User) != StepDone {
		return "", errors.New("a session was asked for without proof")
	}
	if err := s.replace(tx, v); err != nil {
		return "", err
	}
	id, err := newID()
	if err != nil {
		return "", err
	}
	token, hash := newToken()
	if err := tx.CreateSession(id, hash, a, v.Origin); err != nil {
		return "", err
	}
	return token, tx.LoggedIn(a.ID)
}

// replace ends what the browser had before: one browser, one log-in.
func (s *Service) replace(tx *store.Tx, v Visit) error {
	if v.PendingToken != "" {
		if _, err := tx.DeletePending(hashToken(v.PendingToken)); err != nil {
			return err
		}
	}
	if v.SessionToken == "" {
		return nil
	}
	old, err := tx.Session(hashToken(v.SessionToken))
	if notFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.DeleteSession(old.ID)
	return err
}

// Pending says whose log-in a pending token belongs to, for the page that asks
// for the code. Gone when it has run out.
func (s *Service) Pending(ctx context.Context, token string) (u portico.User, issuer string, err error) {
	err = s.db.View(ctx, func(r *store.Reader) error {
		p, err := r.Pending(hashToken(token))
		if err != nil {
			return err
		}
		a, err := r.Account(p.UserID)
		if err == nil && (a.Epoch != p.Epoch || p.Attempts >= portico.CodesPerLogin) {
			err = store.ErrNotFound
		}
		u, issuer = a.User, a.CustomerName
		return err
	})
	if notFound(err) {
		return portico.User{}, "", errPendingOver
	}
	return u, issuer, err
}

// SubmitCode takes the second step of the log-in that v.PendingToken stands
// for. Invalid when the code does not count (the log-in may go on), Gone when
// the log-in has ended.
func (s *Service) SubmitCode(ctx context.Context, v Visit, typed string) (Outcome, error) {
	code, ok := totp.ParseCode(typed)
	if !ok {
		return Outcome{}, errCodeForm()
	}
	// Charged before the code is looked at, and committed: a guess that is
	// never answered still counts.
	var charged store.PendingLogin
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		charged, err = tx.ChargePending(hashToken(v.PendingToken), portico.CodesPerLogin)
		return err
	})
	if notFound(err) {
		return Outcome{}, errPendingOver
	}
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	var told *portico.Error
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		out, told, err = s.tryCode(tx, v, code)
		return err
	})
	switch {
	case err != nil:
		return Outcome{}, fmt.Errorf("checking the code: %w", err)
	case told != nil && charged.Attempts >= portico.CodesPerLogin:
		return Outcome{}, errPendingOver
	case told != nil:
		return Outcome{}, told
	}
	return out, nil
}

// tryCode evaluates one charged code. The account is the pending login's own,
// read again: neither the request nor an earlier read says whose it is.
func (s *Service) tryCode(tx *store.Tx, v Visit, code string) (Outcome, *portico.Error, error) {
	p, err := tx.Pending(hashToken(v.PendingToken))
	if notFound(err) {
		return Outcome{}, errPendingOver, nil
	}
	if err != nil {
		return Outcome{}, nil, err
	}
	a, err := tx.Account(p.UserID)
	if err != nil {
		return Outcome{}, nil, err
	}
	if a.Epoch != p.Epoch || Next(Proof{Password: true}, a.User) != StepCode {
		// The account has changed since the password: begin again.
		return Outcome{}, errPendingOver, audit.Record(tx, refusedLogin(a, v, "account changed during the log-in"))
	}
	verdict, err := s.spendCode(tx, a.ID, code)
	if err != nil {
		return Outcome{}, nil, err
	}
	if verdict != totp.Accepted {
		return Outcome{}, codeError(verdict), audit.Record(tx, refusedLogin(a, v, codeReason(verdict)))
	}
	out, err := s.advance(tx, Proof{Password: true, Code: true}, a, v)
	return out, nil, err
}
