package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/password"
	"portico/internal/store"
)

// Visit is the browser that sends a request, with the tokens in its cookies. A
// new log-in replaces its session and pending login.
type Visit struct {
	Origin       portico.Origin
	SessionToken string
	PendingToken string
	BrowserToken string
	Account      portico.UserID // of the browser's newest session; see accountOf
	Language     string         // that was chosen on the page of a mailed link; "" if none was
}

// Outcome is the state of a log-in after a step. Token belongs to a session if
// Step is StepDone or StepEnrol, and to a pending login if Step.Pends.
// BrowserToken is the browser's new token. Account is set with a session.
type Outcome struct {
	Step         Step
	Token        string
	BrowserToken string
	Account      portico.UserID // for later visits
	Recovered    bool           // with a recovery code
	Unsaved      bool           // the user has not said yet that the recovery codes are saved
	mailed       bool           // a link to a new password, with StepNewPassword
}

// errLogin is the same error whatever is wrong with the login ID, the password or
// the account, so that it reveals nothing about them. Its text is true of a
// suspended user who enters the right password, too.
var errLogin = portico.E(portico.Invalid, "The login ID or password is wrong. Check both and try again. If both are right, your account may be suspended: ask your administrator.")

// errExpired is returned to people who know the password of an account after
// its user has reported unauthorized activity.
func errExpired(mailed, noServer bool) *portico.Error {
	switch {
	case noServer:
		return portico.E(portico.Forbidden, "We disabled this password for your safety. This portal has no mail server, so it cannot email you a link to choose a new one. Ask your administrator for help.")
	case mailed:
		return portico.E(portico.Forbidden, "We disabled this password for your safety. We have emailed you a link to choose a new one.")
	}
	return portico.E(portico.Forbidden, "We disabled this password for your safety. Use \"Forgotten login ID or password\" to choose a new one.")
}

var errPendingOver = portico.E(portico.Gone, "This log-in took too long or had too many wrong codes. Enter your login ID and password again.")

// Login takes the first step of a log-in. It returns Invalid if the login ID,
// the password or the account does not allow it, Forbidden if the password has
// expired, TooMany if there were too many attempts, and Busy if too many hashes
// are waiting.
func (s *Service) Login(ctx context.Context, v Visit, loginID, entered string) (Outcome, error) {
	a, key, err := s.accountFor(ctx, loginID)
	if err != nil {
		return Outcome{}, err
	}
	tried, err := s.recordAttempt(ctx, passwordBucket, a, key, v)
	if err != nil {
		return Outcome{}, err
	}
	out, err := s.checkPassword(ctx, v, a, key, tried, entered)
	if errors.Is(err, errOtherHash) {
		// Another log-in may have hashed the same password anew. It has to be right
		// for the hash that counts now.
		now, missing := s.db.Read(ctx).Account(a.ID)
		switch {
		case missing == nil:
			out, err = s.checkPassword(ctx, v, now, key, tried, entered)
		case !notFound(missing):
			return Outcome{}, missing
		}
	}
	var refused *portico.Refusal
	if errors.As(err, &refused) {
		return Outcome{}, s.attemptFailed(ctx, tried, refusedLogin(a, v, refused.Reason), refused.Err)
	}
	return out, err
}

// errOtherHash is returned if the stored hash changed while a password was
// compared with it, so that the comparison no longer counts.
var errOtherHash = &portico.Refusal{Err: errLogin, Reason: portico.Say("password changed meanwhile")}

