package auth

import (
	"context"

	"portico"
	"portico/internal/passkey"
	"portico/internal/store"
)

// Signals is what a browser tells authenticators of a user's passkeys, in JSON. It is
// empty for a user who has never had one.
type Signals struct {
	Accepted []byte // the passkeys that the user still has
	Details  []byte // how the user is called
}

// OwnAuthenticators returns the authenticators of the session's user, the oldest
// first, and what they are told of the passkeys among them.
func (s *Service) OwnAuthenticators(ctx context.Context, ses *Session) ([]portico.Authenticator, Signals, error) {
	r := s.db.Read(ctx)
	found, err := r.Authenticators(ses.User.ID)
	if err != nil {
		return nil, Signals{}, err
	}
	signals, err := s.passkeySignals(r, ses, found)
	return s.shownHere(found), signals, err
}

// passkeySignals returns what authenticators are told of a user's passkeys. Those out
// of force are among them: a passkey that authenticators forget would not come back
// with the slider.
func (s *Service) passkeySignals(r *store.Reader, ses *Session, found []store.Authenticator) (signals Signals, err error) {
	if !s.TakesPasskeys() {
		return signals, nil
	}
	handle, err := r.PasskeyHandle(ses.User.ID)
	if err != nil || len(handle) == 0 {
		return signals, err
	}
	if signals.Accepted, err = passkey.Accepted(s.rp, handle, s.credentials(found)); err != nil {
		return signals, err
	}
	signals.Details, err = passkey.Details(s.rp, passkey.User{Handle: handle, LoginID: ses.User.LoginID, Name: ses.User.Name()})
	return signals, err
}

// UnknownPasskey is the error of a log-in with a passkey that its user has no more, in
// a browser in which the user has logged in. Signal is what the authenticator is told.
type UnknownPasskey struct {
	error
	Signal []byte
}

func (e UnknownPasskey) Unwrap() error { return e.error }

// unknownPasskey adds to the error of a log-in with nobody's passkey what its
// authenticator is told, in a browser in which its user has logged in. Elsewhere a
// stranger could ask which credentials exist.
func (s *Service) unknownPasskey(ctx context.Context, v Visit, answer *answered, err error) error {
	r := s.db.Read(ctx)
	id, missing := r.UserByPasskeyHandle(answer.UserHandle)
	if missing == nil {
		_, missing = r.Browser(id, store.HashToken(v.BrowserToken))
	}
	if missing != nil {
		return err // the signal alone is missing
	}
	signal, failed := passkey.Unknown(s.rp, answer.CredentialID)
	if failed != nil {
		return err
	}
	return UnknownPasskey{err, signal}
}
