package ui

import (
	"time"

	"portico"
)

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

	Required        time.Time // when the policy requires 2FA, apart from exemptions; zero for never
	PasskeyRequired time.Time // and a passkey
	Exempt          bool      // exempt from that now
	Exempts         bool      // the reader may grant an exemption
}

func (ActivationLinkPage) template() string { return "activation-link" }
func (NewUserPage) template() string        { return "new-user" }
func (UserPage) template() string           { return "user" }
