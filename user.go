package portico

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// UserID identifies a person. It never changes; login IDs and names can.
type UserID string

// Status says whether a person may log in.
type Status string

const (
	Invited   Status = "invited"   // has a link, but no password yet
	Active    Status = "active"    // may log in
	Suspended Status = "suspended" // may not log in until reactivated
)

// String returns the word in English.
func (s Status) String() string { return string(s.Text()) }

// Text returns the word that pages show.
func (s Status) Text() Text {
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

// TwoFactor is the state of a person's authenticator, as far as others may know
// it. Log-in reads the state from the authenticator itself. Lists filter by a
// copy, which decides nothing.
type TwoFactor string

const (
	TwoFactorNone     TwoFactor = "none"     // not set up
	TwoFactorEnabled  TwoFactor = "enabled"  // asked for at each log-in
	TwoFactorDisabled TwoFactor = "disabled" // set up, but switched off
)

// Text returns the words that the list of people shows.
func (t TwoFactor) Text() Text {
	switch t {
	case TwoFactorEnabled:
		return "2FA enabled"
	case TwoFactorDisabled:
		return "2FA disabled"
	}
	return "2FA not Enabled"
}

// MailDelay says since when a mail to a person could not be sent, and when it
// is tried again. Both are zero if no mail is delayed.
type MailDelay struct{ Since, Next time.Time }

// MailRefusal says when a mail server refused a mail to a person for good, and
// why. It is zero if it takes mails to the person's address.
type MailRefusal struct {
	At     time.Time
	Reason string
}

// TwoFactorText returns what the list of people shows for a person: the text
// of TwoFactor, with a note if a 2FA reset requires the person to set up 2FA.
func (u User) TwoFactorText() Text {
	if u.EnrolmentPending && u.TwoFactor != TwoFactorEnabled {
		return "2FA not Enabled (must set up)"
	}
	return u.TwoFactor.Text()
}

// User is a person who can log in, or is invited to.
type User struct {
	ID         UserID
	CustomerID CustomerID
	LoginID    string // empty if the person is invited and has not chosen one yet
	FirstName  string
	LastName   string // empty for people with one name
	Email      string
	Role       Role
	Labels     []string
	Language   string // as a BCP 47 tag; empty if the person has chosen none
	Status     Status
	TwoFactor  TwoFactor
	Passkey    PasskeyState

	// PasswordExpired is set by "This wasn't me". The password is no longer
	// accepted until the person chooses a new one by a mailed link.
	PasswordExpired bool

	// EnrolmentPending is set by a 2FA reset whose rule sets ResetCode: the next
	// log-in also needs a reset code, and allows nothing but setting up 2FA.
	// Enabling 2FA clears it.
	EnrolmentPending bool

	// ExemptUntil is until when the customer's policy does not require 2FA of
	// this person. It is zero if there is no exemption.
	ExemptUntil  time.Time
	ExemptReason string

	CreatedAt   time.Time
	LastLoginAt time.Time // zero if the person has never logged in
}

// MaxLabels is the largest number of labels of a person.
const MaxLabels = 20

// Name returns the first and last name, or the one name.
func (u User) Name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// Validate returns an Invalid error that names each bad field: first_name,
// last_name, email, role, labels. The last name may be empty. Login IDs have their own rules; see
// CanonicalLoginID in package auth.
func (u User) Validate() error {
	p := problems{}
	p.put("first_name", asksFirstName.check(u.FirstName))
	if u.LastName != "" { // people with one name have none
		p.put("last_name", asksLastName.check(u.LastName))
	}
	p.add("email", checkEmail(u.Email))
	if !u.Role.Valid() {
		p.add("role", "Choose one of the roles in the list.")
	}
	if len(u.Labels) > MaxLabels {
		p.add("labels", "Enter at most {0} labels.", MaxLabels)
	}
	for _, l := range u.Labels {
		p.put("labels", asksLabel.check(l))
	}
	return p.err()
}

// NameAndLogin returns the name with the login ID in brackets, if there is one,
// as people are named to others.
func (u User) NameAndLogin() string {
	if u.LoginID == "" {
		return u.Name()
	}
	return u.Name() + " (" + u.LoginID + ")"
}

// ParseLabels splits a typed list at commas and semicolons. It trims the labels
// and drops empty and repeated ones.
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

// asks holds what a text must be: at least one visible and at most most characters,
// none of them a control character. The texts ask for it.
type asks struct {
	most                        int
	printable, visible, shorter Text
}

var (
	asksFirstName     = asks{100, "Enter the first name without control characters.", "Enter the first name.", "Enter the first name in at most {0} characters."}
	asksLastName      = asks{100, "Enter the last name without control characters.", "Enter the last name, or leave it empty.", "Enter the last name in at most {0} characters."}
	asksLabel         = asks{50, "Enter each label without control characters.", "Enter each label.", "Enter each label in at most {0} characters."}
	asksName          = asks{100, "Enter a name without control characters.", "Enter a name.", "Enter a name in at most {0} characters."}
	asksAuthenticator = asks{60, "Enter the name without control characters.", "Enter a name, such as the device that it is on.", "Enter the name in at most {0} characters."}
	asksBrand         = asks{60, "Enter a brand name without control characters.", "Enter a brand name.", "Enter a brand name in at most {0} characters."}
)

// check returns the zero Message if s is valid, and otherwise what to enter.
func (a asks) check(s string) Message {
	switch {
	case !Printable(s):
		return Say(a.printable)
	case !Visible(s):
		return Say(a.visible)
	case utf8.RuneCountInString(s) > a.most:
		return Say(a.shorter, a.most)
	}
	return Message{}
}

// Visible reports whether anything of a text can be seen. What somebody has to
// answer for, such as a name, a reason or a proof, is more than blanks.
func Visible(s string) bool { return strings.ContainsFunc(s, visible) }

// visible reports whether a character can be seen by itself.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != 0x2800 && // the empty Braille pattern
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Printable reports whether s is one line of valid UTF-8 without characters
// that hide or reorder others.
func Printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unprintable)
}

// unprintable reports whether a character can hide or reorder text: control
// characters, direction overrides and the like.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0x2028 || r == 0x2029
}

// IsEmail reports whether s is a bare email address, of at most 254 characters.
func IsEmail(s string) bool { return checkEmail(s) == "" }

// checkEmail returns "" if s is valid, and otherwise a sentence. It accepts a
// bare RFC 5321 address of at most 254 characters, whose domain is localhost or
// contains one of the dots of IDNA.
func checkEmail(s string) Text {
	const ask = "Enter an email address such as name@example.com."
	if len(s) > 254 || !Printable(s) || strings.ContainsAny(s, " <>\"(),;:\\") {
		return ask
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return ask
	}
	if domain := s[strings.LastIndexByte(s, '@')+1:]; !strings.ContainsAny(domain, ".。．｡") && !strings.EqualFold(domain, "localhost") {
		return "Enter the whole email address: after the @ comes a domain with a dot, such as example.com."
	}
	return ""
}

// CheckReason returns an Invalid error unless a reason has visible text, at most
// 200 characters and one line. ask is the text of the error if there is none.
func CheckReason(reason string, ask Text) error {
	switch {
	case !Visible(reason):
		return FieldError("reason", ask)
	case utf8.RuneCountInString(reason) > 200 || !Printable(reason):
		return FieldError("reason", "Enter the reason in at most 200 characters, on one line.")
	}
	return nil
}
