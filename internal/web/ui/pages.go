package ui

import (
	"time"

	"portico"
	"portico/internal/locale"
)

// Page is implemented by the page structs of this package. Each holds what its
// page shows and nothing else.
type Page interface {
	template() string // name of its file in templates/page, without .html
	In() locale.Language
}

// Name returns the name of a page, which is the name of its template.
func Name(p Page) string { return p.template() }

// Layout is the part that all pages have in common.
type Layout struct {
	Title  string // names the page; the browser's title adds the brand
	Brand  string // the customer's own brand, else the provider's, else "Portico"
	Logo   string // address of the logo; "" if there is none
	Mark   string // in place of a logo, the initials of the brand; "" for the portal's own mark
	Accent string // address of the stylesheet for the accent colour; "" for the portal's own
	Here   string // address of the current menu entry, such as /account
	Notice string // key of the sentence to show after a change, see notices
	About  string // whom or what the notice is about; "" if that is not known
	Person *Person
	NoMail bool // no mail server is set, so that nobody is mailed

	Base    string // base address of the administration that the page belongs to
	Entered string // name of the customer that an operator administers; "" otherwise
	Waiting int    // open requests to delete a 2FA setup there that the reader may see

	OpenAt, OpenPage string // base URL and this page there, if a page without a session is opened over http and that is https

	Return string // address of this page, to which the choice of a language leads back; "" for no choice

	Language locale.Language // the reader's; "" is English
	Zone     *time.Location  // the reader's; nil if it is not known, and then days and times are in UTC
}

// In returns the language that the page is in.
func (l Layout) In() locale.Language { return locale.First(l.Language) }

// Local returns a time in the reader's zone. Everything that a page shows of days
// and times passes through it.
func (l Layout) Local(t time.Time) time.Time {
	if l.Zone == nil {
		return t.UTC()
	}
	return t.In(l.Zone)
}

// ZoneName returns the name of the zone that days and times are in.
func (l Layout) ZoneName() string {
	if l.Zone == nil {
		return "UTC"
	}
	return l.Zone.String()
}

// Person is the person who is logged in. Layout.Person is nil on pages without
// a session.
type Person struct {
	Name               string
	Initials           string // at most two letters
	LoginID            string
	Customer           string
	SeesPeople         bool // has Administration and Access in the menu
	SeesAudit          bool
	SetsPolicy         bool
	SetsProviderAccess bool // has the page for provider access in the menu

	SeesCustomers bool // has Customers in the menu
	MustEnrol     bool // has nothing in the menu until 2FA is set up

	Due        time.Time // when 2FA or a passkey becomes required; zero if it is not, or is already
	DuePasskey bool      // it is a passkey
	DaysLeft   int       // until then
	Zone       string    // in which they are counted
	Kept       bool      // there is a setup, and it is disabled
}

// Problem is why a form was rejected: one sentence for the whole form
// (role="alert"), and one for each field that needs another value. It is nil if
// nothing is wrong.
type Problem struct {
	Text   string
	Fields map[string]string
	told   *portico.Error // what both were translated from, if they were
}

// ProblemOf returns what a form shows of an error, in a language.
func ProblemOf(l locale.Language, told *portico.Error) *Problem {
	p := &Problem{Text: l.Say(told.Message), told: told}
	for field, m := range told.Fields {
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[field] = l.Say(m)
	}
	return p
}

// In returns the Problem in another language. One that ProblemOf did not make stays as
// it is.
func (p *Problem) In(l locale.Language) *Problem {
	if p == nil || p.told == nil {
		return p
	}
	return ProblemOf(l, p.told)
}

// Field returns the sentence for a field, "" if there is none. It may be called
// on nil, so that templates need no check.
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
	Next    string // local path to redirect to afterwards; "" for the start page
	Empty   bool   // the portal has no users yet

	Passkeys bool // people can log in with a passkey
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

// LoginDevice is a session or a remembered device.
type LoginDevice struct {
	ID      string
	Browser portico.Message
	Address string
	Since   time.Time
	Seen    time.Time
	Until   time.Time // of a remembered device
	This    bool
}

