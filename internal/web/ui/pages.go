package ui

import (
	"time"

	"portico"
)

// Page is one of the structs below: what a page shows, and nothing else.
type Page interface {
	template() string // name of its file in templates/page, without .html
}

// Name names a page as its template is named.
func Name(p Page) string { return p.template() }

// Layout is what every page has.
type Layout struct {
	Title  string // names the page; the browser's title adds the brand
	Brand  string // "Portico", or the customer's own brand
	Logo   string // address of the customer's picture; "" for the portal's mark
	Accent string // address of the stylesheet of the customer's colour; "" for the portal's own
	Here   string // address of the menu entry that is current, such as /account
	Notice string // key of a sentence said once after a change, see notices
	Person *Person

	Base    string // where the administration that the page belongs to begins
	Entered string // the customer, when an operator administers one
}

// Person is who is logged in; nil on pages for everybody.
type Person struct {
	Name       string
	Initials   string // one or two letters
	LoginID    string
	Customer   string
	SeesPeople bool // has Administration and Access in the menu
	SeesAudit  bool
	SetsPolicy bool
	SetsDoors  bool // has the doors to the provider in the menu

	SeesCustomers bool // has Customers in the menu
	MustEnrol     bool // has nothing in the menu before 2FA is set up

	Due      time.Time // from when on 2FA will be required; zero where it is not, or there
	DaysLeft int       // until then
	Kept     bool      // a setup is there, and switched off
}

// Problem is why a form came back: one sentence for the whole (role="alert"),
// and one for each field that needs another value. Nil when nothing is wrong.
type Problem struct {
	Text   string
	Fields map[string]string
}

// Field returns the sentence for a field, "" when it has none. It is safe on
// nil, so that templates need not ask first.
func (p *Problem) Field(name string) string {
	if p == nil {
		return ""
	}
	return p.Fields[name]
}

// LoginPage is /login.
type LoginPage struct {
	Layout
	Problem *Problem
	LoginID string // as typed
	Next    string // local path to go to afterwards, "" for the start page
}

// CodePage is /login/code, the second step.
type CodePage struct {
	Layout
	Problem *Problem
	LoginID string
	Issuer  string // the name the authenticator app shows
	Next    string

	Remember  bool // the policy lets this browser be remembered
	Remembers bool // ticked
}

// RecoveryPage is /login/recovery, the second step without the phone.
type RecoveryPage struct {
	Layout
	Problem *Problem
	LoginID string
	Next    string
	Issued  bool // the one-time code of a reset is asked for
}

// ForgotPage is /login/forgot: the form, or with Sent what comes next.
type ForgotPage struct {
	Layout
	Problem *Problem
	LoginID string // as typed
	Sent    bool
}

// Kinds of LinkPage.
const (
	LinkNotMe  = "not-me"
	LinkUnlock = "unlock"
	LinkEmail  = "email"
)

// LinkPage asks for one press of a button, behind a mailed link.
type LinkPage struct {
	Layout
	Kind     string
	Action   string // where the form goes
	Name     string
	LoginID  string
	Customer string
	Email    string            // for LinkEmail: the new address
	Done     bool              // it was pressed
	Does     portico.NotMeStep // for LinkNotMe: what the button does; once pressed, what it did
	Told     bool              // for LinkNotMe, once pressed: there were administrators to be told
}

// RecoveryCodesPage is /account/recovery-codes: the codes once, behind the
// gate; later how many are left.
type RecoveryCodesPage struct {
	Layout
	Codes     []string // until they were saved
	Left      int
	Few       bool
	TwoFactor portico.TwoFactor
}

// Place is a session or a remembered browser.
type Place struct {
	ID      string
	Browser string
	Address string
	Since   time.Time
	Seen    time.Time
	Until   time.Time // of a remembered browser
	This    bool
}

// SessionsPage is /account/sessions.
type SessionsPage struct {
	Layout
	Sessions []Place
	Browsers []Place
	Others   bool // there is more than this session
}

// ActivatePage is /activate/{token}.
type ActivatePage struct {
	Layout
	Problem  *Problem
	Action   string // where the form goes
	Name     string
	Customer string
	LoginID  string // as typed, or proposed by the administrator
	Least    int    // characters of a password
}

// NewPasswordPage is /password/{token}.
type NewPasswordPage struct {
	Layout
	Problem *Problem
	Action  string
	Name    string
	LoginID string
	Least   int // characters of a password
}

// SetupPage is /setup/{token}, shown while nobody exists.
type SetupPage struct {
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
	Least        int // characters of a password
}

