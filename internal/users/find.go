package users

import (
	"context"
	"strconv"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
)

// Overview counts the active users of a customer by the state of their 2FA, and
// those who cannot log in yet or at present.
type Overview struct {
	Enabled, Disabled, None int // active users, by their 2FA
	Invited, Locked         int
}

// Overview counts a customer's users for its administrators.
func (s *Service) Overview(ctx context.Context, actor portico.Actor, c portico.CustomerID) (Overview, error) {
	if !actor.Can(portico.SeePeople, c) {
		return Overview{}, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (o Overview, err error) {
		kinds, err := r.Counts(c)
		if err != nil {
			return o, err
		}
		for _, k := range kinds {
			switch {
			case k.Status == portico.Invited:
				o.Invited += k.People
			case k.Status != portico.Active:
			case k.TwoFactor == portico.TwoFactorEnabled:
				o.Enabled += k.People
			case k.TwoFactor == portico.TwoFactorDisabled:
				o.Disabled += k.People
			default:
				o.None += k.People
			}
		}
		o.Locked, err = r.LockedOut(c, MostLocked)
		return o, err
	})
}

// ByLogin finds a user of a customer by login ID.
func (s *Service) ByLogin(ctx context.Context, actor portico.Actor, c portico.CustomerID, loginID string) (portico.User, error) {
	if !actor.Can(portico.SeePeople, c) {
		return portico.User{}, portico.ErrForbidden
	}
	key, err := auth.CanonicalLoginID(loginID)
	if err != nil {
		return portico.User{}, ErrNobody
	}
	u, err := s.db.Read(ctx).UserByLogin(c, key)
	return u, store.NotFound(err, ErrNobody)
}

// LoggedAs finds the user whose events the audit log holds under a login ID: who
// has it now, or else who had it last, before it was changed or the user was
// deleted or withdrawn. It returns a NotFound error if the log knows nobody.
func (s *Service) LoggedAs(ctx context.Context, actor portico.Actor, c portico.CustomerID, loginID string) (portico.UserID, error) {
	u, err := s.ByLogin(ctx, actor, c, loginID)
	if !portico.NotFound.Is(err) {
		return u.ID, err
	}
	if !actor.Can(portico.SeeAudit, c) {
		return "", portico.ErrForbidden
	}
	key, err := auth.CanonicalLoginID(loginID)
	if err != nil {
		return "", ErrNobody
	}
	return store.View(ctx, s.db, func(r *store.Reader) (portico.UserID, error) {
		var last portico.Event
		for _, action := range []portico.Action{portico.UserDeleted, portico.InvitationWithdrawn, portico.LoginIDChanged} {
			e, err := gaveUp(r, c, action, key)
			if err != nil {
				return "", err
			}
			if e.At.After(last.At) {
				last = e
			}
		}
		if last.TargetID == "" {
			return "", ErrNobody
		}
		return last.TargetID, nil
	})
}

// gaveUp returns the newest event of an action by which somebody gave up a login
// ID, or none.
func gaveUp(r *store.Reader, c portico.CustomerID, action portico.Action, key string) (portico.Event, error) {
	const batch = 500
	for before := (store.EventCursor{}); ; {
		events, err := r.Events(c, portico.EventQuery{Actions: []portico.Action{action}}, before, batch)
		if err != nil {
			return portico.Event{}, err
		}
		for _, e := range events {
			if was, err := auth.CanonicalLoginID(e.LoginIDBefore()); err == nil && was == key {
				return e, nil
			}
		}
		if len(events) < batch {
			return portico.Event{}, nil
		}
		last := events[batch-1]
		before = store.EventCursor{At: last.At, ID: last.ID}
	}
}

// Details is a user with what only the user's page shows.
type Details struct {
	portico.User
	InviteEnds time.Time // until when an invitation is valid
	Locked     bool      // must wait before the next attempt to log in
	MailDelay  portico.MailDelay
	Refusal    portico.MailRefusal
}

// Find finds a user of a customer.
func (s *Service) Find(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (Details, error) {
	if !actor.Can(portico.SeePeople, c) {
		return Details{}, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (f Details, err error) {
		if f.User, err = r.User(c, id); err != nil {
			return f, store.NotFound(err, ErrNobody)
		}
		if f.InviteEnds, err = r.LinkEnds(id, store.LinkActivate); err != nil {
			return f, err
		}
		locked, err := r.Locked(c, []portico.User{f.User})
		if err != nil {
			return f, err
		}
		f.Locked = locked[id]
		if f.MailDelay, err = r.MailDelay(c, id); err != nil {
			return f, err
		}
		f.Refusal, err = r.MailRefusal(c, id)
		return f, err
	})
}

// Protection is what protects a user's log-in, for the actors who may change it.
type Protection struct {
	Authenticators []portico.Authenticator
	RecoveryCodes  int // left
}

// Protection returns it for a user whom the actor may reset or manage, and the
// zero Protection for others.
func (s *Service) Protection(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (Protection, error) {
	return store.View(ctx, s.db, func(r *store.Reader) (p Protection, err error) {
		u, err := r.User(c, id)
		if err != nil {
			return p, store.NotFound(err, ErrNobody)
		}
		if u.TwoFactor == portico.TwoFactorNone || !actor.MayActOn(portico.ResetTwoFactor, u) && !actor.MayActOn(portico.ManagePeople, u) {
			return p, nil
		}
		found, err := r.Authenticators(id)
		if err != nil {
			return p, err
		}
		for _, f := range found {
			p.Authenticators = append(p.Authenticators, f.Shown())
		}
		p.RecoveryCodes, err = r.RecoveryCodesLeft(id)
		return p, err
	})
}

// FindByLogin finds a user of any customer by login ID, for the command line.
func (s *Service) FindByLogin(ctx context.Context, actor portico.Actor, loginID string) (portico.User, error) {
	nobody := portico.E(portico.NotFound, "There is nobody with the login ID {0}.", strconv.Quote(loginID))
	key, err := auth.CanonicalLoginID(loginID)
	if err != nil {
		return portico.User{}, nobody
	}
	a, err := s.db.Read(ctx).AccountByLogin(key)
	if err != nil {
		return portico.User{}, store.NotFound(err, nobody)
	}
	if !actor.Can(portico.SeePeople, a.CustomerID) {
		return portico.User{}, nobody
	}
	return a.User, nil
}
