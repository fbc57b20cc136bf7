package people

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// Reinvite mails an invited person a new link; the earlier one ends.
func (s *Service) Reinvite(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	return s.sendLink(ctx, actor, portico.ManagePeople, c, id, invitationMail)
}

var invitationMail = linkMail{
	kind: store.LinkActivate, mail: mail.Welcome, path: "/activate/", holds: portico.InvitationTime,
	action: portico.UserInvited, needs: portico.Invited, told: "This person has activated the account already.",
}

// SendPasswordLink mails an active person a link to choose a new password. It
// changes nothing until it is used, and never asks for less than the code.
func (s *Service) SendPasswordLink(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	return s.sendLink(ctx, actor, portico.SendPasswordLink, c, id, passwordMail)
}

var passwordMail = linkMail{
	kind: store.LinkPassword, mail: mail.PasswordLink, path: "/password/", holds: portico.PasswordLinkTime,
	action: portico.PasswordLinkSent, needs: portico.Active, told: "Only an active person can be sent a password link.",
}

// linkMail is what distinguishes one kind of mailed link from another.
type linkMail struct {
	kind   store.LinkKind
	mail   mail.Kind
	path   string
	holds  time.Duration
	action portico.Action
	needs  portico.Status
	told   string // when the status is another
}

func (s *Service) sendLink(ctx context.Context, actor portico.Actor, p portico.Permission, c portico.CustomerID, id portico.UserID, m linkMail) error {
	err := s.changeUser(ctx, actor, p, c, id, func(tx *store.Tx, a store.Account) error {
		return s.resend(tx, m, actor, a)
	})
	if err != nil {
		return fmt.Errorf("sending a link: %w", err)
	}
	return nil
}

// resend mails a link in place of earlier ones, which end, and so do mails with
// them that have not gone out.
func (s *Service) resend(tx *store.Tx, m linkMail, actor portico.Actor, a store.Account) error {
	if a.Status != m.needs {
		return portico.E(portico.Conflict, m.told)
	}
	if err := chargeMails(tx, actor, a.CustomerID, 1); err != nil {
		return err
	}
	if err := tx.ReplaceLinks(m.kind, a.ID); err != nil {
		return err
	}
	if err := tx.DropMails(a.ID, string(m.mail)); err != nil {
		return err
	}
	if err := s.mailLink(tx, m, actor, a, s.notices.Queue); err != nil {
		return err
	}
	return record(tx, actor, m.action, a.User, "")
}

// mailLink makes a link and queues the mail that holds it. An operator's works
// only while operators may act in the customer.
func (s *Service) mailLink(tx *store.Tx, m linkMail, actor portico.Actor, a store.Account, queue func(*store.Tx, mail.Kind, store.Account, mail.Data) error) error {
	token, ends, err := auth.IssueLink(tx, m.kind, a, m.holds)
	if err != nil {
		return err
	}
	if actor.CustomerID == portico.ProviderID && a.CustomerID != portico.ProviderID {
		if err := tx.LinkByOperator(m.kind, a.ID); err != nil {
			return err
		}
	}
	d := auth.DataFor(a)
	d.Link, d.Until, d.By = s.notices.Link(m.path, token), ends, actor.Name
	return queue(tx, m.mail, a, d)
}

// Withdraw removes an invited person; the mailed link ends with it.
func (s *Service) Withdraw(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status != portico.Invited {
			return portico.E(portico.Conflict, "This person has activated the account already. Suspend it instead.")
		}
		if err := tx.DeleteInvited(c, id); err != nil {
			return err
		}
		return record(tx, actor, portico.InvitationWithdrawn, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("withdrawing an invitation: %w", err)
	}
	return nil
}

// Suspend keeps a person out until reactivated, from this moment on.
func (s *Service) Suspend(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		return suspend(tx, actor, a)
	})
	if err != nil {
		return fmt.Errorf("suspending: %w", err)
	}
	return nil
}

var errNotActive = portico.E(portico.Conflict, "Only an active person can be suspended.")

func suspend(tx *store.Tx, actor portico.Actor, a store.Account) error {
	if a.Status != portico.Active {
		return errNotActive
	}
	if err := keepTopRole(tx, a.User); err != nil {
		return err
	}
	if _, err := tx.RevokeAccess(a.ID, ""); err != nil {
		return err
	}
	a.Status = portico.Suspended
	if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
		return err
	}
	return record(tx, actor, portico.UserSuspended, a.User, "")
}

// Reactivate lets a suspended person log in again, with the same password and
// the same authenticator. Whose password has ended is mailed a link to choose a
// new one, and mailed says so.
func (s *Service) Reactivate(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (mailed bool, err error) {
	err = s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status != portico.Suspended {
			return portico.E(portico.Conflict, "This person is not suspended.")
		}
		if err := unfreeze(tx, actor, a); err != nil {
			return err
		}
		a.Status = portico.Active
		if err := tx.SaveProfile(c, a.User); err != nil {
			return err
		}
		// Who lets the person in again says that the account is right as it is.
		if err := tx.SettleAddress(a.ID); err != nil {
			return err
		}
		mailed = a.PasswordExpired
		if err := record(tx, actor, portico.UserReactivated, a.User, ""); err != nil || !mailed {
			return err
		}
		return s.resend(tx, passwordMail, actor, a)
	})
	if err != nil {
		return false, fmt.Errorf("reactivating: %w", err)
	}
	return mailed, nil
}

// unfreeze lets an account go that its person froze by the mail about a reset:
// the administrator who had asked for that reset is the last one to do so, and so is an account
// that this one could have made up for it.
func unfreeze(tx *store.Tx, actor portico.Actor, a store.Account) error {
	r, err := tx.FreezingReset(a.CustomerID, a.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if actor.UserID != "" && actor.UserID == r.Requester.UserID {
		return portico.E(portico.Forbidden, "The person has frozen this account because of your request to delete the 2FA setup. Another administrator has to reactivate it.")
	}
	known, err := ActorEstablished(&tx.Reader, actor)
	if err != nil {
		return err
	}
	if !known {
		return portico.E(portico.Forbidden, "The person has frozen this account, and your own account is new or was changed less than 7 days ago. Another administrator has to reactivate it.")
	}
	return tx.Unfreeze(a.CustomerID, a.ID)
}

// EndSessions ends every log-in of a person, who may log in again.
func (s *Service) EndSessions(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.EndSessions, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status == portico.Invited {
			return portico.E(portico.Conflict, "This person has not logged in yet.")
		}
		if _, err := tx.RevokeAccess(id, ""); err != nil {
			return err
		}
		return record(tx, actor, portico.SessionsEnded, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// Unlock forgets a person's failed attempts, so that the next one is evaluated.
func (s *Service) Unlock(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Role != portico.RoleUser {
			if err := decides(&tx.Reader, actor); err != nil {
				return err
			}
		}
		if err := tx.ClearFailures(id); err != nil {
			return err
		}
		return record(tx, actor, portico.UserUnlocked, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("clearing failed attempts: %w", err)
	}
	return nil
}

// CheckReason asks for a reason that can be read, of at most 200 characters, on
// one line.
func CheckReason(reason, ask string) error {
	switch {
	case !portico.Visible(reason):
		return portico.FieldError("reason", ask)
	case utf8.RuneCountInString(reason) > 200 || !portico.Printable(reason):
		return portico.FieldError("reason", "Enter the reason in at most 200 characters, on one line.")
	}
	return nil
}
