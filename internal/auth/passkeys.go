package auth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"fmt"
	"slices"
	"time"

	"portico"
	"portico/internal/passkey"
	"portico/internal/store"
)

// TakesPasskeys reports whether passkeys can work at the portal's address.
func (s *Service) TakesPasskeys() bool { return s.rp.ID != "" }

// passkeyHandle returns the handle by which passkeys name a user. Until the first
// passkey stores it, it is computed, so that showing a page stores nothing.
// Without the portal's key nobody can tell whose it is.
func (s *Service) passkeyHandle(r *store.Reader, id portico.UserID) ([]byte, error) {
	handle, err := r.PasskeyHandle(id)
	if err != nil || len(handle) > 0 {
		return handle, err
	}
	mac := hmac.New(sha512.New, s.names) // of passkey.HandleSize
	mac.Write([]byte("passkey handle\x00" + string(id)))
	return mac.Sum(nil), nil
}

// credentials returns the passkeys that the portal's address can use.
func (s *Service) credentials(found []store.Authenticator) (usable []passkey.Credential) {
	for _, f := range found {
		if f.Kind == portico.AuthenticatorPasskey && !s.elsewhere(f) && s.TakesPasskeys() {
			usable = append(usable, f.Passkey)
		}
	}
	return usable
}

// ofOneState returns the authenticators in force or, if none is, those that are
// kept.
func ofOneState(found []store.Authenticator) []store.Authenticator {
	inForce := slices.ContainsFunc(found, func(f store.Authenticator) bool { return f.Enabled })
	return slices.DeleteFunc(slices.Clone(found), func(f store.Authenticator) bool { return f.Enabled != inForce })
}

// Ways are the authenticators that a page asks a user for.
type Ways struct {
	App     bool   // a code of an app
	Passkey []byte // options for the browser, in JSON; empty if there is no passkey that works here

	Elsewhere     string // the host that the user's passkeys were made for, if none works here; "" otherwise
	AfterPassword bool   // one of these passkeys stands for no password
}

// codesCount reports whether codes of a user's apps count, given the authenticators
// that count: not where a passkey is required and is among them.
func (s *Service) codesCount(u portico.User, p portico.Policy, found []store.Authenticator, now time.Time) bool {
	return !p.PasskeyRequired(u, now) || len(s.credentials(found)) == 0
}

// waysFor returns by which authenticators a user may prove a ceremony, which
// bound names. requireUV says that a passkey must verify its user.
func (s *Service) waysFor(r *store.Reader, u portico.User, p portico.Policy, what ceremony, bound []byte, requireUV bool) (w Ways, err error) {
	found, err := r.Authenticators(u.ID)
	if err != nil {
		return w, err
	}
	found = ofOneState(found)
	w.App = portico.AuthenticatorTOTP.In(shown(found)) > 0 && s.codesCount(u, p, found, r.Now)
	usable := s.credentials(found)
	if len(usable) == 0 {
		if i := slices.IndexFunc(found, s.elsewhere); i >= 0 {
			w.Elsewhere = found[i].Passkey.RPID
		}
		return w, nil
	}
	w.AfterPassword = slices.ContainsFunc(found, func(f store.Authenticator) bool { return f.AfterPassword })
	challenge, err := s.newChallenge(what, bound, r.Now)
	if err != nil {
		return w, err
	}
	w.Passkey, err = passkey.Assertion(s.rp, challenge, usable, requireUV)
	return w, err
}

// WaysToConfirm returns by which authenticators the session's user may confirm
// their identity.
func (s *Service) WaysToConfirm(ctx context.Context, ses *Session) (Ways, error) {
	if ses.User.TwoFactor != portico.TwoFactorEnabled {
		return Ways{}, nil
	}
	return s.waysFor(s.db.Read(ctx), ses.User, ses.Customer.Policy, forConfirmation, []byte(ses.id), true)
}

// answered is an answer of a passkey whose challenge is used up. It proves
// nothing before usePasskey.
type answered struct {
	passkey.Answer
	challenge []byte
	what      ceremony
}

// readAnswer decodes an answer of a passkey, and uses up the challenge that it
// is for. It returns a Refusal if it proves nothing.
func (s *Service) readAnswer(ctx context.Context, actor portico.Actor, what ceremony, bound, sent []byte) (*answered, error) {
	challenge, err := s.takeChallenge(ctx, actor, what, bound, sent)
	if err != nil {
		return nil, err
	}
	return parseAnswer(what, challenge, sent)
}

// parseAnswer decodes an answer to a challenge. It returns a Refusal if it cannot.
func parseAnswer(what ceremony, challenge, sent []byte) (*answered, error) {
	parsed, err := passkey.ParseAssertion(sent)
	if err != nil {
		return nil, refusedPasskey(err)
	}
	return &answered{parsed, challenge, what}, nil
}

// usePasskey verifies an answer with a passkey of the user, and notes the use. It
// returns a Refusal, and writes nothing, if the answer does not count. A passkey
// that is out of force counts for enabling 2FA alone. An authenticator of an
// unknown kind lets nobody in, whatever stands beside it.
func (s *Service) usePasskey(tx *store.Tx, a store.Account, sent *answered) (Proof, error) {
	found, err := tx.Authenticators(a.ID)
	if err != nil {
		return Proof{}, err
	}
	if err := checkKinds(found); err != nil {
		return Proof{}, err
	}
	i := slices.IndexFunc(found, func(f store.Authenticator) bool {
		return f.Kind == portico.AuthenticatorPasskey && f.Enabled == (sent.what != forEnabling) && bytes.Equal(f.Passkey.ID, sent.CredentialID)
	})
	if i < 0 || !s.TakesPasskeys() {
		return Proof{}, refusedPasskey(passkey.ErrOtherCredential)
	}
	use, err := s.verify(&tx.Reader, found[i], sent)
	if err != nil {
		return Proof{}, refusedUse(found[i], err)
	}
	won, err := tx.UsePasskey(found[i], use)
	if err == nil && !won {
		err = refusedUse(found[i], passkey.ErrCloned)
	}
	return Proof{Passkey: true, PasskeyVerified: use.UserVerified, PasskeyAlone: !found[i].AfterPassword, Authenticator: found[i].ID}, err
}

// verify verifies an answer with the stored passkey of its user, for its ceremony.
func (s *Service) verify(r *store.Reader, f store.Authenticator, sent *answered) (passkey.Use, error) {
	handle, err := r.PasskeyHandle(f.UserID)
	if err != nil {
		return passkey.Use{}, err
	}
	if sent.what == forLogin {
		return sent.VerifyLogin(s.rp, sent.challenge, f.Passkey, handle)
	}
	return sent.Verify(s.rp, sent.challenge, f.Passkey, handle, sent.what == forConfirmation)
}

// checkKinds returns an error if an authenticator is of an unknown kind.
func checkKinds(found []store.Authenticator) error {
	for _, f := range found {
		if f.Kind != portico.AuthenticatorTOTP && f.Kind != portico.AuthenticatorPasskey {
			return fmt.Errorf("unknown kind of authenticator %q", f.Kind)
		}
	}
	return nil
}
