package imports

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/store"
	"portico/internal/users"
)

// apply runs the planned rows of one chunk, and returns the people whom they
// created. It returns a TooMany error if they would send too many mails within
// the hour.
func (s *Service) apply(tx *store.Tx, actor portico.Actor, c portico.CustomerID, rows []Row, file string, invite bool) ([]store.NewUser, error) {
	if err := users.CountMails(tx, actor, c, countMails(rows, invite)); err != nil {
		return nil, err
	}
	created, err := applyCreates(tx, actor, c, rows, file)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Action == RowUpdate {
			if err := s.applyUpdate(tx, actor, c, rows[i]); err != nil {
				return nil, err
			}
		}
	}
	if !invite {
		return created, nil
	}
	customer, err := tx.Customer(c)
	if err != nil {
		return nil, err
	}
	for i := range created {
		if created[i].Status != portico.Invited {
			continue
		}
		if err := s.users.MailInvitation(tx, actor, created[i].In(customer)); err != nil {
			return nil, err
		}
	}
	return created, nil
}

// applyCreates adds the new people. Users share one event, because otherwise
// the audit log would be most of the work. People in a higher role have an
// event each.
func applyCreates(tx *store.Tx, actor portico.Actor, c portico.CustomerID, rows []Row, file string) ([]store.NewUser, error) {
	created := make([]store.NewUser, 0, len(rows)) // a list that grows copies each five times
	plain, first, last := 0, 0, 0
	for i := range rows {
		row := &rows[i]
		if row.Action != RowCreate {
			continue
		}
		id, err := store.NewID()
		if err != nil {
			return nil, err
		}
		a := store.NewUser{User: row.User, LoginKey: row.key, PasswordHash: row.hash, Epoch: 1}
		a.ID, a.CreatedAt, a.Status = portico.UserID(id), tx.Now, portico.Invited
		if row.hash != "" {
			a.Status = portico.Active
		}
		created = append(created, a)
		if a.Role == portico.RoleUser {
			if plain++; plain == 1 {
				first = row.Line
			}
			last = row.Line
		}
	}
	if err := tx.CreateUsers(created); err != nil {
		return nil, err
	}
	for _, a := range created {
		if a.Role == portico.RoleUser {
			continue
		}
		action := portico.UserInvited
		if a.Status == portico.Active {
			action = portico.UserCreated
		}
		if err := users.Record(tx, actor, action, a.User, "Role: {0}", a.Role); err != nil {
			return nil, err
		}
	}
	if plain == 0 {
		return created, nil
	}
	return created, audit.Record(tx, portico.Event{
		CustomerID: c, Action: portico.UsersImported, Actor: actor,
		Told: portico.SayCount(plain, "{n} user, line {0} of {2}|{n} users, lines {0} to {1} of {2}", first, last, file),
	})
}

func (s *Service) applyUpdate(tx *store.Tx, actor portico.Actor, c portico.CustomerID, row Row) error {
	if row.User.Role != row.previous.Role {
		if err := users.ChangeRole(tx, actor, *row.previous, row.User.Role); err != nil {
			return err
		}
	}
	if err := tx.SaveProfile(c, row.User); err != nil {
		return err
	}
	if row.User.Email != row.previous.Email {
		previous, err := tx.Account(row.previous.ID)
		if err != nil {
			return err
		}
		previous.Email = row.previous.Email
		if err := s.users.ReplaceAddress(tx, actor, previous, row.User.Email, true); err != nil {
			return err
		}
	}
	return users.Record(tx, actor, portico.UserEdited, row.User, "by import: {0}", row.Reason)
}
