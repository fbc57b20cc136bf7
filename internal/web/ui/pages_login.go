package ui

import "portico"

// LoginPage is /login.
type LoginPage struct {
	Layout
	Problem *Problem
	LoginID string // as typed
	Next    string // local path to redirect to afterwards; "" for the start page
	Empty   bool   // the portal has no users yet

	Passkeys bool   // people can log in with a passkey
	Unknown  string // what the authenticator is told of the passkey that was used, which nobody has; "" for nothing
}

// CodePage is /login/code, the second step.
type CodePage struct {
	Layout
	Problem *Problem
	LoginID string
	Issuer  string // name that the authenticator app shows
	Next    string

	Remember  bool // the policy allows remembering this browser
	Remembers bool // the checkbox is ticked

	NoApp   bool   // the person has no authenticator app
	Passkey string // options for the browser; "" without a passkey that works here

	Elsewhere     string // the host that the person's passkeys were made for, if none works here
	TakesPasskeys bool   // new ones can be made here
}

// RecoveryPage is /login/recovery, the second step without the phone.
type RecoveryPage struct {
	Layout
	Problem   *Problem
	LoginID   string
	Next      string
	ResetCode bool // asks for the reset code of a reset
}

// ForgotPage is /login/forgot. With Sent it says what happens next instead of
// showing the form.
type ForgotPage struct {
	Layout
	Problem *Problem
	LoginID string // as typed
	Sent    bool
}

// Kinds of LinkPage.
const (
	LinkUnauthorized = "not-me"
	LinkUnlock       = "unlock"
	LinkEmail        = "email"
)

// LinkPage is the page behind a mailed link. It asks for one click on a button.
type LinkPage struct {
	Layout
	Kind     string
	Action   string // address that the form is sent to
	Name     string
	LoginID  string
	Customer string
	Email    string                   // for LinkEmail: the new address
	Done     bool                     // the button was pressed
	Does     portico.UnauthorizedStep // for LinkUnauthorized: what the button does; once pressed, what it did

	// For LinkUnauthorized.
	Notified         portico.UnauthorizedNotified // who is notified
	Operator         bool                         // the user belongs to the provider
	Suspended        string                       // the customer if it is suspended, so that no link is mailed; "" if not
	AccountSuspended bool                         // the account itself is
	Authenticator    bool                         // one was set up recently that may be somebody else's
	Passkeys         bool                         // there are passkeys
	Recent           []portico.Authenticator      // the passkeys that were added recently
}

// ActivatePage is /activate/{token}.
type ActivatePage struct {
	Layout
	Problem  *Problem
	Action   string // address that the form is sent to
	Name     string
	Customer string
	LoginID  string // as typed, or as proposed by the administrator
	Least    int    // minimum length of a password
}

// NewPasswordPage is /password/{token}.
type NewPasswordPage struct {
	Layout
	Problem *Problem
	Action  string
	Name    string
	LoginID string
	Least   int // minimum length of a password
}

// FirstRunPage is /setup/{token}, which works while the portal has no users.
type FirstRunPage struct {
	Layout
	Problem      *Problem
	Action       string
	Kind         string // "administrator" (with a first customer) or "operator"
	CustomerName string
	CustomerSlug string
	FirstName    string
	LastName     string
	Email        string
	LoginID      string
	Least        int // minimum length of a password
}

// ConfirmPage is /confirm, where a logged-in person proves their identity
// again.
type ConfirmPage struct {
	Layout
	Problem   *Problem
	LoginID   string
	NeedsCode bool
	Recovers  bool // uses a recovery code instead of a code
	Next      string
	Form      string // the form to run afterwards, encrypted; "" if a page follows
	What      string // key of what is about to change, see confirm.html; "" for nothing
	Whom      string // the person, customer or file that the change concerns

	RecoveryLeft int  // recovery codes
	Rescues      bool // a new phone may replace the lost one without another code

	NoApp         bool   // the person has no authenticator app
	Passkey       string // options for the browser; "" without a passkey that works here
	AfterPassword bool   // a passkey counts only after the password, so the form asks for both
}

// Asks names what the page asks for, beside a password.
func (p ConfirmPage) Asks() string {
	switch {
	case !p.NeedsCode:
		return "nothing"
	case p.AfterPassword:
		return "code-or-passkey-after-password"
	case p.NoApp && p.Passkey == "" && p.RecoveryLeft == 0:
		return "impossible"
	case p.NoApp && p.Passkey == "":
		return "recovery-code"
	case p.NoApp && p.RecoveryLeft == 0:
		return "passkey"
	case p.NoApp:
		return "passkey-or-recovery-code"
	case p.Passkey != "":
		return "code-or-passkey"
	}
	return "code"
}

// PasskeyButton names the place of the button for a passkey: in a form of its own, or in
// the one form with the password, and before the other button for a person without an app.
// It returns "" if no passkey works here.
func (p ConfirmPage) PasskeyButton() string {
	switch {
	case p.AfterPassword && p.NoApp:
		return "form-first"
	case p.AfterPassword:
		return "form-last"
	case p.Passkey == "":
		return ""
	case p.NoApp:
		return "own-first"
	}
	return "own-last"
}

func (LoginPage) template() string       { return "login" }
func (CodePage) template() string        { return "code" }
func (RecoveryPage) template() string    { return "recovery" }
func (ForgotPage) template() string      { return "forgot" }
func (LinkPage) template() string        { return "link" }
func (ActivatePage) template() string    { return "activate" }
func (NewPasswordPage) template() string { return "new-password" }
func (FirstRunPage) template() string    { return "first-run" }
func (ConfirmPage) template() string     { return "confirm" }
