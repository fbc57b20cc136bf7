package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

var (
	errNoAuthenticator   = portico.E(portico.NotFound, "This authenticator does not exist any more.")
	errLastAuthenticator = portico.E(portico.Conflict, "This is your only authenticator. Delete your 2FA setup instead.")
)

// Authenticators returns a user's authenticators, the oldest first. The caller must
// check that the actor may see them.
func (s *Service) Authenticators(ctx context.Context, id portico.UserID) ([]portico.Authenticator, error) {
	found, err := s.db.Read(ctx).Authenticators(id)
	return s.shownHere(found), err
}

// shownHere is shown, with the passkeys that another host of the portal has.
func (s *Service) shownHere(found []store.Authenticator) []portico.Authenticator {
	all := shown(found)
	for i, f := range found {
		if s.elsewhere(f) {
			all[i].Elsewhere, all[i].Alone = f.Passkey.RPID, false
		}
	}
	return all
}

// elsewhere reports whether an authenticator is a passkey that was made while the
// portal had another host, where alone browsers use it.
func (s *Service) elsewhere(f store.Authenticator) bool {
	return f.Kind == portico.AuthenticatorPasskey && f.Passkey.RPID != s.rp.ID
}

// shown returns what is shown of authenticators.
func shown(found []store.Authenticator) (shown []portico.Authenticator) {
	for _, f := range found {
		shown = append(shown, f.Shown())
	}
	return shown
}

// RenameAuthenticator names one of the user's own authenticators. It returns
// Invalid if the name is not valid, NotFound if there is no such authenticator, and
// Forbidden without a recent confirmation.
func (s *Service) RenameAuthenticator(ctx context.Context, ses *Session, authenticatorID, name string) error {
	if err := portico.CheckAuthenticatorName(name); err != nil {
		return err
	}
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return err
		}
		found, err := tx.Authenticators(row.Account.ID)
		if err != nil {
			return err
		}
		i := store.AuthenticatorIndex(found, authenticatorID)
		if i < 0 {
			return errNoAuthenticator
		}
		if found[i].Name == name {
			return nil
		}
		if err := tx.RenameAuthenticator(row.Account.ID, authenticatorID, name); err != nil {
			return err
		}
		previous := found[i].Shown()
		found[i].Name = name
		told := portico.Say("{0}, previously {1}", found[i].Shown().Named(), previous.Shown())
		if err := s.notifyNamed(tx, mail.AuthenticatorRenamed, row.Account, ses.Actor, told); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.AuthenticatorRenamed, Actor: ses.Actor, Told: told}.Target(row.Account.User))
	})
	if err != nil {
		return fmt.Errorf("naming an authenticator: %w", err)
	}
	return nil
}

// DeleteAuthenticator deletes one of the user's own authenticators. It returns
// NotFound if there is no such authenticator, and Conflict if there is no other:
// that is DeleteTwoFactor. For the other errors, see reduceProtection.
func (s *Service) DeleteAuthenticator(ctx context.Context, ses *Session, authenticatorID string) (string, error) {
	return s.reduceProtection(ctx, ses, portico.AuthenticatorDeleted, mail.AuthenticatorDeleted, func(tx *store.Tx) (named portico.Message, done bool, err error) {
		found, err := tx.Authenticators(ses.User.ID)
		if err != nil {
			return named, false, err
		}
		i := store.AuthenticatorIndex(found, authenticatorID)
		if i < 0 {
			return named, false, errNoAuthenticator
		}
		if len(found) == 1 {
			return named, false, errLastAuthenticator
		}
		told := portico.Say("{0}, added on {1}", found[i].Shown().Named(), portico.Date(found[i].AddedAt))
		return told, true, tx.DeleteAuthenticator(ses.User.ID, authenticatorID)
	})
}

// notifyNamed is Notify about something that has a name, such as an authenticator.
func (s *Service) notifyNamed(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, named portico.Message) error {
	d := outbox.DataFor(a)
	d.Named = d.Language.Say(named)
	return s.NotifyWith(tx, kind, a, actor, d)
}
