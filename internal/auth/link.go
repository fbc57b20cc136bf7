package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"

	"portico/internal/password"
)

// errLinkOver returns the error for a link that was used, replaced or revoked, was
// ended by a change of the account, or has expired. It does not say which, but
// what to do instead for a link of the kind.
func errLinkOver(kind store.LinkKind) error {
	next := "Ask your administrator for a new one."
	switch kind {
	case store.LinkPassword:
		next = "Press \"Forgotten password\" on the log-in page to be mailed another one, or ask your administrator."
	case store.LinkUnlock:
		next = "Press \"Forgotten password\" on the log-in page to be mailed another one."
	case store.LinkEmail:
		next = "Enter the address again on your Account page."
	case store.LinkUnauthorized, store.LinkReport:
		next = "If something is wrong with your account, tell an administrator."
	}
	return portico.E(portico.Gone, "This link was used already, has run out, or was ended by a change of the account. "+next)
}

// errLinkWaits is returned for a link of a user whose customer is suspended.
var errLinkWaits = portico.E(portico.Forbidden, "This link does not work while your organisation is suspended. Ask your provider.")

// LinkFor is what the page behind a link shows.
type LinkFor struct {
	User     portico.User
	Customer portico.Customer
	Least    int // minimum length of a new password, in characters
}

// Activation returns the user of an activation link. It returns Gone if the
// link no longer works, and Forbidden while the customer is suspended.
func (s *Service) Activation(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkActivate, portico.Invited)
}

// PasswordLink returns the user of a password link. It returns Gone if the link
// no longer works, and Forbidden while the customer is suspended.
func (s *Service) PasswordLink(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkPassword, portico.Active)
}

func (s *Service) linkFor(ctx context.Context, token string, kind store.LinkKind, status portico.Status) (LinkFor, error) {
	var a store.Account
	err := s.db.View(ctx, func(r *store.Reader) (err error) {
		a, err = linked(r, token, kind, status)
		return err
	})
	return LinkFor{User: a.User, Customer: a.Customer, Least: a.Customer.Policy.PasswordMinimum(a.User, s.notices.Now())}, err
}

// linked returns the account of a valid link. It returns Forbidden while the
// customer is suspended. Links that were made before the suspension or during
// it do not work after it.
func linked(r *store.Reader, token string, kind store.LinkKind, status portico.Status) (store.Account, error) {
	a, _, err := linkedTo(r, token, kind, status)
	return a, err
}

// linkedTo is linked, and also returns the link. A link is valid only for the
// account as it was when the link was made, and only as long as the account has
// the address that the link was mailed to. A link that an operator had mailed is
// valid only while the customer allows provider access.
func linkedTo(r *store.Reader, token string, kind store.LinkKind, status portico.Status) (store.Account, store.Link, error) {
	l, err := r.Link(store.HashToken(token), kind)
	if notFound(err) {
		return store.Account{}, l, errLinkOver(kind)
	}
	if err != nil {
		return store.Account{}, l, err
	}
	a, err := r.Account(l.UserID)
	if err != nil {
		return a, l, err
	}
	switch {
	case a.Status != status, !holds(l, a):
		err = errLinkOver(kind)
	case l.ByOperator && !a.Customer.ProviderMayEnter(r.Now): // whom an operator has let in
		err = errLinkOver(kind)
	case a.Customer.Suspended():
		err = errLinkWaits
	}
	return a, l, err
}

// holds reports whether nothing has ended a link since it was made: no change of
// the account or its address, and no suspension of its customer.
func holds(l store.Link, a store.Account) bool {
	mailed := l.Mailed()
	if l.Kind == store.LinkEmail {
		mailed.Email = a.Email // it was mailed to the new address, but is bound to the current one
	}
	return a.Epoch == l.Epoch && mailed.Holds(a.Address()) && (a.EndedAt.IsZero() || l.MadeAt.After(a.EndedAt))
}

// anyHolds reports whether one of a user's links of a kind still works.
func anyHolds(r *store.Reader, a store.Account, kind store.LinkKind) (bool, error) {
	links, err := r.Links(a.ID, kind)
	return slices.ContainsFunc(links, func(l store.Link) bool { return holds(l, a) }), err
}

// Activate sets the login ID and password that an invited user has chosen, and
// activates the account. It creates no session: users log in only on the login
// page. It returns Invalid if the login ID or password cannot be accepted, Gone
// if the link no longer works, Forbidden while the customer is suspended, and
// TooMany after too many attempts.
func (s *Service) Activate(ctx context.Context, o portico.Origin, token, loginID, chosen string) error {
	whose, err := s.Activation(ctx, token)
	if err != nil {
		return err
	}
	key, err := NewLoginID(loginID)
	if err != nil {
		return err
	}
	whose.User.LoginID = loginID
	if err := password.CheckFor(whose.User, whose.Customer, s.notices.Now(), chosen); err != nil {
		return err
	}
	if err := s.chargeActivation(ctx, o, whose.User.ID); err != nil {
		return err
	}
	hash, err := s.hashByLink(ctx, o, whose.User.ID, chosen)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		a, err := linked(&tx.Reader, token, store.LinkActivate, portico.Invited)
		if err != nil {
			return err
		}
		if err := tx.UseLink(store.HashToken(token), store.LinkActivate); err != nil {
			return err
		}
		if err := tx.ActivateUser(a.ID, loginID, key, hash); err != nil {
			return err
		}
		a.LoginID, a.Status = loginID, portico.Active
		return audit.Record(tx, portico.Event{Action: portico.UserActivated, Actor: portico.AsUser(a.User, o)}.Target(a.User))
	})
	if errors.Is(err, store.ErrTaken) {
		return s.refuseTaken(ctx, o, whose.User)
	}
	if err != nil {
		return fmt.Errorf("activating: %w", err)
	}
	return nil
}

