package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portico"
	"portico/internal/outbox"
	"portico/internal/passkey"
	"portico/internal/store"
)

var (
	errNoPasskeys  = portico.E(portico.NotFound, "Passkeys do not work at this address of the portal.")
	errNoMoreKeys  = portico.E(portico.Conflict, "You already have ten passkeys. Delete one before you add another.")
	errPasskeyHeld = portico.E(portico.Invalid, "This passkey cannot be added. Use another device, security key or password manager.")
)

// NewPasskey is what the page shows that adds a passkey.
type NewPasskey struct {
	Options []byte // for the browser, in JSON
	First   bool   // it enables 2FA
	Off     bool   // 2FA is disabled, and stays so
	Renews  bool   // new recovery codes replace those that are left
	Codes   bool   // there are recovery codes left
	Apps    bool   // there is an authenticator app

	Replaces portico.Authenticator // the lost passkey that it replaces, if any
}

// OfferPasskey returns what a user needs to add a passkey. For replaces and the
// errors, see AddPasskey.
func (s *Service) OfferPasskey(ctx context.Context, ses *Session, replaces string) (n NewPasskey, err error) {
	r := s.db.Read(ctx)
	row, err := validSession(r, ses.tokenHash)
	if err != nil {
		return n, err
	}
	found, err := r.Authenticators(ses.User.ID)
	if err != nil {
		return n, err
	}
	if err := s.mayAddPasskey(row, found, replaces, r.Now); err != nil {
		return n, err
	}
	handle, err := s.passkeyHandle(r, ses.User.ID)
	if err != nil {
		return n, err
	}
	challenge, err := s.newChallenge(forAdding, []byte(ses.id), r.Now)
	if err != nil {
		return n, err
	}
	rp, a := s.rp, row.Account
	rp.Name = a.Customer.Issuer()
	n.First, n.Off = len(found) == 0, a.TwoFactor == portico.TwoFactorDisabled
	n.Replaces, n.Renews = replaced(found, replaces), renewsRecovery(row, addingKind(found, replaces), r.Now)
	left, err := r.RecoveryCodesLeft(ses.User.ID)
	if err != nil {
		return n, err
	}
	n.Codes, n.Apps = left > 0, portico.AuthenticatorTOTP.In(shown(found)) > 0
	found = others(found, replaces) // its device may make another one
	n.Options, err = passkey.Registration(rp, challenge, passkey.User{Handle: handle, LoginID: a.LoginID, Name: a.Name()}, s.credentials(found))
	return n, err
}

// mayAddPasskey returns an error if a user may not add a passkey: without a recent
// confirmation, in a session that allows nothing but proving the kept
// authenticators, whose user may know the password alone, and if there are enough.
// Where the user needs a passkey and has none, a recent log-in by recovery code is as
// good as a confirmation: a lost app opens nothing any more once there is one. It is as
// good for a passkey in place of a lost one, and such a replacement needs it.
func (s *Service) mayAddPasskey(row store.Session, found []store.Authenticator, replaces string, now time.Time) error {
	if !s.TakesPasskeys() {
		return errNoPasskeys
	}
	policy, u := row.Account.Customer.Policy, row.Account.User
	lacks := u.TwoFactor == portico.TwoFactorEnabled && policy.LacksPasskey(u, now)
	if !fresh(row, now) && (!lacks && replaces == "" || !rescues(row, now)) {
		return ErrNotConfirmed
	}
	if replaces != "" {
		if i := store.AuthenticatorIndex(found, replaces); i < 0 || found[i].Kind != portico.AuthenticatorPasskey || !rescues(row, now) {
			return errNoAuthenticator
		}
		return nil
	}
	if len(found) > 0 && policy.MustEnrol(u, now) && !lacks {
		return portico.ErrForbidden
	}
	if portico.AuthenticatorPasskey.In(shown(found)) >= portico.MaxPasskeys {
		return errNoMoreKeys
	}
	return nil
}

