package users

import (
	"context"
	"fmt"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/locale"
	"portico/internal/store"
)

// Edit changes the login ID, name, email address, labels, role and language of another
// user. An empty login ID leaves it as it is. A change of login ID or role ends
// the user's sessions, so that it takes effect at once.
func (s *Service) Edit(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, to portico.User) error {
	var key string
	var invalid error
	if to.LoginID != "" {
		key, invalid = auth.NewLoginID(to.LoginID)
	}
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		u := a.User
		u.FirstName, u.LastName, u.Email, u.Labels, u.Role, u.Language = to.FirstName, to.LastName, to.Email, to.Labels, to.Role, to.Language
		if err := CheckProfile(actor, u); err != nil {
			return err
		}
		changed := ChangedFields(a.User, u)
		a.Language = u.Language // of the mails about this change, too
		if to.LoginID != "" && to.LoginID != a.LoginID {
			if invalid != nil {
				return invalid
			}
			if err := s.changeLoginID(tx, actor, a, to.LoginID, key); err != nil {
				return err
			}
			a.LoginID, u.LoginID = to.LoginID, to.LoginID
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
		return recordEdit(tx, actor, u, changed)
	})
	if err = s.explainTaken(ctx, actor, c, err, key); err != nil {
		return fmt.Errorf("editing a person: %w", err)
	}
	return nil
}

// grantRole checks that the actor may grant a role. Only established accounts
// grant a role above user.
func grantRole(tx *store.Tx, actor portico.Actor, to portico.Role) error {
	if to == portico.RoleUser {
		return nil
	}
	return CheckEstablished(&tx.Reader, actor)
}

// ChangeRole prepares a change of role, which store.Tx.SaveProfile then stores.
func ChangeRole(tx *store.Tx, actor portico.Actor, u portico.User, to portico.Role) error {
	if err := keepTopRole(tx, u); err != nil {
		return err
	}
	if u.Status != portico.Invited { // an invitation stays valid
		if _, err := tx.RevokeAccess(u.ID, ""); err != nil {
			return err
		}
	}
	return Record(tx, actor, portico.UserRoleChanged, u, "From {0} to {1}", u.Role, to)
}

// recordEdit records which fields an edit changed, if any.
func recordEdit(tx *store.Tx, actor portico.Actor, u portico.User, changed []portico.Message) error {
	if len(changed) == 0 {
		return nil
	}
	return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: actor, Told: portico.Join("{0}, {1}", changed...)}.Target(u))
}

// ChangedFields names the fields that differ. It leaves out their values, because
// the audit log is kept longer than the user.
func ChangedFields(from, to portico.User) (changed []portico.Message) {
	for _, f := range []struct {
		name    portico.Text
		changed bool
	}{
		{"#changed first name", from.FirstName != to.FirstName},
		{"#changed last name", from.LastName != to.LastName},
		{"#changed email", from.Email != to.Email},
		{"#changed labels", strings.Join(from.Labels, ";") != strings.Join(to.Labels, ";")},
		{"#changed language", from.Language != to.Language},
	} {
		if f.changed {
			changed = append(changed, portico.Say(f.name))
		}
	}
	return changed
}

// ReplaceAddress does what follows from a changed email address that is stored
// already: it ends what was mailed to the old address, and mails an open
// invitation to the new one. bulk is for imports, which count their mails
// themselves.
func (s *Service) ReplaceAddress(tx *store.Tx, actor portico.Actor, previous store.Account, email string, bulk bool) error {
	if email == previous.Email {
		return nil
	}
	if !bulk {
		if err := CountMails(tx, actor, previous.CustomerID, 1); err != nil {
			return err
		}
	}
	ends, err := tx.LinkEnds(previous.ID, store.LinkActivate)
	if err != nil {
		return err
	}
	if err := s.auth.AddressReplaced(tx, previous, actor, bulk); err != nil || previous.Status != portico.Invited || ends.IsZero() {
		return err
	}
	now, err := tx.Account(previous.ID)
	if err != nil {
		return err
	}
	queue := s.outbox.Queue
	if bulk {
		queue = s.outbox.QueueBulk
	}
	return s.mailLink(tx, invitationMail, actor, now, queue)
}

// SaveOwnProfile changes the actor's own names. A new email address takes effect
// once the link that is mailed to it is opened; unconfirmed reports that it was
// entered.
func (s *Service) SaveOwnProfile(ctx context.Context, actor portico.Actor, to portico.User) (unconfirmed bool, err error) {
	unconfirmed, err = store.Update(ctx, s.db, actor, func(tx *store.Tx) (unconfirmed bool, err error) {
		a, err := tx.Account(actor.UserID)
		if err != nil {
			return unconfirmed, err
		}
		u := a.User
		u.FirstName, u.LastName, u.Email = to.FirstName, to.LastName, to.Email
		if err := u.Validate(); err != nil {
			return unconfirmed, err
		}
		if unconfirmed = u.Email != a.Email; unconfirmed {
			if err := s.auth.AskEmail(tx, a, actor, u.Email); err != nil {
				return unconfirmed, err
			}
			u.Email = a.Email
			if err := Record(tx, actor, portico.UserEdited, u, "new email entered"); err != nil {
				return unconfirmed, err
			}
		}
		changed := ChangedFields(a.User, u)
		if len(changed) == 0 {
			return unconfirmed, nil
		}
		if err := tx.SaveProfile(u.CustomerID, u); err != nil {
			return unconfirmed, err
		}
		return unconfirmed, recordEdit(tx, actor, u, changed)
	})
	if err != nil {
		return false, fmt.Errorf("saving the profile: %w", err)
	}
	return unconfirmed, nil
}

// SaveOwnLanguage changes the actor's own language; "" is none. It is no event: it
// needs no confirmation and can be repeated at will, and nothing depends on it but
// what the actor reads.
func (s *Service) SaveOwnLanguage(ctx context.Context, actor portico.Actor, language string) error {
	if err := locale.CheckChoice(language); err != nil {
		return err
	}
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		a, err := tx.Account(actor.UserID)
		if err != nil || a.Language == language {
			return err
		}
		a.Language = language
		return tx.SaveProfile(a.CustomerID, a.User)
	})
	if err != nil {
		return fmt.Errorf("saving the language: %w", err)
	}
	return nil
}
