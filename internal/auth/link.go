package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// errLinkOver is the answer to a link that was used, replaced, withdrawn or
// has run out; which of these, nobody learns.
var errLinkOver = portico.E(portico.Gone, "This link was used already or has run out. Ask your administrator for a new one.")

// IssueLink makes a one-time link in the transaction of what it follows from,
// and returns its token and its end.
func IssueLink(tx *store.Tx, kind store.LinkKind, a store.Account, holds time.Duration) (token string, ends time.Time, err error) {
	token, hash := newToken()
	ends = tx.Now.Add(holds)
	return token, ends, tx.PutLink(hash, kind, a, ends)
}

// errLinkWaits is the answer to a link of somebody whose customer is suspended.
var errLinkWaits = portico.E(portico.Forbidden, "This link does not work while your organisation is suspended. Ask your provider.")

// LinkFor is what the page behind a link shows.
type LinkFor struct {
	User     portico.User
	Customer portico.Customer
	Least    int // characters of a new password
}

// Activation says whom an activation link is for. Gone when it holds no
// longer.
func (s *Service) Activation(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkActivate, portico.Invited)
}

// PasswordLink says whom a password link is for. Gone when it holds no longer.
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

// linked finds the account of a link that still holds. While the customer is
// suspended it is Forbidden; the link may hold afterwards, if it was made since.
func linked(r *store.Reader, token string, kind store.LinkKind, status portico.Status) (store.Account, error) {
	a, _, err := linkedTo(r, token, kind, status)
	return a, err
}

// linkedTo is linked, with the link. A link holds for the account as it was
// when it was made, and in the mailbox that it was sent to.
func linkedTo(r *store.Reader, token string, kind store.LinkKind, status portico.Status) (store.Account, store.Link, error) {
	l, err := r.Link(hashToken(token), kind)
	if notFound(err) {
		return store.Account{}, l, errLinkOver
	}
	if err != nil {
		return store.Account{}, l, err
	}
	a, err := r.Account(l.UserID)
	if err != nil {
		return a, l, err
	}
	mailed := l.Mailed()
	if kind == store.LinkEmail {
		mailed.Email = a.Email // it was sent to the new address, and is bound to the present one
	}
	switch {
	case a.Epoch != l.Epoch, a.Status != status, !mailed.Holds(a.Address()):
		err = errLinkOver
	case !a.EndedAt.IsZero() && !l.MadeAt.After(a.EndedAt): // before the customer was suspended
		err = errLinkOver
	case a.Customer.Suspended():
		err = errLinkWaits
	}
	return a, l, err
}

// Activate lets an invited person choose login ID and password. It logs nobody
// in: the one door is the login page. Invalid when login ID or password cannot
// be taken, Gone when the link holds no longer.
func (s *Service) Activate(ctx context.Context, o portico.Origin, token, loginID, password string) error {
	whose, err := s.Activation(ctx, token)
	if err != nil {
		return err
	}
	key, err := NewLoginID(loginID)
	if err != nil {
		return err
	}
	whose.User.LoginID = loginID
	if err := CheckPasswordOf(whose.User, whose.Customer, s.notices.Now(), password); err != nil {
		return err
	}
	if err := s.chargeActivation(ctx, o, whose.User.ID); err != nil {
		return err
	}
	hash, err := s.hashByLink(ctx, o, whose.User.ID, password)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		a, err := linked(&tx.Reader, token, store.LinkActivate, portico.Invited)
		if err != nil {
			return err
		}
		if err := tx.UseLink(hashToken(token), store.LinkActivate); err != nil {
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

// SetPasswordByLink stores a new password and nothing else: with 2FA enabled
// the code is still asked for, and nobody is logged in. Everything issued to
// the person before ends. Wrong codes go on to count: who reads the person's
// mails must not guess codes without end.
func (s *Service) SetPasswordByLink(ctx context.Context, o portico.Origin, token, password string) error {
	whose, err := s.PasswordLink(ctx, token)
	if err != nil {
		return err
	}
	if err := CheckPasswordOf(whose.User, whose.Customer, s.notices.Now(), password); err != nil {
		return err
	}
	hash, err := s.hashByLink(ctx, o, whose.User.ID, password)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		a, err := linked(&tx.Reader, token, store.LinkPassword, portico.Active)
		if err != nil {
			return err
		}
		actor := portico.AsUser(a.User, o)
		if err := tx.UseLink(hashToken(token), store.LinkPassword); err != nil {
			return err
		}
		if err := tx.SetPassword(a.ID, a.PasswordHash, hash); err != nil {
			return err
		}
		if _, err := tx.EndAccess(a.ID, ""); err != nil {
			return err
		}
		if err := forgetPasswords(tx, a.ID); err != nil {
			return err
		}
		if err := s.Tell(tx, mail.PasswordChanged, a, actor, ""); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.PasswordChanged, Actor: actor, Details: "by a mailed link"}.Target(a.User))
	})
	if err != nil {
		return fmt.Errorf("saving the password: %w", err)
	}
	return nil
}

