package users

import (
	"context"
	"fmt"
	"strings"

	"portico"
	"portico/internal/store"
)

// Edit changes name, e-mail, labels and role of somebody else. A change of
// role ends that person's sessions, so that it counts at once.
func (s *Service) Edit(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, to portico.User) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		u := a.User
		u.FirstName, u.LastName, u.Email, u.Labels, u.Role = to.FirstName, to.LastName, to.Email, to.Labels, to.Role
		if err := CheckProfile(actor, u); err != nil {
			return err
		}
		if u.Role != a.Role {
			if err := grantRole(tx, actor, u.Role); err != nil {
				return err
			}
			if err := ChangeRole(tx, actor, a.User, u.Role); err != nil {
				return err
			}
		}
		if err := tx.SaveProfile(c, u); err != nil {
			return err
		}
		if err := s.ReplaceAddress(tx, actor, a, u.Email, false); err != nil {
			return err
		}
		if what := ChangedFields(a.User, u); what != "" {
			return Record(tx, actor, portico.UserEdited, u, what)
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
	return CheckEstablished(&tx.Reader, actor)
}

// ChangeRole prepares a change of role, which SaveProfile then stores.
func ChangeRole(tx *store.Tx, actor portico.Actor, u portico.User, to portico.Role) error {
	if err := keepTopRole(tx, u); err != nil {
		return err
	}
	if u.Status != portico.Invited { // an invitation goes on to hold
		if _, err := tx.RevokeAccess(u.ID, ""); err != nil {
			return err
		}
	}
	return Record(tx, actor, portico.UserRoleChanged, u, "From "+u.Role.String()+" to "+to.String())
}

// ChangedFields names the fields that differ, without their values: the log outlives
// the person.
func ChangedFields(from, to portico.User) string {
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

// ReplaceAddress follows a change of somebody's address, which is stored. An
// invitation that was on its way is mailed anew to where it belongs.
func (s *Service) ReplaceAddress(tx *store.Tx, actor portico.Actor, was store.Account, email string, bulk bool) error {
	if email == was.Email {
		return nil
	}
	if !bulk { // an import has charged all its rows
		if err := CountMails(tx, actor, was.CustomerID, 1); err != nil {
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
			if err := Record(tx, actor, portico.UserEdited, u, "new e-mail entered"); err != nil {
				return err
			}
		}
		what := ChangedFields(a.User, u)
		if what == "" {
			return nil
		}
		if err := tx.SaveProfile(u.CustomerID, u); err != nil {
			return err
		}
		return Record(tx, actor, portico.UserEdited, u, what)
	})
	if err != nil {
		return false, fmt.Errorf("saving the own profile: %w", err)
	}
	return waits, nil
}