// AccountPage is /account, and with Setup the same page in the middle of
// switching 2FA on.
type AccountPage struct {
	Layout
	Problem   *Problem // about the code
	User      portico.User
	TwoFactor portico.TwoFactor
	Setup     *Setup // nil: not setting up
	Guessed   time.Time
	NewEmail  NewEmail
	Enforced  bool // 2FA is required, and cannot be switched off

	Codes        []string // recovery codes, until they were saved
	RecoveryLeft int
	RecoveryFew  bool
}

// NewEmail is an address that counts once its link was opened; the zero value
// is none.
type NewEmail struct {
	Email string
	Until time.Time
}

// Setup is a set-up in progress: a new key to scan, or (QR is nil) a kept key
// to prove with one code.
type Setup struct {
	QR      *QR
	Key     string // in groups of four
	URI     string // otpauth: link for the phone at hand
	Issuer  string
	LoginID string
	Moving  bool // replaces a working authenticator, which stays valid until then
}

// QR is a QR code as one SVG path on a Size x Size grid, its quiet zone of 4
// modules included.
type QR struct {
	Size int
	Path string
}

// RequiredPage is /account/two-factor/required: what somebody has to do before
// anything else.
type RequiredPage struct {
	Layout
	Customer string
	Kept     bool // a setup is there, and switched off
	Reset    bool // an administrator has deleted the one that was there
}

// DeleteOwnPage is the confirmation of the trash can.
type DeleteOwnPage struct {
	Layout
}

// ProfilePage is /account/profile.
type ProfilePage struct {
	Layout
	Problem   *Problem
	FirstName string
	LastName  string
	Email     string
}

// PasswordPage is /account/password.
type PasswordPage struct {
	Layout
	Problem *Problem
	LoginID string // for password managers
	Least   int    // characters of a password
}

// ConfirmPage is /confirm: it is you who is sitting there.
type ConfirmPage struct {
	Layout
	Problem   *Problem
	LoginID   string
	Issuer    string
	NeedsCode bool
	Recovers  bool // by a recovery code in place of a code
	Next      string
	Form      string // the form that goes on afterwards, sealed; "" when a page comes
	What      string // key of what is about to be changed, see confirm.html; "" for nothing
	Whom      string // the person, customer or file that it is about
}

// NewUserPage is /administration/access/new.
type NewUserPage struct {
	Layout
	Problem   *Problem
	FirstName string
	LastName  string
	Email     string
	Labels    string // as typed
	Role      portico.Role
	Roles     []portico.Role
}

// UserPage is /administration/access/{user}: one person, as an administrator
// may see and change them.
type UserPage struct {
	Layout
	Problem      *Problem
	User         portico.User
	Self         bool
	Address      string // of this page; the forms go below it
	Manages      bool   // may edit, suspend, invite this person
	SendsLinks   bool   // may send a password link to this person
	EndsSessions bool   // may end the log-ins of this person
	Locked       bool   // this person has to wait, after failed attempts
	Resets       bool   // may delete this person's 2FA setup, and there is one
	FirstName    string // as typed
	LastName     string
	Email        string
	Labels       string
	Role         portico.Role
	Roles        []portico.Role
	InviteEnds   time.Time // for invited people
	MailDelay    portico.MailDelay

	Required time.Time // from when on the policy asks for 2FA, an exemption apart; zero for never
	Exempt   bool      // from that, now
	Exempts  bool      // the reader may say so
}

// MessagePage says what went wrong and where to go on: 404, 403, used links,
// 500 and the like.
type MessagePage struct {
	Layout
	Text      string
	LinkText  string
	LinkURL   string
	RequestID string // for the log; "" when it helps nobody
}

func (LoginPage) template() string         { return "login" }
func (CodePage) template() string          { return "code" }
func (RecoveryPage) template() string      { return "recovery" }
func (ForgotPage) template() string        { return "forgot" }
func (LinkPage) template() string          { return "link" }
func (RecoveryCodesPage) template() string { return "recovery-codes" }
func (SessionsPage) template() string      { return "sessions" }
func (ActivatePage) template() string      { return "activate" }
func (NewPasswordPage) template() string   { return "new-password" }
func (SetupPage) template() string         { return "setup" }
func (AccountPage) template() string       { return "account" }
func (RequiredPage) template() string      { return "required" }
func (DeleteOwnPage) template() string     { return "delete-own" }
func (ProfilePage) template() string       { return "profile" }
func (PasswordPage) template() string      { return "password" }
func (ConfirmPage) template() string       { return "confirm" }
func (NewUserPage) template() string       { return "new-user" }
func (UserPage) template() string          { return "user" }
func (MessagePage) template() string       { return "message" }
