package users

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/store"
)

// InviteAll mails an invitation to everybody of a customer who is invited and has
// no valid one, some hundred people in each transaction. It returns how many.
func (s *Service) InviteAll(ctx context.Context, actor portico.Actor, c portico.CustomerID) (mailed int, err error) {
	if !actor.Can(portico.ManagePeople, c) {
		return 0, portico.ErrForbidden
	}
	for after := portico.UserID(""); ; {
		page, err := store.View(ctx, s.db, func(r *store.Reader) (Page, error) {
			return list(r, c, portico.PeopleQuery{Filter: portico.FilterInvited}, after, exportBatch)
		})
		if err != nil {
			return mailed, err
		}
		ids := make([]portico.UserID, len(page.Users))
		for i, u := range page.Users {
			ids[i] = u.ID
		}
		n, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (int, error) { return s.InviteUninvited(tx, actor, c, ids) })
		if mailed += n; err != nil {
			return mailed, fmt.Errorf("inviting everybody: %w", err)
		}
		if page.Next == "" {
			return mailed, nil
		}
		after = page.Next
	}
}

// InviteUninvited mails invitations to those of the people who still wait for
// one: others may have been invited or withdrawn on their own pages since the
// list was made. It returns how many, and a TooMany error if there were too many
// mails within the hour.
func (s *Service) InviteUninvited(tx *store.Tx, actor portico.Actor, c portico.CustomerID, ids []portico.UserID) (int, error) {
	var accounts []store.Account
	var people []portico.User
	for _, id := range ids {
		a, err := tx.Account(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if a.CustomerID == c && CheckPermission(actor, portico.ManagePeople, a.User) == nil {
			accounts, people = append(accounts, a), append(people, a.User)
		}
	}
	waiting, err := tx.Uninvited(people)
	if err != nil {
		return 0, err
	}
	if err := CountMails(tx, actor, c, len(waiting)); err != nil {
		return 0, err
	}
	for _, a := range accounts {
		if !waiting[a.ID] {
			continue
		}
		if err := s.MailInvitation(tx, actor, a); err != nil {
			return 0, err
		}
		if err := Record(tx, actor, portico.UserInvited, a.User, ""); err != nil {
			return 0, err
		}
	}
	return len(waiting), nil
}
