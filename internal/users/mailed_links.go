package users

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// Reinvite mails an invited user a new link and ends the earlier one.
func (s *Service) Reinvite(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	return s.sendLink(ctx, actor, portico.ManagePeople, c, id, invitationMail)
}

// ActivationLink is a link that is shown to the actor, to be handed over.
type ActivationLink struct {
	User portico.User
	Link string
	Ends time.Time
}

// errLinkIsMailed is the error for an activation link that is not to be shown.
var errLinkIsMailed = portico.E(portico.Forbidden, "The activation link is emailed to this user, and shown to nobody else.")

// ActivationLink makes an invited user a new link and ends the earlier ones. It is
// returned here once, for the actor to hand over where no mail server is set,
// and mailed to nobody. No other link is shown to anybody but its owner. It
// returns Forbidden if there is a mail server.
func (s *Service) ActivationLink(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (ActivationLink, error) {
	if !s.outbox.NoServer {
		return ActivationLink{}, errLinkIsMailed
	}
	shown, err := changeUser(ctx, s, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) (ActivationLink, error) {
		return s.showLink(tx, actor, a)
	})
	if err != nil {
		return ActivationLink{}, fmt.Errorf("showing an activation link: %w", err)
	}
	return shown, nil
}

func (s *Service) showLink(tx *store.Tx, actor portico.Actor, a store.Account) (shown ActivationLink, err error) {
	if err := endLinks(tx, invitationMail, a); err != nil {
		return shown, err
	}
	shown.User = a.User
	if shown.Link, shown.Ends, err = s.issue(tx, invitationMail, actor, a); err != nil {
		return shown, err
	}
	return shown, Record(tx, actor, portico.UserInvited, a.User, "Link shown, to be handed over")
}

var invitationMail = linkMail{
	kind: store.LinkActivate, mail: mail.Welcome, path: "/activate/", validFor: portico.InvitationTTL,
	action: portico.UserInvited, status: portico.Invited, wrongStatus: "This user has already activated the account.",
}

// SendPasswordLink mails an active user a link to choose a new password. The link
// changes nothing until it is used, and never replaces the second factor.
func (s *Service) SendPasswordLink(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	return s.sendLink(ctx, actor, portico.SendPasswordLink, c, id, passwordMail)
}

var passwordMail = linkMail{
	kind: store.LinkPassword, mail: mail.PasswordLink, path: "/password/", validFor: portico.PasswordLinkTTL,
	action: portico.PasswordLinkSent, status: portico.Active, wrongStatus: "Only active users can get a password link.",
}

// linkMail describes one kind of mailed link.
type linkMail struct {
	kind        store.LinkKind
	mail        mail.Kind
	path        string
	validFor    time.Duration
	action      portico.Action
	status      portico.Status
	wrongStatus portico.Text // text of the Conflict error for a user with another status
}

func (s *Service) sendLink(ctx context.Context, actor portico.Actor, p portico.Permission, c portico.CustomerID, id portico.UserID, m linkMail) error {
	err := s.changeUser(ctx, actor, p, c, id, func(tx *store.Tx, a store.Account) error {
		return s.sendLinkIn(tx, m, actor, a)
	})
	if err != nil {
		return fmt.Errorf("sending a link: %w", err)
	}
	return nil
}

// sendLinkIn ends earlier links of the kind, drops mails with them that were not
// sent yet, and mails a new one.
func (s *Service) sendLinkIn(tx *store.Tx, m linkMail, actor portico.Actor, a store.Account) error {
	if err := endLinks(tx, m, a); err != nil {
		return err
	}
	if err := CountMails(tx, actor, a.CustomerID, 1); err != nil {
		return err
	}
	if err := s.mailLink(tx, m, actor, a, s.outbox.Queue); err != nil {
		return err
	}
	return Record(tx, actor, m.action, a.User, "")
}

// endLinks ends the links of the kind, and drops mails with them. It returns
// Conflict if the user has another status than the link is for.
func endLinks(tx *store.Tx, m linkMail, a store.Account) error {
	if a.Status != m.status {
		return portico.E(portico.Conflict, m.wrongStatus)
	}
	if err := tx.ReplaceLinks(m.kind, a.ID); err != nil {
		return err
	}
	return tx.DropMails(a.ID, string(m.mail))
}

// issue issues a link. One by an operator works only while the customer grants
// provider access. It returns Conflict while the customer is suspended: the link
// would not work, not even afterwards.
func (s *Service) issue(tx *store.Tx, m linkMail, actor portico.Actor, a store.Account) (link string, ends time.Time, err error) {
	if a.Customer.Suspended() {
		return "", time.Time{}, portico.E(portico.Conflict, "This customer is suspended, so links to its users do not work. Reactivate it first.")
	}
	if s.outbox.BaseURL == "" {
		return "", time.Time{}, outbox.ErrNoBaseURL
	}
	token, ends, err := tx.IssueLink(m.kind, a, m.validFor)
	if err != nil {
		return "", time.Time{}, err
	}
	if actor.CustomerID == portico.ProviderID && a.CustomerID != portico.ProviderID {
		if err := tx.LinkByOperator(m.kind, a.ID); err != nil {
			return "", time.Time{}, err
		}
	}
	return s.outbox.Link(m.path, token), ends, nil
}

// mailLink issues a link and queues its mail.
func (s *Service) mailLink(tx *store.Tx, m linkMail, actor portico.Actor, a store.Account, queue func(*store.Tx, mail.Kind, store.Account, mail.Data) error) error {
	link, ends, err := s.issue(tx, m, actor, a)
	if err != nil {
		return err
	}
	d := outbox.DataFor(a)
	d.Link, d.Until, d.By = link, ends, d.Language.Say(actor.Shown())
	return queue(tx, m.mail, a, d)
}

// MailInvitation mails an imported user an invitation. Other mails, which people
// wait for, go out first.
func (s *Service) MailInvitation(tx *store.Tx, actor portico.Actor, a store.Account) error {
	return s.mailLink(tx, invitationMail, actor, a, s.outbox.QueueBulk)
}

// Withdraw removes an invited user, and with the user the mailed link.
func (s *Service) Withdraw(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status != portico.Invited {
			return portico.E(portico.Conflict, "This user has already activated the account. Suspend it instead.")
		}
		if err := tx.DeleteUser(c, id); err != nil {
			return err
		}
		return Record(tx, actor, portico.InvitationWithdrawn, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("withdrawing an invitation: %w", err)
	}
	return nil
}
