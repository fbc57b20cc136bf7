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

// Beside returns the sentence to show beside a field: "" if the alert above the form
// is the same one.
func (p *Problem) Beside(name string) string {
	if wrong := p.Field(name); wrong != "" && wrong != p.Text {
		return wrong
	}
	return ""
}

// DescribedBy returns the ID of the element with the sentence about a field: that beside
// it, or the alert. It returns "" if the field is not wrong.
func (p *Problem) DescribedBy(name string) string {
	switch {
	case p.Field(name) == "":
		return ""
	case p.Beside(name) == "":
		return "alert"
	}
	return name + "-wrong"
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

func (MessagePage) template() string { return "message" }