// ChangePassword changes the own password, which asks for the current one and
// a lately confirmed identity. It returns the session's new token and ends the
// person's other sessions.
func (s *Service) ChangePassword(ctx context.Context, ses *Session, current, password string) (string, error) {
	a, err := s.db.Read(ctx).Account(ses.User.ID)
	if err != nil {
		return "", err
	}
	g, err := s.passwordAgain(ctx, ses, a, current, "The current password is not right. Enter the one you log in with.")
	if err != nil {
		return "", err
	}
	if err := CheckPasswordOf(a.User, a.Customer, s.notices.Now(), password); err != nil {
		return "", renameField(err, "password", "new_password")
	}
	hash, err := s.hasher.Hash(ctx, g.turn, password)
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
		if err := s.right(tx, g); err != nil {
			return err
		}
		if err := forgetAfterChange(tx, row.Account); err != nil {
			return err
		}
		if err := s.Tell(tx, mail.PasswordChanged, row.Account, ses.Actor, ""); err != nil {
			return err
		}
		token, err = s.endOthers(tx, row, portico.Event{Action: portico.PasswordChanged, Actor: ses.Actor}.Target(a.User))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("changing the password: %w", err)
	}
	return token, nil
}

// CheckPasswordOf holds a new password against the customer's policy and
// against what everybody knows of its person.
func CheckPasswordOf(u portico.User, c portico.Customer, now time.Time, password string) error {
	return CheckPassword(password, c.Policy.PasswordMinimum(u, now), u.LoginID, u.FirstName, u.LastName, u.Email, c.Name, c.Brand)
}

// Matches reports whether a short secret is the one of a hash that HashPassword
// made.
func (s *Service) Matches(ctx context.Context, actor portico.Actor, hash, secret string) (bool, error) {
	if err := s.chargeHash(ctx, actor.Origin, actor.UserID, "session"); err != nil {
		return false, err
	}
	verdict, err := s.hasher.Verify(ctx, turnOf(actor.UserID != "", string(actor.UserID), actor.Origin), hash, secret)
	return verdict != PasswordWrong && err == nil, err
}

// HashPassword hashes a password that passed CheckPasswordOf, or another short
// secret, for the actor. TooMany when the actor asks for too many.
func (s *Service) HashPassword(ctx context.Context, actor portico.Actor, password string) (string, error) {
	if err := s.chargeHash(ctx, actor.Origin, actor.UserID, "session"); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, turnOf(actor.UserID != "", string(actor.UserID), actor.Origin), password)
}

// hashByLink hashes the password that the person of a mailed link chooses.
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

// renameField moves the sentence about one field to another name.
func renameField(err error, from, to string) error {
	var e *portico.Error
	if !errors.As(err, &e) || e.Fields[from] == "" {
		return err
	}
	return &portico.Error{Code: e.Code, Text: e.Text, Fields: map[string]string{to: e.Fields[from]}}
}
