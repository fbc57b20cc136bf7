package portico

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// UserID identifies a person for good; login IDs and names may change.
type UserID string

// Status says whether a person may log in.
type Status string

const (
	Invited   Status = "invited"   // has a link, no password yet
	Active    Status = "active"    // may log in
	Suspended Status = "suspended" // may not, until reactivated
)

// String returns the word that people read.
func (s Status) String() string {
	switch s {
	case Invited:
		return "Invited"
	case Active:
		return "Active"
	case Suspended:
		return "Suspended"
	}
	return "Unknown status"
}

// TwoFactor is the state of a person's authenticator, as far as others may
// know it. Log-in reads it from the factor itself; lists may find people by a
// copy of it, which decides nothing.
type TwoFactor string

const (
	TwoFactorNone     TwoFactor = "none"     // not set up
	TwoFactorEnabled  TwoFactor = "enabled"  // asked for at each log-in
	TwoFactorDisabled TwoFactor = "disabled" // set up, switched off
)

// Label returns the words of the list of people.
func (t TwoFactor) Label() string {
	switch t {
	case TwoFactorEnabled:
		return "2FA enabled"
	case TwoFactorDisabled:
		return "2FA disabled"
	}
	return "2FA not Enabled"
}

// MailDelay is since when a mail to somebody could not be sent, and when it is
// tried again; zero when there is none such.
type MailDelay struct{ Since, Next time.Time }

// TwoFactorLabel is the label of a person in the list of people: TwoFactor's,
// and whether a reset lets the person do nothing but set it up.
func (u User) TwoFactorLabel() string {
	if u.MustSetUp && u.TwoFactor != TwoFactorEnabled {
		return TwoFactorNone.Label() + " (must set up)"
	}
	return u.TwoFactor.Label()
}

// User is a person who logs in, or is invited to.
type User struct {
	ID         UserID
	CustomerID CustomerID
	LoginID    string // empty while invited without one
	FirstName  string
	LastName   string
	Email      string
	Role       Role
	Labels     []string
	Status     Status
	TwoFactor  TwoFactor

	// PasswordExpired is set by "This wasn't me": the password lets nobody in
	// any more, until a new one is chosen by mail.
	PasswordExpired bool

	// MustSetUp is set by a reset after which the password alone lets nobody
	// in: the next log-in needs a one-time code too, and opens the set-up of 2FA
	// alone. Enabling 2FA ends it.
	MustSetUp bool

	// ExemptUntil is until when the customer's policy does not ask this person
	// for 2FA; zero without an exemption.
	ExemptUntil  time.Time
	ExemptReason string

	CreatedAt   time.Time
	LastLoginAt time.Time // zero when never
}

// MaxLabels is how many labels a person may have.
const MaxLabels = 20

// Name returns first and last name.
func (u User) Name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// Validate returns an Invalid error that names each bad field: first_name,
// last_name, email, role, labels. The login ID has rules of its own, see
// CanonicalLoginID in package auth.
func (u User) Validate() error {
	p := problems{}
	p.add("first_name", checkText(u.FirstName, "the first name", 100))
	p.add("last_name", checkText(u.LastName, "the last name", 100))
	p.add("email", checkEmail(u.Email))
	if !u.Role.Valid() {
		p.add("role", "Choose one of the roles in the list.")
	}
	if len(u.Labels) > MaxLabels {
		p.add("labels", fmt.Sprintf("Enter at most %d labels.", MaxLabels))
	}
	for _, l := range u.Labels {
		p.add("labels", checkText(l, "each label", 50))
	}
	return p.err()
}

// ParseLabels splits what was typed at commas and semicolons, trims, and drops
// empty and repeated ones.
func ParseLabels(s string) []string {
	var labels []string
	seen := map[string]bool{}
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' }) {
		l = strings.TrimSpace(l)
		if key := strings.ToLower(l); l != "" && !seen[key] {
			seen[key] = true
			labels = append(labels, l)
		}
	}
	return labels
}

// checkText returns "" or a sentence that asks for what, in 1 to most
// characters.
func checkText(s, what string, most int) string {
	n := utf8.RuneCountInString(s)
	switch {
	case !Printable(s):
		return fmt.Sprintf("Enter %s without control characters.", what)
	case !strings.ContainsFunc(s, visible):
		return fmt.Sprintf("Enter %s.", what)
	case n > most:
		return fmt.Sprintf("Enter %s in at most %d characters.", what, most)
	}
	return ""
}

// visible reports whether a character leaves a mark of its own.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != 0x2800 && // an empty Braille pattern
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Printable reports whether a text is one line of valid UTF-8 without
// characters that hide or reorder others.
func Printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, notPrintable)
}

// notPrintable refuses what can hide or reorder text: control characters,
// direction overrides and the like.
func notPrintable(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0x2028 || r == 0x2029
}

// checkEmail returns "" or a sentence. It accepts a bare RFC 5321 address of at
// most 254 characters with a dot or not in its domain (localhost mail exists).
func checkEmail(s string) string {
	const ask = "Enter an e-mail address such as name@example.com."
	if len(s) > 254 || !Printable(s) || strings.ContainsAny(s, " <>\"(),;:\\") {
		return ask
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return ask
	}
	return ""
}