// AddPasskey adds the passkey that a browser has made for OfferPasskey, with the name
// that its user has typed, or one that tells it from the user's other passkeys. A name
// that is not valid is cleaned: the passkey is in the device already. The first
// authenticator of a user enables 2FA; any other is in force if the others are.
// If replaces is not "", the new one takes the place of the lost passkey with this
// ID, which needs a recent log-in by recovery code.
// For recovery codes and other sessions, see ConfirmSetup. It returns Invalid if
// the answer does not count or somebody has this passkey, Conflict if there are too
// many, NotFound where passkeys do not work or there is none to replace, and
// Forbidden without a recent confirmation.
func (s *Service) AddPasskey(ctx context.Context, ses *Session, replaces, name string, sent []byte) (SetupDone, error) {
	if !s.TakesPasskeys() {
		return SetupDone{}, errNoPasskeys
	}
	name = portico.CleanAuthenticatorName(name)
	made, err := s.registered(ctx, ses, sent)
	var done SetupDone
	if err == nil {
		done, err = store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (SetupDone, error) { return s.addPasskey(tx, ses, replaces, name, made) })
	}
	var refused *portico.Refusal
	if errors.As(err, &refused) {
		event := portico.Event{Action: portico.TwoFactorRefused, Actor: ses.Actor, Told: refused.Reason}.Target(ses.User)
		return SetupDone{}, s.attemptFailed(ctx, attempt{visit: ses.visit}, event, refused.Err)
	}
	if err != nil {
		return SetupDone{}, fmt.Errorf("adding a passkey: %w", err)
	}
	return done, nil
}

// registered returns the passkey of an answer, and uses up its challenge. It
// returns a Refusal if the answer does not count.
func (s *Service) registered(ctx context.Context, ses *Session, sent []byte) (passkey.Credential, error) {
	challenge, err := s.takeChallenge(ctx, ses.Actor, forAdding, []byte(ses.id), sent)
	if err != nil {
		return passkey.Credential{}, err
	}
	made, err := passkey.VerifyRegistration(s.rp, challenge, sent)
	if err != nil {
		return passkey.Credential{}, refusedPasskey(err)
	}
	return made, nil
}

// addPasskey is the transaction of AddPasskey.
func (s *Service) addPasskey(tx *store.Tx, ses *Session, replaces, name string, made passkey.Credential) (done SetupDone, err error) {
	row, err := s.current(tx, ses)
	if err != nil {
		return done, err
	}
	found, err := tx.Authenticators(row.Account.ID)
	if err != nil {
		return done, err
	}
	if err := s.mayAddPasskey(row, found, replaces, tx.Now); err != nil {
		return done, err
	}
	handle, err := s.passkeyHandle(&tx.Reader, row.Account.ID)
	if err != nil {
		return done, err
	}
	if err := tx.PutPasskeyHandle(row.Account.ID, handle); err != nil {
		return done, err
	}
	kind := addingKind(found, replaces)
	f := store.Authenticator{
		UserID: row.Account.ID, Kind: portico.AuthenticatorPasskey, Passkey: made,
		Name:    cmp.Or(name, nameOfPasskey(made, others(found, replaces), outbox.DataFor(row.Account).Language.Say(portico.AuthenticatorPasskey.Message()))),
		Enabled: kind == SetupFirst || row.Account.TwoFactor == portico.TwoFactorEnabled,
	}
	if err := storePasskey(tx, &f, replaces); err != nil {
		return done, err
	}
	return s.setupDone(tx, ses, row, f, kind, replaced(found, replaces))
}

// others returns the authenticators but the one with an ID.
func others(found []store.Authenticator, id string) []store.Authenticator {
	return slices.DeleteFunc(slices.Clone(found), func(f store.Authenticator) bool { return f.ID == id })
}

// addingKind returns what adding a passkey to a user's authenticators is.
func addingKind(found []store.Authenticator, replaces string) SetupKind {
	switch {
	case replaces != "":
		return SetupMove
	case len(found) > 0:
		return SetupAdd
	}
	return SetupFirst
}

// storePasskey stores a new passkey, in place of the one with the ID replaces if it is
// not "". It returns a Refusal if somebody has it already.
func storePasskey(tx *store.Tx, f *store.Authenticator, replaces string) (err error) {
	if f.ID, err = store.NewID(); err != nil {
		return err
	}
	if replaces != "" {
		if err := tx.DeleteAuthenticator(f.UserID, replaces); err != nil {
			return err
		}
	}
	added, err := tx.AddPasskey(*f)
	if err == nil && !added {
		err = &portico.Refusal{Err: errPasskeyHeld, Reason: portico.Say("passkey: somebody has it already")}
	}
	return err
}

// nameOfPasskey returns the name for a passkey that its user has not named: that of what
// makes such passkeys, or "" if it is not known, with a number if another one has it.
// kind is the word for a passkey in the user's language.
func nameOfPasskey(made passkey.Credential, found []store.Authenticator, kind string) string {
	known := passkey.KnownName(made.AAGUID)
	if portico.CheckAuthenticatorName(known+" 10") != nil {
		known = ""
	}
	name := known
	for n := 2; slices.ContainsFunc(found, func(f store.Authenticator) bool {
		return f.Kind == portico.AuthenticatorPasskey && f.Name == name
	}); n++ {
		name = fmt.Sprintf("%s %d", cmp.Or(known, kind), n)
	}
	return name
}
