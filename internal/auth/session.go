package auth

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// Session is a full session as one request sees it.
type Session struct {
	User        portico.User
	Customer    portico.Customer
	Actor       portico.Actor
	ConfirmedAt time.Time // when password and code were last entered
	Fresh       bool      // ConfirmedAt was less than portico.ConfirmationTTL ago
	MustEnrol   bool      // the user must set up 2FA before anything else
	RescueUntil time.Time // until then, a new authenticator may replace the lost one without another code; zero if never

	id        string
	tokenHash []byte
	visit     Visit
}

// Is reports whether the session has the given ID.
func (s *Session) Is(id string) bool { return s.id == id }

var errNoSession = portico.E(portico.Unauthenticated, "Log in to continue.")

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
	ses := &Session{
		User: row.Account.User, Customer: row.Account.Customer,
		Actor:       actorOf(row.Account, v.Origin).Admitted(portico.Admission{Session: string(hash)}),
		MustEnrol:   row.Account.Customer.Policy.MustEnrol(row.Account.User, r.Now),
		ConfirmedAt: row.ConfirmedAt, Fresh: fresh(row, r.Now),
		id: row.ID, tokenHash: hash, visit: v,
	}
	if rescues(row, r.Now) {
		ses.RescueUntil = row.CreatedAt.Add(portico.ConfirmationTTL)
	}
	return ses, nil
}

// importer returns the actor for a user with a session.
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
	return now.Before(row.ConfirmedAt.Add(portico.ConfirmationTTL))
}

// rescues reports whether a session may set up a new authenticator in place of
// the lost one, because its user has proved the password and a recovery code
// within the last ten minutes, by logging in with them. Nothing else that needs
// a confirmation asks this function.
func rescues(row store.Session, now time.Time) bool {
	return row.Recovered && row.Account.TwoFactor == portico.TwoFactorEnabled &&
		now.Before(row.CreatedAt.Add(portico.ConfirmationTTL))
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

// rotateToken gives a session a new token, so that a token stolen before is
// worthless. Confirm does so, and every change of the password or of the 2FA
// setup.
func rotateToken(tx *store.Tx, sessionID string, confirmed bool) (string, error) {
	token, hash := store.NewToken()
	return token, tx.RotateToken(sessionID, hash, confirmed)
}
