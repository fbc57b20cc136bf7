package people

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
)

// Overview is how safely a customer's active people log in, and how many wait
// for something.
type Overview struct {
	Enabled, Disabled, None int // active people, by their 2FA
	Invited, Locked         int
}

// Overview counts a customer's people for its administrators.
func (s *Service) Overview(ctx context.Context, actor portico.Actor, c portico.CustomerID) (Overview, error) {
	if !actor.Can(portico.SeePeople, c) {
		return Overview{}, ErrForbidden
	}
	var o Overview
	err := s.db.View(ctx, func(r *store.Reader) error {
		o = Overview{}
		kinds, err := r.Counts(c)
		if err != nil {
			return err
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
		return err
	})
	return o, err
}

// ByLogin finds one person of a customer by login ID.
func (s *Service) ByLogin(ctx context.Context, actor portico.Actor, c portico.CustomerID, loginID string) (portico.User, error) {
	if !actor.Can(portico.SeePeople, c) {
		return portico.User{}, ErrForbidden
	}
	key, err := auth.CanonicalLoginID(loginID)
	if err != nil {
		return portico.User{}, ErrNobody
	}
	u, err := s.db.Read(ctx).UserByLogin(c, key)
	return u, store.NotFound(err, ErrNobody)
}

// UserDetails is a person with what is on the way to the person.
type UserDetails struct {
	portico.User
	InviteEnds time.Time // until when an invitation holds
	Locked     bool      // has to wait before the next attempt to log in
	MailDelay  portico.MailDelay
}

// Find finds one person of a customer.
func (s *Service) Find(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (f UserDetails, err error) {
	if !actor.Can(portico.SeePeople, c) {
		return f, ErrForbidden
	}
	err = s.db.View(ctx, func(r *store.Reader) error {
		if f.User, err = r.User(c, id); err != nil {
			return store.NotFound(err, ErrNobody)
		}
		if f.InviteEnds, err = r.LinkEnds(id, store.LinkActivate); err != nil {
			return err
		}
		locked, err := r.Locked(c, []portico.User{f.User})
		if err != nil {
			return err
		}
		f.Locked = locked[id]
		f.MailDelay, err = r.MailDelay(c, id)
		return err
	})
	return f, err
}

// FindByLogin finds anybody by login ID, for the command line.
func (s *Service) FindByLogin(ctx context.Context, actor portico.Actor, loginID string) (portico.User, error) {
	told := portico.E(portico.NotFound, "There is nobody with the login ID "+strconv.Quote(loginID)+".")
	key, err := auth.CanonicalLoginID(loginID)
	if err != nil {
		return portico.User{}, told
	}
	a, err := s.db.Read(ctx).AccountByLogin(key)
	if err != nil {
		return portico.User{}, store.NotFound(err, told)
	}
	if !actor.Can(portico.SeePeople, a.CustomerID) {
		return portico.User{}, told
	}
	return a.User, nil
}

// Create adds a person with a password, who may log in at once; for the
// command line. Invalid when something cannot be taken.
func (s *Service) Create(ctx context.Context, actor portico.Actor, c portico.CustomerID, u portico.User, password string) (portico.User, error) {
	a, err := s.prepare(ctx, actor, c, u)
	if err != nil {
		return u, err
	}
	if a.LoginKey == "" {
		return u, portico.FieldError("login_id", "Enter a login ID.")
	}
	if err := auth.CheckPasswordOf(a.User, a.Customer, s.notices.Now(), password); err != nil {
		return u, err
	}
	if a.PasswordHash, err = s.auth.HashPassword(ctx, actor, password); err != nil {
		return u, fmt.Errorf("hashing the password: %w", err)
	}
	a.Status = portico.Active
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		return insert(tx, actor, &a, portico.UserCreated)
	})
	return a.User, err
}

// Invite adds a person who chooses login ID and password by a mailed link. A
// login ID given here is only proposed.
func (s *Service) Invite(ctx context.Context, actor portico.Actor, c portico.CustomerID, u portico.User) (portico.User, error) {
	a, err := s.prepare(ctx, actor, c, u)
	if err != nil {
		return u, err
	}
	a.Status = portico.Invited
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		if err := grantRole(tx, actor, a.Role); err != nil {
			return err
		}
		if err := insert(tx, actor, &a, portico.UserInvited); err != nil {
			return err
		}
		if err := chargeMails(tx, actor, c, 1); err != nil {
			return err
		}
		return s.mailLink(tx, invitationMail, actor, a, s.notices.Queue)
	})
	if err != nil {
		return u, err
	}
	return a.User, nil
}

// prepare checks everything about a new person that needs no transaction.
func (s *Service) prepare(ctx context.Context, actor portico.Actor, c portico.CustomerID, u portico.User) (store.Account, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return store.Account{}, ErrForbidden
	}
	customer, err := s.db.Read(ctx).Customer(c)
	if err != nil {
		return store.Account{}, store.NotFound(err, portico.E(portico.NotFound, "There is no such customer."))
	}
	a := store.Account{User: u, Customer: customer, Epoch: 1}
	a.CustomerID = c
	if err := checkUser(actor, a.User); err != nil {
		return store.Account{}, err
	}
	if u.LoginID != "" {
		if a.LoginKey, err = auth.NewLoginID(u.LoginID); err != nil {
			return store.Account{}, err
		}
	}
	return a, nil
}