// SetPasswordByLink stores a new password. It creates no session, and with 2FA
// enabled the log-in still asks for a code. It ends everything issued to the
// user before. Failures of codes are not reset: otherwise an attacker who reads
// the user's mails could guess codes without limit.
func (s *Service) SetPasswordByLink(ctx context.Context, o portico.Origin, token, chosen string) error {
	whose, err := s.PasswordLink(ctx, token)
	if err != nil {
		return err
	}
	if err := password.CheckFor(whose.User, whose.Customer, s.notices.Now(), chosen); err != nil {
		return err
	}
	hash, err := s.hashByLink(ctx, o, whose.User.ID, chosen)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		a, err := linked(&tx.Reader, token, store.LinkPassword, portico.Active)
		if err != nil {
			return err
		}
		actor := portico.AsUser(a.User, o)
		if err := tx.UseLink(store.HashToken(token), store.LinkPassword); err != nil {
			return err
		}
		if err := tx.SetPassword(a.ID, a.PasswordHash, hash); err != nil {
			return err
		}
		if _, err := tx.RevokeAccess(a.ID, ""); err != nil {
			return err
		}
		if err := forgetPasswords(tx, a.ID); err != nil {
			return err
		}
		if err := s.Notify(tx, mail.PasswordChanged, a, actor, ""); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.PasswordChanged, Actor: actor, Details: "by a mailed link"}.Target(a.User))
	})
	if err != nil {
		return fmt.Errorf("saving the password: %w", err)
	}
	return nil
}

// ChangePassword changes the password of the session's user. It requires the
// current password and a recent confirmation. It ends the user's other sessions
// and returns this session's new token.
func (s *Service) ChangePassword(ctx context.Context, ses *Session, current, chosen string) (string, error) {
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil {
		return "", err
	}
	g, err := s.passwordAgain(ctx, ses, a, current, "The current password is not right. Enter the one you log in with.")
	if err != nil {
		return "", err
	}
	if err := password.CheckFor(a.User, a.Customer, s.notices.Now(), chosen); err != nil {
		return "", renameField(err, "password", "new_password")
	}
	hash, err := s.hasher.Hash(ctx, g.turn, chosen)
	if err != nil {
		return "", fmt.Errorf("hashing the password: %w", err)
	}
	var token string
	err = s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return err
		}
		if err := tx.SetPassword(a.ID, a.PasswordHash, hash); err != nil {
			return err
		}
		if err := s.attemptSucceeded(tx, g); err != nil {
			return err
		}
		if err := forgetAfterChange(tx, row.Account); err != nil {
			return err
		}
		if err := s.Notify(tx, mail.PasswordChanged, row.Account, ses.Actor, ""); err != nil {
			return err
		}
		token, err = s.revokeOthers(tx, row, portico.Event{Action: portico.PasswordChanged, Actor: ses.Actor}.Target(a.User))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("changing the password: %w", err)
	}
	return token, nil
}

// Matches reports whether a short secret matches a hash from HashPassword. It
// counts as a hash of the actor, and returns TooMany after too many of them.
func (s *Service) Matches(ctx context.Context, actor portico.Actor, hash, secret string) (bool, error) {
	if err := s.chargeHash(ctx, actor.Origin, actor.UserID, "session"); err != nil {
		return false, err
	}
	verdict, err := s.hasher.Verify(ctx, turnOf(actor.UserID != "", string(actor.UserID), actor.Origin), hash, secret)
	return verdict != password.Wrong && err == nil, err
}

// HashPassword hashes a password that passed CheckFor, or another short
// secret, for the actor. It returns TooMany if the actor asks for too many
// hashes.
func (s *Service) HashPassword(ctx context.Context, actor portico.Actor, password string) (string, error) {
	if err := s.chargeHash(ctx, actor.Origin, actor.UserID, "session"); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, turnOf(actor.UserID != "", string(actor.UserID), actor.Origin), password)
}

// hashByLink hashes a password that a user chooses on the page of a mailed
// link.
func (s *Service) hashByLink(ctx context.Context, o portico.Origin, id portico.UserID, password string) (string, error) {
	if err := s.chargeHash(ctx, o, id, "link"); err != nil {
		return "", err
	}
	hash, err := s.hasher.Hash(ctx, turnOf(false, string(id), o), password)
	if err != nil {
		return "", fmt.Errorf("hashing the password: %w", err)
	}
	return hash, nil
}

// renameField returns err with the message of one field moved to another field.
func renameField(err error, from, to string) error {
	var e *portico.Error
	if !errors.As(err, &e) || e.Fields[from] == "" {
		return err
	}
	return &portico.Error{Code: e.Code, Text: e.Text, Fields: map[string]string{to: e.Fields[from]}}
}
