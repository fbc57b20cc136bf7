package users

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// Delete deletes a user, with everything that belongs to the user. The audit log
// keeps its events, and nobody gets the login ID for portico.LoginIDHeldTTL.
// Open requests for 2FA resets that name the user are cancelled. The user is not
// mailed, because the address is deleted too. If the account was above user, the
// customer's other administrators are.
func (s *Service) Delete(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Role != portico.RoleUser {
			if err := CheckEstablished(&tx.Reader, actor); err != nil {
				return err
			}
		}
		if err := keepTopRole(tx, a.User); err != nil {
			return err
		}
		details, err := deletionDetails(&tx.Reader, a)
		if err != nil {
			return err
		}
		if err := endRequests(tx, actor, a); err != nil {
			return err
		}
		if err := stopImports(tx, a); err != nil {
			return err
		}
		if err := tx.DeleteUser(c, id); err != nil {
			return err
		}
		if err := audit.Record(tx, portico.Event{Action: portico.UserDeleted, Actor: actor, Details: details.Stored()}.Target(a.User)); err != nil || a.Role == portico.RoleUser {
			return err
		}
		return s.outbox.ToAdministrators(tx, c, actor.UserID, mail.UserDeleted, func(d *mail.Data) {
			d.Whom, d.By = a.NameAndLogin(), d.Language.Say(actor.Shown())
		})
	})
	if err != nil {
		return fmt.Errorf("deleting a person: %w", err)
	}
	return nil
}

// deletionDetails returns the details of the event. They say whether the user
// counted among the customer's administrators, who count for a while longer:
// see AdminsOf.
func deletionDetails(r *store.Reader, a store.Account) (portico.DeletionDetails, error) {
	admins, err := AdminsOf(r, a.Customer)
	counted := slices.ContainsFunc(slices.Concat(admins.Established, admins.Lately), func(other store.Account) bool { return other.ID == a.ID })
	return portico.DeletionDetails{Role: a.Role, Administrator: counted}, err
}

// endRequests cancels the open requests for 2FA resets that name a user: whose
// setup it is, who asked, who approved, and who proved something.
func endRequests(tx *store.Tx, actor portico.Actor, a store.Account) error {
	named, err := tx.ResetsNaming(a.ID)
	if err != nil {
		return err
	}
	own, err := tx.OpenReset(a.CustomerID, a.ID)
	if err == nil {
		named = append(named, own)
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, r := range named {
		if r.State != portico.ResetOpen {
			continue
		}
		if err := CancelReset(tx, &r, actor, "a user whom the request names was deleted"); err != nil {
			return err
		}
	}
	return nil
}

// CancelReset ends an open request for a 2FA reset without effect. If the portal
// did not write the row, the event takes the target's name from the account. It
// returns ErrNotFound if the request has ended.
func CancelReset(tx *store.Tx, r *store.Reset, actor portico.Actor, reason portico.Text) (err error) {
	if !tx.ProvedReset(*r) {
		target, err := tx.Account(r.Target)
		if err != nil {
			return err
		}
		r.TargetName = target.NameAndLogin()
	}
	if r.ResetRequest, err = r.Cancel(actor.Name, reason, tx.Now); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		CustomerID: r.CustomerID, Action: portico.ResetWasCancelled, Actor: actor, TargetID: r.Target, TargetName: r.TargetName, Told: r.Told(reason),
	})
}

// stopImports records that the imports stop that run in a user's name. Their
// files are deleted with the user.
func stopImports(tx *store.Tx, a store.Account) error {
	running, err := tx.ImportsBy(a.ID)
	if err != nil {
		return err
	}
	for _, i := range running {
		if i.Phase != portico.ImportRunning {
			continue
		}
		err := audit.Record(tx, portico.Event{
			CustomerID: i.CustomerID, Action: portico.ImportStopped, Actor: portico.System(portico.Origin{}),
			Told: portico.SayCount(i.Rows, "{0}, after {1} of {n} row: {2} was deleted|{0}, after {1} of {n} rows: {2} was deleted", i.FileName, i.RunRows(), i.By),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