// checkUser validates a person and whether the actor may give that role.
func checkUser(actor portico.Actor, u portico.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	if !actor.Role.MayGrant(u.Role, u.CustomerID) {
		return portico.FieldError("role", "Choose one of the roles in the list.")
	}
	return nil
}

// insert adds the prepared person and its event.
func insert(tx *store.Tx, actor portico.Actor, a *store.Account, action portico.Action) error {
	id, err := store.NewID()
	if err != nil {
		return err
	}
	a.ID, a.CreatedAt = portico.UserID(id), tx.Now
	err = tx.CreateUser(*a)
	if errors.Is(err, store.ErrTaken) {
		return auth.CheckLoginID()
	}
	if err != nil {
		return err
	}
	return record(tx, actor, action, a.User, "Role: "+a.Role.String())
}

// Edit changes name, e-mail, labels and role of somebody else. A change of
// role ends that person's sessions, so that it counts at once.
func (s *Service) Edit(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, to portico.User) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		u := a.User
		u.FirstName, u.LastName, u.Email, u.Labels, u.Role = to.FirstName, to.LastName, to.Email, to.Labels, to.Role
		if err := checkUser(actor, u); err != nil {
			return err
		}
		if u.Role != a.Role {
			if err := grantRole(tx, actor, u.Role); err != nil {
				return err
			}
			if err := changeRole(tx, actor, a.User, u.Role); err != nil {
				return err
			}
		}
		if err := tx.SaveProfile(c, u); err != nil {
			return err
		}
		if err := s.replaceAddress(tx, actor, a, u.Email, false); err != nil {
			return err
		}
		if what := changes(a.User, u); what != "" {
			return record(tx, actor, portico.UserEdited, u, what)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("editing a person: %w", err)
	}
	return nil
}

// grantRole lets somebody give a role: one above user only whose own account was
// not made or changed lately.
func grantRole(tx *store.Tx, actor portico.Actor, to portico.Role) error {
	if to == portico.RoleUser {
		return nil
	}
	return decides(&tx.Reader, actor)
}

// changeRole prepares a change of role, which SaveProfile then stores.
func changeRole(tx *store.Tx, actor portico.Actor, u portico.User, to portico.Role) error {
	if err := keepTopRole(tx, u); err != nil {
		return err
	}
	if u.Status != portico.Invited { // an invitation goes on to hold
		if _, err := tx.RevokeAccess(u.ID, ""); err != nil {
			return err
		}
	}
	return record(tx, actor, portico.UserRoleChanged, u, "From "+u.Role.String()+" to "+to.String())
}

// changes names the fields that differ, without their values: the log outlives
// the person.
func changes(from, to portico.User) string {
	var what []string
	for _, f := range []struct {
		name    string
		changed bool
	}{
		{"first name", from.FirstName != to.FirstName},
		{"last name", from.LastName != to.LastName},
		{"e-mail", from.Email != to.Email},
		{"labels", strings.Join(from.Labels, ";") != strings.Join(to.Labels, ";")},
	} {
		if f.changed {
			what = append(what, f.name)
		}
	}
	return strings.Join(what, ", ")
}

// replaceAddress follows a change of somebody's address, which is stored. An
// invitation that was on its way is mailed anew to where it belongs.
func (s *Service) replaceAddress(tx *store.Tx, actor portico.Actor, was store.Account, email string, bulk bool) error {
	if email == was.Email {
		return nil
	}
	if !bulk { // an import has charged all its rows
		if err := chargeMails(tx, actor, was.CustomerID, 1); err != nil {
			return err
		}
	}
	ends, err := tx.LinkEnds(was.ID, store.LinkActivate)
	if err != nil {
		return err
	}
	if err := s.auth.AddressReplaced(tx, was, actor, bulk); err != nil || was.Status != portico.Invited || ends.IsZero() {
		return err
	}
	now, err := tx.Account(was.ID)
	if err != nil {
		return err
	}
	queue := s.notices.Queue
	if bulk {
		queue = s.notices.QueueBulk
	}
	return s.mailLink(tx, invitationMail, actor, now, queue)
}

// SaveOwnProfile changes the own names, and reports whether a new e-mail
// address waits now: it counts once the link that is mailed to it was opened.
func (s *Service) SaveOwnProfile(ctx context.Context, actor portico.Actor, to portico.User) (waits bool, err error) {
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		a, err := tx.Account(actor.UserID)
		if err != nil {
			return err
		}
		u := a.User
		u.FirstName, u.LastName, u.Email = to.FirstName, to.LastName, to.Email
		if err := u.Validate(); err != nil {
			return err
		}
		if waits = u.Email != a.Email; waits {
			if err := s.auth.AskEmail(tx, a, actor, u.Email); err != nil {
				return err
			}
			u.Email = a.Email
			if err := record(tx, actor, portico.UserEdited, u, "new e-mail entered"); err != nil {
				return err
			}
		}
		what := changes(a.User, u)
		if what == "" {
			return nil
		}
		if err := tx.SaveProfile(u.CustomerID, u); err != nil {
			return err
		}
		return record(tx, actor, portico.UserEdited, u, what)
	})
	if err != nil {
		return false, fmt.Errorf("saving the own profile: %w", err)
	}
	return waits, nil
}
