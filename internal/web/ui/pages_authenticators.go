package ui

import (
	"time"

	"portico"
)

// Enrolment is an enrolment in progress: a new key to scan or, if QR is nil, a kept
// key to prove with one code.
type Enrolment struct {
	QR      *QR
	Key     string // in groups of four
	URI     string // otpauth: link, for the phone that shows the page
	Issuer  string // of the entry in authenticator apps
	Account string
	Moving  bool   // replaces a working authenticator, which stays valid until then
	Adding  bool   // adds an authenticator to others
	Off     bool   // 2FA is disabled, and stays so if one is added
	Name    string // of the authenticator that is added, as typed
	NoApp   bool   // the authenticators that were kept are passkeys
	Passkey string // options for the browser; "" without a passkey that was kept and works here

	Replaces portico.Authenticator // with Moving
}

// MovesPhone reports whether what is replaced is an app as well.
func (e Enrolment) MovesPhone() bool {
	return e.Moving && e.Replaces.Kind != portico.AuthenticatorPasskey
}

// QR is a QR code as one SVG path on a grid of Size by Size modules, including
// the quiet zone of 4 modules.
type QR struct {
	Size int
	Path string
}

// RequiredPage is /account/two-factor/required, which says what the person must
// do before anything else.
type RequiredPage struct {
	Layout
	Customer string
	Kept     bool // there is a setup, and it is disabled
	Reset    bool // an administrator has deleted the setup
	Passkeys bool // a passkey is another way
	Only     bool // a passkey is the only way
	Lacks    bool // 2FA is enabled, and a passkey is missing

	KeptApp, KeptPasskey bool // with Kept: which of the kept authenticators enable it again
}

// PasskeyPage is /account/passkeys/new.
type PasskeyPage struct {
	Layout
	Problem *Problem
	Options string // for the browser
	First   bool   // it enables 2FA
	Off     bool   // 2FA is disabled, and stays so
	Only    bool   // the policy requires a passkey, and there is none
	Back    string
	Renews  bool   // new recovery codes replace those that are left
	Codes   bool   // there are recovery codes left
	Name    string // as typed
	Seconds int    // for which the page may begin to make a passkey; then it is loaded again

	AfterPassword bool      // the policy asks for the password before a passkey
	AppsEnded     bool      // the policy requires a passkey, and codes of apps open nothing
	AppsEnd       time.Time // from when on that is so, if the person has an app; otherwise zero

	Replaces portico.Authenticator // the lost passkey that it replaces, if any
}

// AuthenticatorPage is /account/authenticators/{id}, where its user names it.
type AuthenticatorPage struct {
	Layout
	Problem       *Problem
	Authenticator portico.Authenticator
	Address       string // of this page
	Name          string // as typed
}

// DeleteAuthenticatorPage is /account/authenticators/{id}/delete. It asks before one
// of several authenticators is deleted.
type DeleteAuthenticatorPage struct {
	Layout
	Authenticator portico.Authenticator
	Address       string // of this page
}

// DeleteOwnPage is /account/two-factor/delete. It asks before the reader's own
// 2FA setup is deleted.
type DeleteOwnPage struct {
	Layout
}

// RecoveryCodesPage is /account/recovery-codes. It shows the codes until they
// were saved, and later how many are left.
type RecoveryCodesPage struct {
	Layout
	Codes     []string // until they were saved
	Left      int
	Few       bool
	Unsaved   bool // the person has not said yet that they are saved
	TwoFactor portico.TwoFactor
	Next      string // where the log-in leads after this page
}

func (RequiredPage) template() string            { return "required" }
func (PasskeyPage) template() string             { return "passkey" }
func (AuthenticatorPage) template() string       { return "authenticator" }
func (DeleteAuthenticatorPage) template() string { return "delete-authenticator" }
func (DeleteOwnPage) template() string           { return "delete-own" }
func (RecoveryCodesPage) template() string       { return "recovery-codes" }