// checkPassword compares a password with the hash of an account, and takes the
// next step if it is right. It returns a Refusal, which the caller has to record, if
// the account changed meanwhile: errOtherHash if its hash did.
func (s *Service) checkPassword(ctx context.Context, v Visit, a store.Account, key string, tried attempt, entered string) (Outcome, error) {
	// An unknown login ID costs the same hash as an account.
	verdict, err := s.hasher.Verify(ctx, tried.turn, a.PasswordHash, entered)
	if err != nil {
		return Outcome{}, fmt.Errorf("checking the password: %w", err)
	}
	if verdict == password.Wrong {
		return Outcome{}, s.attemptFailed(ctx, tried, s.wrongPassword(a, key, v), errLogin)
	}
	if suspended(a, tried.at) { // counted as a wrong one: else it could be told from one
		return Outcome{}, s.attemptFailed(ctx, tried, refusedLogin(a, v, portico.Say(whyRefused(a))), errLogin)
	}
	var rehashed string
	if verdict == password.RightStale {
		if rehashed, err = s.hasher.Hash(ctx, tried.turn, entered); err != nil {
			return Outcome{}, fmt.Errorf("hashing the password anew: %w", err)
		}
	}
	out, err := store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (out Outcome, err error) {
		now, err := tx.Account(a.ID)
		switch {
		case notFound(err): // during the check
			return out, &portico.Refusal{Err: errLogin, Reason: portico.Say("deleted meanwhile")}
		case err != nil:
			return out, err
		case now.PasswordHash != a.PasswordHash: // during the check, so the proof no longer counts
			return out, errOtherHash
		case suspended(now, tx.Now):
			return out, &portico.Refusal{Err: errLogin, Reason: portico.Say(whyRefused(now))}
		}
		if rehashed != "" {
			if err := tx.Rehash(now.ID, now.PasswordHash, rehashed); err != nil {
				return out, err
			}
		}
		if err := s.attemptSucceeded(tx, tried); err != nil {
			return out, err
		}
		p := Proof{Password: true}
		if p.Remembered, err = s.trustedDevice(&tx.Reader, now, v); err != nil {
			return out, err
		}
		out, err = s.advance(tx, p, now, v, false)
		if err == nil && out.Step == StepNewPassword {
			out.mailed, err = s.mailPasswordLink(tx, endedBucket, now, v)
		}
		return out, err
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("logging in: %w", err)
	}
	switch out.Step {
	case StepRefuse:
		return Outcome{}, errLogin
	case StepNewPassword:
		return Outcome{}, errExpired(out.mailed, s.outbox.NoServer)
	}
	return out, nil
}

// suspended reports whether not even the right password leads to another step.
func suspended(a store.Account, now time.Time) bool {
	return Next(Proof{Password: true}, a.User, a.Customer, now) == StepRefuse
}

// accountFor returns the account for a login ID as typed, and the canonical
// login ID. If there is no such account, it returns the zero Account, which no
// password matches.
func (s *Service) accountFor(ctx context.Context, loginID string) (store.Account, string, error) {
	key, err := CanonicalLoginID(loginID)
	if err != nil { // no account can have such a login ID, which is not an error here
		return store.Account{}, loginID, nil //nolint:nilerr // see above
	}
	a, err := s.db.Read(ctx).AccountByLogin(key)
	if err != nil && !notFound(err) {
		return store.Account{}, "", err
	}
	return a, key, nil
}

// wrongPassword returns the event of a log-in that no account has the password
// for. Of an unknown login ID, which is often a password typed into the wrong
// field, it keeps a keyed hash.
func (s *Service) wrongPassword(a store.Account, key string, v Visit) portico.Event {
	if a.ID != "" {
		return refusedLogin(a, v, portico.Say("wrong password"))
	}
	return portico.Event{
		CustomerID: portico.ProviderID, Action: portico.LoginRefused, Actor: portico.System(v.Origin),
		Details: portico.RefusalDetails{Reason: string(portico.UnknownLoginID), LoginIDHash: s.hashOfUnknown(key)}.Stored(),
	}
}

// refusedLogin returns the event of a refused log-in of a user.
func refusedLogin(a store.Account, v Visit, why portico.Message) portico.Event {
	return portico.Event{Action: portico.LoginRefused, Actor: portico.System(v.Origin), Told: why}.Target(a.User)
}

