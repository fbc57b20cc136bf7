package auth

import (
	"context"
	"log/slog"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/store"
)

// mailTime is how long a page waits for the mail server.
const mailTime = 10 * time.Second

// Notices tells people by mail what happened to their account. It is used
// after the commit, never inside a transaction.
type Notices struct {
	Sender  mail.Sender
	BaseURL string // without a slash at its end
	Now     func() time.Time
	Log     *slog.Logger
}

// Link is the address of a mailed, one-time page.
func (n *Notices) Link(path, token string) string { return n.BaseURL + path + token }

// Send mails one person and says whether the mail server took it.
func (n *Notices) Send(ctx context.Context, kind mail.Kind, to string, d mail.Data) error {
	d.PortalURL, d.At = n.BaseURL, n.Now().UTC()
	m, err := mail.Compose(kind, to, d)
	if err != nil {
		return err
	}
	// What happened has happened: the mail goes out even when the browser has
	// gone away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailTime)
	defer cancel()
	return n.Sender.Send(ctx, m)
}

// Tell mails an account's person what actor did to it, with a link that says
// "This wasn't me". A mail that cannot be sent changes nothing about what was
// done, so it is logged here.
func (s *Service) Tell(ctx context.Context, kind mail.Kind, a store.Account, actor portico.Actor, reason string) {
	ctx = context.WithoutCancel(ctx)
	var token string
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		token, _, err = IssueLink(tx, store.LinkNotMe, a, portico.NotMeTime)
		return err
	})
	d := DataFor(a)
	d.Reason, d.Address, d.Browser = reason, actor.Origin.Address, actor.Origin.Browser
	if actor.Kind == portico.ActorUser && actor.UserID != a.ID || actor.Kind == portico.ActorCommandLine {
		// Where a colleague sits is not the person's to know; that it was a
		// colleague is.
		d.By, d.Address, d.Browser = actor.Name, "", ""
	}
	if err == nil {
		d.NotMe = s.notices.Link("/not-me/", token)
		err = s.notices.Send(ctx, kind, a.Email, d)
	}
	if err != nil {
		s.notices.Log.Error("sending a notice", "kind", string(kind), "user", string(a.ID), "error", err)
	}
}

// DataFor is what every mail to a person holds.
func DataFor(a store.Account) mail.Data {
	return mail.Data{Brand: a.Customer.Issuer(), Customer: a.Customer.Name, Name: a.Name(), LoginID: a.LoginID}
}
