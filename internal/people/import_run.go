package people

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// invitation is a link that is to be mailed after the commit.
type invitation struct {
	to    store.Account
	token string
	ends  time.Time
}

// carryOut does what was planned with the rows of one chunk, and returns the
// invitations that are to be mailed.
func carryOut(tx *store.Tx, actor portico.Actor, c portico.CustomerID, rows []ImportRow, file string, invite bool) ([]invitation, error) {
	created, err := carryOutCreates(tx, actor, c, rows, file)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Does == RowUpdate {
			if err := carryOutUpdate(tx, actor, c, rows[i]); err != nil {
				return nil, err
			}
		}
	}
	var invitations []invitation
	for _, a := range created {
		if !invite || a.Status != portico.Invited {
			continue
		}
		token, ends, err := auth.IssueLink(tx, store.LinkActivate, a, portico.InvitationTime)
		if err != nil {
			return nil, err
		}
		invitations = append(invitations, invitation{a, token, ends})
	}
	return invitations, nil
}

// carryOutCreates adds the new people. Plain users share one event, or the
// audit log would be most of the work; whoever gets a role has an own one.
func carryOutCreates(tx *store.Tx, actor portico.Actor, c portico.CustomerID, rows []ImportRow, file string) ([]store.Account, error) {
	customer, err := tx.Customer(c)
	if err != nil {
		return nil, err
	}
	var created []store.Account
	plain, first, last := 0, 0, 0
	for i := range rows {
		row := &rows[i]
		if row.Does != RowCreate {
			continue
		}
		id, err := newID()
		if err != nil {
			return nil, err
		}
		a := store.Account{User: row.User, LoginKey: row.key, PasswordHash: row.hash, Epoch: 1, Customer: customer}
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
		if err := record(tx, actor, action, a.User, "Role: "+a.Role.String()); err != nil {
			return nil, err
		}
	}
	if plain == 0 {
		return created, nil
	}
	return created, audit.Record(tx, portico.Event{
		CustomerID: c, Action: portico.UsersImported, Actor: actor,
		Details: fmt.Sprintf("%d users, lines %d to %d of %s", plain, first, last, file),
	})
}

func carryOutUpdate(tx *store.Tx, actor portico.Actor, c portico.CustomerID, row ImportRow) error {
	if row.User.Role != row.was.Role {
		if err := changeRole(tx, actor, *row.was, row.User.Role); err != nil {
			return err
		}
	}
	if err := tx.SaveProfile(c, row.User); err != nil {
		return err
	}
	return record(tx, actor, portico.UserEdited, row.User, "by import: "+row.Why)
}

// patience is after how many failed mails in a row the rest of a chunk is not
// tried: each wait would be for nothing.
const patience = 3

// mailInvitations mails what was made in a chunk and returns how many of them
// went out, and the last error.
func (s *Service) mailInvitations(ctx context.Context, actor portico.Actor, invitations []invitation) (sent int, failed error) {
	inARow := 0
	for _, i := range invitations {
		if inARow == patience || ctx.Err() != nil {
			return sent, failed
		}
		if err := s.mailLink(ctx, mail.Welcome, "/activate/", i.token, i.ends, i.to, actor); err != nil {
			failed, inARow = err, inARow+1
			continue
		}
		sent, inARow = sent+1, 0
	}
	return sent, failed
}
