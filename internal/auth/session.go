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

// Session is a full session as one request sees it.
type Session struct {
	User         portico.User
	CustomerSlug string
	CustomerName string
	Actor        portico.Actor
	ConfirmedAt  time.Time // when password and code were last proved
	Fresh        bool      // that was less than portico.ConfirmedTime ago

	id        string
	tokenHash []byte
}

var errNoSession = portico.E(portico.Unauthenticated, "Log in to go on.")

// errNotFresh is for those who come to a change past the guard of its page.
var errNotFresh = portico.E(portico.Forbidden, "Confirm that it is you, and try again.")

// Authenticate finds the session of a token. Unauthenticated when it has ended
// or never was.
func (s *Service) Authenticate(ctx context.Context, token string, o portico.Origin) (*Session, error) {
	if token == "" {
		return nil, errNoSession
	}
	r := s.db.Read(ctx)
	hash := hashToken(token)
	row, err := r.Session(hash)
	if notFound(err) || err == nil && !alive(row, r.Now) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, err
	}
	// Written at most once a minute and session, or every page would wait for
	// the disk.
	if r.Now.Sub(row.SeenAt) >= time.Minute {
		if err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.Seen(row.ID) }); err != nil {
			return nil, err
		}
	}
	return &Session{
		User: row.Account.User, CustomerSlug: row.Account.CustomerSlug, CustomerName: row.Account.CustomerName,
		Actor:       portico.AsUser(row.Account.User, o),
		ConfirmedAt: row.ConfirmedAt, Fresh: fresh(row, r.Now),
		id: row.ID, tokenHash: hash,
	}, nil
}

// alive says whether a session still counts: its person is active, nothing
// has ended it, and it is neither too old nor too long unused.
func alive(row store.Session, now time.Time) bool {
	overall, idle := portico.SessionLimits(row.Account.Role)
	return row.Account.Status == portico.Active &&
		row.Epoch == row.Account.Epoch &&
		now.Before(row.CreatedAt.Add(overall)) &&
		now.Before(row.SeenAt.Add(idle))
}

func fresh(row store.Session, now time.Time) bool {
	return now.Before(row.ConfirmedAt.Add(portico.ConfirmedTime))
}

// current reads a session again inside a change, and its account with it.
// Unauthenticated when it ended since the request began.
func (s *Service) current(tx *store.Tx, ses *Session) (store.Session, error) {
	row, err := tx.Session(ses.tokenHash)
	if notFound(err) || err == nil && !alive(row, tx.Now) {
		return store.Session{}, errNoSession
	}
	return row, err
}

// currentFresh is current for what weakens or moves a protection.
func (s *Service) currentFresh(tx *store.Tx, ses *Session) (store.Session, error) {
	row, err := s.current(tx, ses)
	if err == nil && !fresh(row, tx.Now) {
		err = errNotFresh
	}
	return row, err
}

// Logout ends the session.
func (s *Service) Logout(ctx context.Context, ses *Session) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		ended, err := tx.DeleteSession(ses.id)
		if err != nil || !ended {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.LogoutDone, Actor: ses.Actor}.Target(ses.User))
	})
	if err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
}

// Confirm proves again who is sitting there: by password, and by a code with
// 2FA enabled. It returns the session's new token. Invalid when one of them is
// not right.
func (s *Service) Confirm(ctx context.Context, ses *Session, password, typed string) (string, error) {
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil {
		return "", err
	}
	refused := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor}.Target(ses.User)
	code, isCode := totp.ParseCode(typed)
	if a.TwoFactor == portico.TwoFactorEnabled && !isCode {
		return "", errCodeForm()
	}
	verdict, err := s.hasher.Verify(ctx, a.PasswordHash, password)
	if err != nil {
		return "", fmt.Errorf("checking the password: %w", err)
	}
	if verdict == PasswordWrong {
		refused.Details = "wrong password"
		return "", s.refuse(ctx, refused, portico.FieldError("password", "This password is not right. Enter the one you log in with."))
	}
	var token string
	var told *portico.Error
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		told = nil
		row, err := s.current(tx, ses)
		if err != nil {
			return err
		}
		if row.Account.PasswordHash != a.PasswordHash || row.Account.TwoFactor != a.TwoFactor {
			return errNoSession
		}
		if a.TwoFactor == portico.TwoFactorEnabled {
			verdict, err := s.spendCode(tx, a.ID, code)
			if err != nil {
				return err
			}
			if verdict != totp.Accepted {
				told, refused.Details = codeError(verdict), codeReason(verdict)
				return audit.Record(tx, refused)
			}
		}
		if token, err = exchange(tx, row.ID, true); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.ConfirmDone, Actor: ses.Actor}.Target(ses.User))
	})
	if err != nil {
		return "", fmt.Errorf("confirming: %w", err)
	}
	if told != nil {
		return "", told
	}
	return token, nil
}

// exchange gives a session a new token, as after every step up or change of
// protection: a token that was stolen before is worth nothing after.
func exchange(tx *store.Tx, sessionID string, confirmed bool) (string, error) {
	token, hash := newToken()
	return token, tx.ExchangeToken(sessionID, hash, confirmed)
}
