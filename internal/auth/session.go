package auth

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/password"
	"portico/internal/store"
	"portico/internal/totp"
)

// Session is a full session as one request sees it.
type Session struct {
	User        portico.User
	Customer    portico.Customer
	Actor       portico.Actor
	ConfirmedAt time.Time // when password and code were last entered
	Fresh       bool      // ConfirmedAt was less than portico.ConfirmedTime ago
	MustEnrol   bool      // the user must set up 2FA before anything else

	id        string
	tokenHash []byte
	visit     Visit
}

// Is reports whether the session has the given ID.
func (s *Session) Is(id string) bool { return s.id == id }

var errNoSession = portico.E(portico.Unauthenticated, "Log in to go on.")

// Authenticate returns the session of a visit. It returns Unauthenticated if
// the session has ended or never existed.
func (s *Service) Authenticate(ctx context.Context, v Visit) (*Session, error) {
	return s.authenticate(ctx, v, (*store.Reader).Session)
}

// Check is Authenticate for callers that only need to know whether the session
// is valid and which user has it. Of the user and the customer, only login ID,
// role and short name may be relied on.
func (s *Service) Check(ctx context.Context, v Visit) (*Session, error) {
	return s.authenticate(ctx, v, (*store.Reader).CheckedSession)
}

func (s *Service) authenticate(ctx context.Context, v Visit, find func(*store.Reader, []byte) (store.Session, error)) (*Session, error) {
	if v.SessionToken == "" {
		return nil, errNoSession
	}
	r := s.db.Read(ctx)
	hash := store.HashToken(v.SessionToken)
	row, err := find(r, hash)
	if err == nil && expired(row, r.Now) {
		// Deleted, not only refused: the session must not become valid again
		// when a clock is set back.
		err = s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
			_, err := tx.DeleteSession(row.ID)
			return err
		})
	}
	if notFound(err) || err == nil && !valid(row, r.Now) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, err
	}
	// Written at most once a minute for each session. Otherwise every page
	// would wait for the disk.
	if r.Now.Sub(row.SeenAt) >= time.Minute {
		if err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return tx.TouchSession(row.ID) }); err != nil {
			return nil, err
		}
	}
	return &Session{
		User: row.Account.User, Customer: row.Account.Customer,
		Actor:       actorOf(row.Account, v.Origin).Admitted(portico.Admission{Session: string(hash)}),
		MustEnrol:   row.Account.Customer.Policy.MustEnrol(row.Account.User, r.Now),
		ConfirmedAt: row.ConfirmedAt, Fresh: fresh(row, r.Now),
		id: row.ID, tokenHash: hash, visit: v,
	}, nil
}

// actorOf returns the actor for a user with a session.
func actorOf(a store.Account, o portico.Origin) portico.Actor {
	actor := portico.AsUser(a.User, o)
	actor.SeesAudit = a.Customer.Policy.HelpDeskSeesAudit
	return actor
}

// clocksDiffer is the largest difference allowed between the clocks of nodes. A
// time further in the future than that was recorded before a clock was set
// back.
const clocksDiffer = time.Minute

// valid reports whether a session is valid: its user is active, its customer is
// not suspended, nothing has ended it, and it is neither too old nor idle for
// too long. A session that was last used in the future is not valid either: it
// would last longer by as much as the clock was set back.
func valid(row store.Session, now time.Time) bool {
	return row.Account.Status == portico.Active &&
		!row.Account.Customer.Suspended() && row.CreatedAt.After(row.Account.EndedAt) &&
		row.Epoch == row.Account.Epoch &&
		!expired(row, now) && !row.SeenAt.After(now.Add(clocksDiffer))
}

// expired reports whether a session is too old or has been idle for too long.
func expired(row store.Session, now time.Time) bool {
	overall, idle := row.Account.Customer.Policy.SessionLimits(row.Account.Role)
	return !now.Before(row.CreatedAt.Add(overall)) || !now.Before(row.SeenAt.Add(idle))
}

func fresh(row store.Session, now time.Time) bool {
	return now.Before(row.ConfirmedAt.Add(portico.ConfirmedTime))
}

// current reads a session and its account again within the transaction of a
// change. It returns Unauthenticated if the session has ended since the request
// began.
func (s *Service) current(tx *store.Tx, ses *Session) (store.Session, error) {
	return validSession(&tx.Reader, ses.tokenHash)
}

// validSession reads a session by the hash of its token. It returns
// Unauthenticated if there is none, or if it has ended.
func validSession(r *store.Reader, tokenHash []byte) (store.Session, error) {
	row, err := r.Session(tokenHash)
	if notFound(err) || err == nil && !valid(row, r.Now) {
		return store.Session{}, errNoSession
	}
	return row, err
}

