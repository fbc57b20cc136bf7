package auth

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/password"
	"portico/internal/store"
)

// SetPasswordByLink stores a new password. It creates no session, and with 2FA
// enabled the log-in still asks for a code. It ends everything issued to the
// user before. Failures of codes are not reset: otherwise an attacker who reads
// the user's mails could guess codes without limit.
func (s *Service) SetPasswordByLink(ctx context.Context, o portico.Origin, token, chosen string) error {
	whose, err := s.PasswordLink(ctx, token)
	if err != nil {
		return err
	}
	if err := password.CheckFor(whose.User, whose.Customer, s.outbox.Now(), chosen); err != nil {
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
		if err := resetPasswordFailures(tx, a.ID); err != nil {
			return err
		}
		if err := s.Notify(tx, mail.PasswordChanged, a, actor, ""); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.PasswordChanged, Actor: actor, Told: portico.Say("with an emailed link")}.Target(a.User))
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
	tried, err := s.passwordAgain(ctx, ses, a, current, "The current password is wrong. Enter the one that you log in with.")
	if err != nil {
		return "", err
	}
	if err := password.CheckFor(a.User, a.Customer, s.outbox.Now(), chosen); err != nil {
		return "", renameField(err, "password", "new_password")
	}
	hash, err := s.hasher.Hash(ctx, tried.turn, chosen)
	if err != nil {
		return "", fmt.Errorf("hashing the password: %w", err)
	}
	token, err := store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (string, error) {
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return "", err
		}
		if err := tx.SetPassword(a.ID, a.PasswordHash, hash); err != nil {
			return "", err
		}
		if err := s.attemptSucceeded(tx, tried); err != nil {
			return "", err
		}
		if err := resetFailuresAfterChange(tx, row.Account); err != nil {
			return "", err
		}
		if err := s.Notify(tx, mail.PasswordChanged, row.Account, ses.Actor, ""); err != nil {
			return "", err
		}
		return s.revokeOthers(tx, row, portico.Event{Action: portico.PasswordChanged, Actor: ses.Actor}.Target(a.User))
	})
	if err != nil {
		return "", fmt.Errorf("changing the password: %w", err)
	}
	return token, nil
}

// Matches reports whether a short secret matches a hash from HashPassword. It
// counts as a hash of the actor, and returns TooMany after too many of them.
func (s *Service) Matches(ctx context.Context, actor portico.Actor, hash, secret string) (bool, error) {
	if err := s.recordHash(ctx, actor.Origin, actor.UserID, "session"); err != nil {
		return false, err
	}
	verdict, err := s.hasher.Verify(ctx, turnOf(actor.UserID != "", string(actor.UserID), actor.Origin), hash, secret)
	return verdict != password.Wrong && err == nil, err
}

// HashPassword hashes a password that passed CheckFor, or another short
// secret, for the actor. It returns TooMany if the actor asks for too many
// hashes.
func (s *Service) HashPassword(ctx context.Context, actor portico.Actor, password string) (string, error) {
	if err := s.recordHash(ctx, actor.Origin, actor.UserID, "session"); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, turnOf(actor.UserID != "", string(actor.UserID), actor.Origin), password)
}

// hashByLink hashes a password that a user chooses on the page of a mailed
// link.
func (s *Service) hashByLink(ctx context.Context, o portico.Origin, id portico.UserID, password string) (string, error) {
	if err := s.recordHash(ctx, o, id, "link"); err != nil {
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
	if !errors.As(err, &e) || e.Fields[from].Text == "" {
		return err
	}
	return &portico.Error{Code: e.Code, Message: e.Message, Fields: map[string]portico.Message{to: e.Fields[from]}}
}
