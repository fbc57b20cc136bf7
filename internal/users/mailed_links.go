package users

import (
	"context"
	"fmt"
	"time"

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
	action: portico.UserInvited, needs: portico.Invited, wrongStatus: "This person has activated the account already.",
}

// SendPasswordLink mails an active person a link to choose a new password. It
// changes nothing until it is used, and never asks for less than the code.
func (s *Service) SendPasswordLink(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	return s.sendLink(ctx, actor, portico.SendPasswordLink, c, id, passwordMail)
}

var passwordMail = linkMail{
	kind: store.LinkPassword, mail: mail.PasswordLink, path: "/password/", holds: portico.PasswordLinkTime,
	action: portico.PasswordLinkSent, needs: portico.Active, wrongStatus: "Only an active person can be sent a password link.",
}

// linkMail is what distinguishes one kind of mailed link from another.
type linkMail struct {
	kind        store.LinkKind
	mail        mail.Kind
	path        string
	holds       time.Duration
	action      portico.Action
	needs       portico.Status
	wrongStatus string // when the status is another
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
		return portico.E(portico.Conflict, m.wrongStatus)
	}
	if err := CountMails(tx, actor, a.CustomerID, 1); err != nil {
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
	return Record(tx, actor, m.action, a.User, "")
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

// MailInvitation mails an imported user an invitation, behind the mails that somebody waits for.
func (s *Service) MailInvitation(tx *store.Tx, actor portico.Actor, a store.Account) error {
	return s.mailLink(tx, invitationMail, actor, a, s.notices.QueueBulk)
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
		return Record(tx, actor, portico.InvitationWithdrawn, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("withdrawing an invitation: %w", err)
	}
	return nil
}
