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
	User        portico.User
	Customer    portico.Customer
	Actor       portico.Actor
	ConfirmedAt time.Time // when password and code were last proved
	Fresh       bool      // that was less than portico.ConfirmedTime ago
	MustEnrol   bool      // the customer asks for 2FA first: only its set-up is open

	id        string
	tokenHash []byte
	visit     Visit
}

// Is reports whether this is the session with an id.
func (s *Session) Is(id string) bool { return s.id == id }

var errNoSession = portico.E(portico.Unauthenticated, "Log in to go on.")

// Authenticate finds the session of a visit. Unauthenticated when it has ended
// or never was.
func (s *Service) Authenticate(ctx context.Context, v Visit) (*Session, error) {
	return s.authenticate(ctx, v, (*store.Reader).Session)
}

// Check is Authenticate for those who ask nothing but whether the session
// counts, and whose it is: of its person and customer it knows login ID, role
// and short name.
func (s *Service) Check(ctx context.Context, v Visit) (*Session, error) {
	return s.authenticate(ctx, v, (*store.Reader).CheckedSession)
}

func (s *Service) authenticate(ctx context.Context, v Visit, find func(*store.Reader, []byte) (store.Session, error)) (*Session, error) {
	if v.SessionToken == "" {
		return nil, errNoSession
	}
	r := s.db.Read(ctx)
	hash := hashToken(v.SessionToken)
	row, err := find(r, hash)
	if err == nil && ranOut(row, r.Now) {
		// Not only refused: a clock that is put back must not bring it back.
		err = s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
			_, err := tx.DeleteSession(row.ID)
			return err
		})
	}
	if notFound(err) || err == nil && !alive(row, r.Now) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, err
	}
	// Written at most once a minute and session, or every page would wait for
	// the disk.
	if r.Now.Sub(row.SeenAt) >= time.Minute {
		if err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return tx.Seen(row.ID) }); err != nil {
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

// actorOf is the actor of somebody with a session.
func actorOf(a store.Account, o portico.Origin) portico.Actor {
	actor := portico.AsUser(a.User, o)
	actor.SeesAudit = a.Customer.Policy.HelpDeskSeesAudit
	return actor
}

// clocksDiffer is by how much the clocks of nodes may differ. What was noted
// later than that from now was noted before a clock was put back.
const clocksDiffer = time.Minute

// alive says whether a session still counts: its person is active and its
// customer in force, nothing has ended it, and it is neither too old nor too
// long unused, nor used at a time that is still to come: it would last longer,
// by as much as the clock was put back.
func alive(row store.Session, now time.Time) bool {
	return row.Account.Status == portico.Active &&
		!row.Account.Customer.Suspended() && row.CreatedAt.After(row.Account.EndedAt) &&
		row.Epoch == row.Account.Epoch &&
		!ranOut(row, now) && !row.SeenAt.After(now.Add(clocksDiffer))
}

// ranOut says whether a session is too old, or too long unused.
func ranOut(row store.Session, now time.Time) bool {
	overall, idle := row.Account.Customer.Policy.SessionLimits(row.Account.Role)
	return !now.Before(row.CreatedAt.Add(overall)) || !now.Before(row.SeenAt.Add(idle))
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
		err = ErrNotConfirmed
	}
	return row, err
}

// Logout ends the session.
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

// Confirm proves again who is sitting there: by password, and with 2FA enabled
// by a code or, where the phone is lost, by a recovery code. It returns the
// session's new token. Invalid when one of them is not right.
func (s *Service) Confirm(ctx context.Context, ses *Session, password, typed, recovery string) (string, error) {
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil {
		return "", err
	}
	second := secondProof{}
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
		if g, err = s.chargeAfter(ctx, g); err != nil {
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
			if told, why, err = s.spendSecond(tx, ses.Actor, row.Account, second); err != nil || told != nil {
				return err
			}
		}
		if err := s.right(tx, g); err != nil {
			return err
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
		refused := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor, Details: why}.Target(ses.User)
		return "", s.wrong(ctx, g, refused, told)
	}
	return token, nil
}

// passwordAgain checks the password of a session's person. The charge it
// returns is still to be taken back.
func (s *Service) passwordAgain(ctx context.Context, ses *Session, a store.Account, password, told string) (guess, error) {
	g, err := s.charge(ctx, passwordBucket, a, a.LoginKey, ses.visit)
	if err != nil {
		return guess{}, err
	}
	g.turn.known = true // a session is no stranger
	verdict, err := s.hasher.Verify(ctx, g.turn, a.PasswordHash, password)
	if err != nil {
		return guess{}, fmt.Errorf("checking the password: %w", err)
	}
	if verdict == PasswordWrong {
		refused := portico.Event{Action: portico.ConfirmRefused, Actor: ses.Actor, Details: "wrong password"}.Target(a.User)
		return guess{}, s.wrong(ctx, g, refused, portico.FieldError("password", told))
	}
	return g, nil
}

// chargeAfter takes the charge of a right password back and counts the attempt
// at the second factor that follows it.
func (s *Service) chargeAfter(ctx context.Context, password guess) (g guess, err error) {
	err = s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		if err := s.right(tx, password); err != nil {
			return err
		}
		g, err = s.chargeIn(tx, codeBucket, password.account, "", password.visit)
		return err
	})
	return g, err
}

// secondProof is a code or a recovery code, as typed and as hashed.
type secondProof struct {
	code  string
	plain string
	hash  []byte
}

func parseSecond(typed, recovery string) (secondProof, error) {
	if recovery != "" {
		plain, ok := ParseRecovery(recovery)
		if !ok {
			return secondProof{}, errRecoveryForm()
		}
		return secondProof{plain: plain}, nil
	}
	code, ok := totp.ParseCode(typed)
	if !ok {
		return secondProof{}, errCodeForm()
	}
	return secondProof{code: code}, nil
}

// spendSecond uses up a code or a recovery code; told says why it does not
// count.
func (s *Service) spendSecond(tx *store.Tx, actor portico.Actor, a store.Account, p secondProof) (told *portico.Error, why string, err error) {
	if p.plain != "" {
		used, err := s.spendRecovery(tx, actor, a, p.hash)
		if err != nil || used {
			return nil, "", err
		}
		return errRecoveryWrong(), "wrong recovery code", nil
	}
	verdict, err := s.spendCode(tx, a.ID, p.code)
	if err != nil || verdict == totp.Accepted {
		return nil, "", err
	}
	return codeError(verdict), codeReason(verdict), nil
}

// exchange gives a session a new token, as after every step up or change of
// protection: a token that was stolen before is worth nothing after.
func exchange(tx *store.Tx, sessionID string, confirmed bool) (string, error) {
	token, hash := newToken()
	return token, tx.ExchangeToken(sessionID, hash, confirmed)
}
