package auth

import (
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
	"portico/internal/totp"
)

// proveSetup checks what is shown for an enrolment and stores its authenticator. It
// returns a Refusal, and writes nothing, if the code does not count.
func (s *Service) proveSetup(tx *store.Tx, row store.Session, e store.Enrolment, found []store.Authenticator, shown secondFactor, name string) (f store.Authenticator, err error) {
	if e.Kept {
		proof, err := s.useSecondFactor(tx, portico.AsUser(row.Account.User, row.Origin), row.Account, shown)
		if err != nil {
			return f, err
		}
		_, err = tx.SwitchAuthenticators(e.UserID, true)
		return store.Authenticator{ID: proof.Authenticator}, err
	}
	if shown.passkey != nil { // a passkey proves no new key
		return f, &portico.Refusal{Err: errSetupOver}
	}
	code := shown.code
	if f, err = newApp(row, e, found, tx.Now, name); err != nil {
		return f, err
	}
	key, err := s.keys.Open(e.Secret, string(e.UserID), store.PurposeTOTP)
	if err != nil {
		return f, fmt.Errorf("opening the set-up's key: %w", err)
	}
	r := totp.Verify(key, code, tx.Now, s.skew, 0)
	if r.Verdict != totp.Accepted {
		refused := &portico.Refusal{Err: codeError(r.Verdict)}
		if off, found := totp.Drift(key, code, tx.Now); found {
			refused.Err = errDrift(off)
		}
		return f, refused
	}
	f.LastStep, f.LastUsedAt = r.Step, tx.Now
	if e.Replaces != "" {
		if err := tx.DeleteAuthenticator(e.UserID, e.Replaces); err != nil {
			return f, err
		}
	}
	return f, tx.PutAuthenticator(f)
}

// newApp returns the authenticator that an enrolment with a new key makes. It
// returns an error if it may not be made any more.
func newApp(row store.Session, e store.Enrolment, found []store.Authenticator, now time.Time, name string) (store.Authenticator, error) {
	f := store.Authenticator{UserID: e.UserID, Kind: portico.AuthenticatorTOTP, Secret: e.Secret, Enabled: true}
	switch setupKind(e, found) {
	case SetupFirst:
		if err := mayBeFirstApp(row, now); err != nil {
			return f, err
		}
	case SetupMove:
		i := store.AuthenticatorIndex(found, e.Replaces)
		if i < 0 || row.Account.Customer.Policy.LacksPasskey(row.Account.User, now) {
			return f, &portico.Refusal{Err: errSetupOver}
		}
		f.Enabled = found[i].Enabled
		if found[i].Kind == portico.AuthenticatorTOTP {
			f.Name = found[i].Name
		} else if err := mayAddApp(row, found, now); err != nil { // in place of a lost passkey
			return f, err
		}
	case SetupAdd:
		if err := mayAddApp(row, found, now); err != nil {
			return f, err
		}
		if err := portico.CheckAuthenticatorName(name); err != nil {
			return f, err
		}
		f.Name, f.Enabled = name, row.Account.TwoFactor == portico.TwoFactorEnabled
	}
	var err error
	f.ID, err = store.NewID()
	return f, err
}

// errDrift is only shown during enrolment, when the key does not protect
// anything yet. Later it would tell an attacker which codes are about to count.
func errDrift(off time.Duration) *portico.Error {
	minutes := max(1, int(off.Abs().Round(time.Minute)/time.Minute))
	if off > 0 {
		return portico.FieldProblem("code", portico.SayCount(minutes,
			"Your phone's clock is about 1 minute ahead. Set it to automatic time, then enter the code that the app shows.|"+
				"Your phone's clock is about {n} minutes ahead. Set it to automatic time, then enter the code that the app shows."))
	}
	return portico.FieldProblem("code", portico.SayCount(minutes,
		"Your phone's clock is about 1 minute behind. Set it to automatic time, then enter the code that the app shows.|"+
			"Your phone's clock is about {n} minutes behind. Set it to automatic time, then enter the code that the app shows."))
}