// currentFresh is current for changes that weaken or move a protection. It
// returns ErrNotConfirmed without a recent confirmation.
func (s *Service) currentFresh(tx *store.Tx, ses *Session) (store.Session, error) {
	row, err := s.current(tx, ses)
	if err == nil && !fresh(row, tx.Now) {
		err = ErrNotConfirmed
	}
	return row, err
}

// Logout ends the session. If it has already ended, Logout returns nil.
func (s *Service) Logout(ctx context.Context, ses *Session) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
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
		if second, err = parseSecond(typed, recovery); err != nil {
			return "", err
		}
	}
	g, err := s.passwordAgain(ctx, ses, a, password, "This password is not right. Enter the one you log in with.")
	if err != nil {
		return "", err
	}
	if a.TwoFactor == portico.TwoFactorEnabled {
		if g, err = s.recordCodeAttempt(ctx, g); err != nil {
			return "", err
		}
		if second.plain != "" {
			if second.hash, err = s.recoveryHash(ctx, g, second.plain); err != nil {
				return "", fmt.Errorf("hashing the recovery code: %w", err)
			}
		}
	}
	var token, why string
	var told *portico.Error
	err = s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		told = nil
		row, err := s.current(tx, ses)
		if err != nil {
			return err
		}
		if row.Account.PasswordHash != a.PasswordHash || row.Account.TwoFactor != a.TwoFactor {
			return errNoSession
		}
		if a.TwoFactor == portico.TwoFactorEnabled {
			if told, why, err = s.useSecondFactor(tx, ses.Actor, row.Account, second); err != nil || told != nil {
				return err
			}
		}
		if err := s.attemptSucceeded(tx, g); err != nil {
			return err
		}
		if token, err = rotateToken(tx, row.ID, true); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.ConfirmDone, Actor: ses.Actor}.Target(ses.User))
	})
	if err != nil {
		return "", fmt.Errorf("confirming: %w", err)
	}
	if told != nil {
		refused := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor, Details: why}.Target(ses.User)
		return "", s.attemptFailed(ctx, g, refused, told)
	}
	return token, nil
}

// passwordAgain checks the password of the session's user. told is the error
// text for a wrong one. The caller must undo the attempt that is recorded in
// the guess it returns.
func (s *Service) passwordAgain(ctx context.Context, ses *Session, a store.Account, entered, told string) (attempt, error) {
	g, err := s.recordAttempt(ctx, passwordBucket, a, a.LoginKey, ses.visit)
	if err != nil {
		return attempt{}, err
	}
	g.turn.Known = true // a session queues with the known devices
	verdict, err := s.hasher.Verify(ctx, g.turn, a.PasswordHash, entered)
	if err != nil {
		return attempt{}, fmt.Errorf("checking the password: %w", err)
	}
	if verdict == password.Wrong {
		refused := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor, Details: "wrong password"}.Target(a.User)
		return attempt{}, s.attemptFailed(ctx, g, refused, portico.FieldError("password", told))
	}
	return g, nil
}

// recordCodeAttempt undoes the record of a right password, and records the attempt at
// the second factor that follows it.
func (s *Service) recordCodeAttempt(ctx context.Context, password attempt) (g attempt, err error) {
	err = s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		if err := s.attemptSucceeded(tx, password); err != nil {
			return err
		}
		g, err = s.recordAttemptIn(tx, codeBucket, password.account, "", password.visit)
		return err
	})
	return g, err
}

// secondFactor is a code as typed, or a recovery code as typed and as hashed.
type secondFactor struct {
	code  string
	plain string
	hash  []byte
}

func parseSecond(typed, recovery string) (secondFactor, error) {
	if recovery != "" {
		plain, ok := ParseRecovery(recovery)
		if !ok {
			return secondFactor{}, errRecoveryForm()
		}
		return secondFactor{plain: plain}, nil
	}
	code, ok := totp.ParseCode(typed)
	if !ok {
		return secondFactor{}, errCodeForm()
	}
	return secondFactor{code: code}, nil
}

// useSecondFactor uses up a code or a recovery code. If it does not count, told is
// the error for the user and why is the reason for the audit log.
func (s *Service) useSecondFactor(tx *store.Tx, actor portico.Actor, a store.Account, p secondFactor) (told *portico.Error, why string, err error) {
	if p.plain != "" {
		used, err := s.useRecoveryCode(tx, actor, a, p.hash)
		if err != nil || used {
			return nil, "", err
		}
		return errRecoveryWrong(), "wrong recovery code", nil
	}
	verdict, err := s.useCode(tx, a.ID, p.code)
	if err != nil || verdict == totp.Accepted {
		return nil, "", err
	}
	return codeError(verdict), codeReason(verdict), nil
}

// rotateToken gives a session a new token, so that a token stolen before is
// worthless. Confirm does so, and every change of the password or of the 2FA
// setup.
func rotateToken(tx *store.Tx, sessionID string, confirmed bool) (string, error) {
	token, hash := store.NewToken()
	return token, tx.RotateToken(sessionID, hash, confirmed)
}