// advance takes a log-in to the step that its proof allows, with the account as
// it is in this transaction. It is the only caller of newSession.
func (s *Service) advance(tx *store.Tx, p Proof, a store.Account, v Visit, remember bool) (Outcome, error) {
	event := portico.Event{Actor: portico.AsUser(a.User, v.Origin)}.Target(a.User)
	step := Next(p, a.User, a.Customer, tx.Now)
	switch step {
	case StepCode, StepResetCode:
		if v.BrowserToken == "" {
			v.BrowserToken, _ = store.NewToken()
		}
		token, hash := store.NewToken()
		if err := s.replace(tx, v); err != nil {
			return Outcome{}, err
		}
		if err := tx.CreatePending(hash, store.HashToken(v.BrowserToken), a, tx.Now.Add(portico.PendingLoginTTL)); err != nil {
			return Outcome{}, err
		}
		event.Action, event.Actor = portico.LoginPassword, portico.System(v.Origin)
		return Outcome{Step: step, Token: token, BrowserToken: v.BrowserToken}, audit.Record(tx, event)
	case StepDone, StepEnrol:
		if err := s.notifyOfNewBrowser(tx, p, a, v); err != nil {
			return Outcome{}, err
		}
		out, err := s.newSession(tx, p, a, v, remember)
		if err != nil {
			return Outcome{}, err
		}
		if err := s.flagSuspiciousLogin(tx, a, v); err != nil {
			return Outcome{}, err
		}
		event.Action, event.Told = portico.LoginDone, portico.Say(p.description())
		return out, audit.Record(tx, event)
	case StepNewPassword:
		return Outcome{Step: step}, audit.Record(tx, refusedLogin(a, v, portico.Say("password has ended")))
	}
	return Outcome{Step: StepRefuse}, audit.Record(tx, refusedLogin(a, v, portico.Say(whyRefused(a))))
}

// whyRefused returns, for the audit log, why an account may not log in.
func whyRefused(a store.Account) portico.Text {
	switch {
	case a.Customer.Suspended():
		return "customer is suspended"
	case a.Status == portico.Invited:
		return "account is invited"
	case a.Status == portico.Suspended:
		return "account is suspended"
	case a.PasswordExpired:
		return "password has ended"
	}
	return "account is active"
}

// description returns, for the audit log, what the user has shown.
func (p Proof) description() portico.Text {
	switch {
	case p.Passkey && !p.Password:
		return "#login passkey"
	case p.Passkey:
		return "#login password and passkey"
	case p.Code:
		return "#login password and code"
	case p.Recovery:
		return "#login password and recovery code"
	case p.ResetCode:
		return "#login password and reset code"
	case p.Remembered:
		return "#login password in a remembered browser"
	}
	return "#login password"
}

// newSession creates a session from a complete proof. No other function creates one.
// The session counts as confirmed unless a recovery code or a remembered device
// replaced the code. After a recovery code it may replace the authenticator (see
// rescues).
func (s *Service) newSession(tx *store.Tx, p Proof, a store.Account, v Visit, remember bool) (Outcome, error) {
	step := Next(p, a.User, a.Customer, tx.Now)
	if !step.In() {
		return Outcome{}, errors.New("a session was asked for without proof")
	}
	if err := s.replace(tx, v); err != nil {
		return Outcome{}, err
	}
	browser, err := s.rememberDevice(tx, p, a, v, remember)
	if err != nil {
		return Outcome{}, err
	}
	id, err := store.NewID()
	if err != nil {
		return Outcome{}, err
	}
	token, hash := store.NewToken()
	confirmed := p.authenticated() || a.TwoFactor != portico.TwoFactorEnabled
	if err := tx.CreateSession(id, hash, a, v.Origin, confirmed, p.Recovery); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Step: step, Token: token, BrowserToken: browser, Account: a.ID, Recovered: p.Recovery}
	if a.TwoFactor == portico.TwoFactorEnabled {
		set, err := tx.RecoverySet(a.ID)
		if err != nil && !notFound(err) {
			return Outcome{}, err
		}
		out.Unsaved = unsaved(set)
	}
	return out, tx.LoggedIn(a.ID)
}

// replace ends the browser's earlier pending login and session: a browser has
// one log-in at a time.
func (s *Service) replace(tx *store.Tx, v Visit) error {
	if v.PendingToken != "" {
		if _, err := tx.DeletePending(store.HashToken(v.PendingToken)); err != nil {
			return err
		}
	}
	if v.SessionToken == "" {
		return nil
	}
	old, err := tx.Session(store.HashToken(v.SessionToken))
	if notFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.DeleteSession(old.ID)
	return err
}