// SessionsPage is /account/sessions.
type SessionsPage struct {
	Layout
	Sessions []LoginDevice
	Browsers []LoginDevice
	Others   bool // there are other sessions than this one
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

// AccountPage is /account. With Enrolment it is the same page during enrolment.
type AccountPage struct {
	Layout
	Problem   *Problem // with the code
	User      portico.User
	TwoFactor portico.TwoFactor
	Enrolment *Enrolment // nil outside an enrolment
	Guessed   time.Time
	NewEmail  NewEmail
	Enforced  bool // 2FA is required and cannot be disabled

	Codes        []string // recovery codes, until they were saved
	RecoveryLeft int
	RecoveryFew  bool
	Unsaved      bool      // the person has not said yet that the codes are saved
	RescueUntil  time.Time // until then, a new phone may replace the lost one without another code; zero if never

	Authenticators []portico.Authenticator
	AddsApp        bool // there may be another authenticator app
	AddsPasskey    bool // there may be another passkey
	PasskeyOnly    bool // the policy requires a passkey, and codes of apps open nothing
	PasskeySecond  bool // the policy lets no passkey be the whole log-in
}

// Apps counts the authenticator apps.
func (p AccountPage) Apps() int { return portico.AuthenticatorTOTP.In(p.Authenticators) }

// Passkeys counts the passkeys.
func (p AccountPage) Passkeys() int { return portico.AuthenticatorPasskey.In(p.Authenticators) }

// Several reports whether a person has more than one authenticator, so that each
// can be moved and deleted on its own.
func (p AccountPage) Several() bool { return len(p.Authenticators) > 1 }

// NewEmail is an email address that takes effect once its link is opened. The
// zero value means that there is none.
type NewEmail struct {
	Email string
	Until time.Time
}

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
}

// AuthenticatorPage is /account/authenticators/{id}, where its user names it.
type AuthenticatorPage struct {
	Layout
	Problem *Problem
	Address string // of this page
	Name    string // as typed
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
	Least   int    // minimum length of a password
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

	NoApp   bool   // the person has no authenticator app
	Passkey string // options for the browser; "" without a passkey that works here
}

// ActivationLinkPage shows activation links, once, where no mail server is set.
type ActivationLinkPage struct {
	Layout
	Links []ActivationLink // at least one
	Back  string
}

// ActivationLink is the activation link of one person.
type ActivationLink struct {
	User  portico.User
	Link  string
	Until time.Time
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

	LanguageCode string // of the user's language; "" if none is chosen
}

// UserPage is /administration/access/{user}: one person, with what the reader
// may see and change.
type UserPage struct {
	Layout
	Problem      *Problem
	User         portico.User
	Self         bool
	Address      string            // of this page; its forms are sent to addresses below it
	Manages      bool              // may edit, suspend and invite this person
	SendsLinks   bool              // may send a password link to this person
	EndsSessions bool              // may end the sessions of this person
	Locked       bool              // this person must wait, after failed attempts
	List         string            // address of the list, as the reader left it
	Resets       bool              // may reset this person's 2FA, and there is something to reset
	Rule         portico.ResetRule // for that
	MustEnrol    bool              // after it, the person can only set up 2FA
	LoginID      string            // values of the form, as typed
	FirstName    string
	LastName     string
	Email        string
	Labels       string
	Role         portico.Role
	Roles        []portico.Role
	LanguageCode string    // of the user's language; "" if none is chosen
	InviteEnds   time.Time // for invited people
	MailDelay    portico.MailDelay
	Refusal      portico.MailRefusal

	Authenticators []portico.Authenticator // empty if the reader may not know
	RecoveryLeft   int                     // recovery codes, if there are authenticators
	Request        string                  // address of the open request to delete the setup; "" if there is none
	Sessions       int                     // if EndsSessions
	LastSeen       time.Time               // in the session that was used last
	Events         []EventRow
	AuditURL       string // of the audit log, filtered to this person; "" if there is nothing to filter by

	Required time.Time // when the policy requires 2FA, apart from exemptions; zero for never
	Exempt   bool      // exempt from that now
	Exempts  bool      // the reader may grant an exemption
}

// MessagePage says what went wrong and where to continue. It is used for 404,
// 403, used links, 500 and the like.
type MessagePage struct {
	Layout
	Text      string
	LinkText  string
	LinkURL   string
	RequestID string // to find the request in the log; "" if the page tells of no error
}

func (LoginPage) template() string               { return "login" }
func (CodePage) template() string                { return "code" }
func (RecoveryPage) template() string            { return "recovery" }
func (ForgotPage) template() string              { return "forgot" }
func (LinkPage) template() string                { return "link" }
func (RecoveryCodesPage) template() string       { return "recovery-codes" }
func (SessionsPage) template() string            { return "sessions" }
func (ActivatePage) template() string            { return "activate" }
func (NewPasswordPage) template() string         { return "new-password" }
func (FirstRunPage) template() string            { return "first-run" }
func (AccountPage) template() string             { return "account" }
func (RequiredPage) template() string            { return "required" }
func (PasskeyPage) template() string             { return "passkey" }
func (DeleteOwnPage) template() string           { return "delete-own" }
func (AuthenticatorPage) template() string       { return "authenticator" }
func (DeleteAuthenticatorPage) template() string { return "delete-authenticator" }
func (ProfilePage) template() string             { return "profile" }
func (PasswordPage) template() string            { return "password" }
func (ConfirmPage) template() string             { return "confirm" }
func (ActivationLinkPage) template() string      { return "activation-link" }
func (NewUserPage) template() string             { return "new-user" }
func (UserPage) template() string                { return "user" }
func (MessagePage) template() string             { return "message" }
