package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	text "text/template"
	"time"

	"portico/internal/locale"
)

// Kind is what a mail is about.
type Kind string

// The kinds of mail. Each has a subject and a body in templates/mails.txt.
const (
	Welcome              Kind = "welcome"
	PasswordLink         Kind = "password-link"
	PasswordChanged      Kind = "password-changed"
	EmailAsked           Kind = "email-asked"      // to the current address: a new one was entered
	EmailConfirm         Kind = "email-confirm"    // to the new address
	EmailChanged         Kind = "email-changed"    // to the old address: the user has confirmed the new one
	EmailReplaced        Kind = "email-replaced"   // to the old address: another actor has changed it
	LoginIDChanged       Kind = "login-id-changed" // another actor has changed it
	UserDeleted          Kind = "user-deleted"     // to administrators: somebody above user was deleted
	AddressReported      Kind = "address-reported" // to administrators: the link in EmailReplaced was used
	TwoFactorEnabled     Kind = "two-factor-enabled"
	TwoFactorDisabled    Kind = "two-factor-disabled"
	TwoFactorDeleted     Kind = "two-factor-deleted"
	TwoFactorReplaced    Kind = "two-factor-replaced"
	AuthenticatorAdded   Kind = "authenticator-added"
	AuthenticatorRenamed Kind = "authenticator-renamed"
	AuthenticatorDeleted Kind = "authenticator-deleted"
	PasskeyCopied        Kind = "passkey-copied"   // the sign count of a passkey went back
	PasskeyUsedAnew      Kind = "passkey-used"     // in a browser that is new to the account
	TwoFactorReset       Kind = "two-factor-reset" // the setup was deleted by an administrator
	// The next log-in needs a reset code: it is in the mail (Code), or the
	// administrator hands it over (Held).
	TwoFactorResetCode        Kind = "two-factor-reset-code"
	TwoFactorResetHeld        Kind = "two-factor-reset-held"
	TwoFactorResetRequested   Kind = "reset-asked"  // a request waits
	TwoFactorResetCallCode    Kind = "reset-call"   // a code to read to the help desk on the phone
	TwoFactorResetWaiting     Kind = "reset-waits"  // to those who may approve a request
	AccountFrozen             Kind = "reset-frozen" // this and the next three: to administrators
	TwoFactorResetRateLimited Kind = "reset-stopped"
	TwoFactorResetSuspicious  Kind = "reset-flagged"
	ResetPolicyRelaxed        Kind = "resets-relaxed"
	PasswordForgotten         Kind = "password-forgotten"
	LoginIDsForgotten         Kind = "login-ids-forgotten" // PasswordForgotten for an address with several accounts
	PasswordUnauthorized      Kind = "password-not-me"     // after "This wasn't me"
	PasswordEnded             Kind = "password-ended"      // after a log-in with a password that has ended
	RecoveryCreated           Kind = "recovery-created"
	RecoveryUsed              Kind = "recovery-used"
	CodesGuessed              Kind = "codes-guessed"       // codes are guessed with the right password
	PasskeyRefused            Kind = "passkey-refused"     // passkeys are refused that no password came with
	PasswordGuessed           Kind = "password-guessed"    // with a link that makes a device known
	UnauthorizedActivity      Kind = "not-me"              // to administrators
	GuessingAlert             Kind = "portal-alarm"        // to operators
	TwoFactorAhead            Kind = "two-factor-ahead"    // 2FA or a passkey will be required
	TwoFactorReminder         Kind = "two-factor-reminder" // an administrator asks for it
	AuditCheckpoint           Kind = "audit-checkpoint"    // to administrators, for safekeeping
	// To the customer's administrators and to operators.
	CustomerDeletionRequested Kind = "customer-deletion"
	CustomerDeletionCancelled Kind = "customer-deletion-cancelled"
)

// Kinds holds every kind of mail.
var Kinds = []Kind{
	Welcome, PasswordLink, PasswordChanged, EmailAsked, EmailConfirm, EmailChanged, EmailReplaced, AddressReported, LoginIDChanged, UserDeleted,
	TwoFactorEnabled, TwoFactorDisabled,
	TwoFactorDeleted, TwoFactorReplaced, AuthenticatorAdded, AuthenticatorRenamed, AuthenticatorDeleted, PasskeyCopied, PasskeyUsedAnew, TwoFactorReset, PasswordForgotten, LoginIDsForgotten, PasswordUnauthorized, PasswordEnded, RecoveryCreated, RecoveryUsed,
	CodesGuessed, PasskeyRefused, PasswordGuessed, UnauthorizedActivity, GuessingAlert, TwoFactorAhead, TwoFactorReminder, AuditCheckpoint,
	TwoFactorResetCode, TwoFactorResetHeld, TwoFactorResetRequested, TwoFactorResetCallCode, TwoFactorResetWaiting, AccountFrozen, TwoFactorResetRateLimited, TwoFactorResetSuspicious, ResetPolicyRelaxed,
	CustomerDeletionRequested, CustomerDeletionCancelled,
}

// told holds the kinds that report an event which may be unauthorized activity.
// They have a "This wasn't me" link.
var notifications = map[Kind]bool{
	PasswordChanged: true, LoginIDChanged: true, EmailAsked: true, EmailChanged: true, EmailReplaced: true, TwoFactorEnabled: true, TwoFactorDisabled: true, TwoFactorDeleted: true,
	TwoFactorReplaced: true, AuthenticatorAdded: true, AuthenticatorRenamed: true, AuthenticatorDeleted: true, PasskeyCopied: true, PasskeyUsedAnew: true, TwoFactorReset: true, RecoveryCreated: true, RecoveryUsed: true, CodesGuessed: true, PasskeyRefused: true,
	TwoFactorResetCode: true, TwoFactorResetHeld: true, TwoFactorResetRequested: true, TwoFactorResetCallCode: true,
}

// warnings are the kinds that warn administrators or operators.
var warnings = map[Kind]bool{
	AddressReported: true, TwoFactorResetWaiting: true, AccountFrozen: true, TwoFactorResetRateLimited: true, TwoFactorResetSuspicious: true, ResetPolicyRelaxed: true,
	UnauthorizedActivity: true, GuessingAlert: true, AuditCheckpoint: true, UserDeleted: true, CustomerDeletionRequested: true, CustomerDeletionCancelled: true,
}

// Protects reports whether mails of a kind protect somebody, and hold nothing
// that lets anybody in: they reach the addresses from before, too. That an address
// was replaced is told to that one alone: it would have strangers mailed without
// end.
func Protects(k Kind) bool {
	return (notifications[k] || warnings[k]) && !coded[k] && k != EmailReplaced
}

// coded holds the kinds that need a code.
var coded = map[Kind]bool{TwoFactorResetCode: true, TwoFactorResetCallCode: true}

// linked holds the kinds that need a link.
var linked = map[Kind]bool{
	Welcome: true, EmailConfirm: true, PasswordLink: true, PasswordForgotten: true, PasswordUnauthorized: true, PasswordEnded: true,
	PasswordGuessed: true, TwoFactorResetWaiting: true,
}

// Data is what the texts may contain. It must never hold a password or a key of
// an authenticator.
type Data struct {
	Language        locale.Language // of the recipient; "" is English
	Brand           string          // name of the portal for its users
	Customer        string
	Name            string // of the recipient
	LoginID         string
	Link            string    // one-time link, for the kinds in linked
	Until           time.Time // expiry of the link or code, or end of a period
	At              time.Time // time of the event
	Address         string    // network address of the actor; "" omits the line
	Browser         string    // in English
	By              string    // who acted, if not the recipient
	Reason          string
	UnauthorizedURL string    // "This wasn't me" link
	Named           string    // the authenticator that was changed, or how it is named now
	Only            bool      // it is the only one
	Alone           bool      // what was added may be a whole log-in, without the password
	Whom            string    // whom a mail to administrators is about
	CodesLeft       int       // recovery codes
	LastCode        bool      // the last recovery code was used
	Code            string    // reset code, or code to read to the help desk
	Phrase          string    // help-desk phrase
	Required        time.Time // when 2FA or a passkey becomes required
	Passkey         bool      // it is a passkey
	PasskeyFrom     time.Time // when a passkey becomes required after 2FA; zero if none does
	Already         bool      // it is required now; with a day for a passkey, 2FA is
	Days            int       // days until Required
	PortalURL       string
	Earlier         bool   // it goes to an address that the account had before
	Frozen          bool   // to administrators: the account was, until they reactivate it
	Replaced        bool   // to administrators: it was said from such an address
	Changed         bool   // to administrators: the account was changed lately, and cannot approve yet
	Base            string // path of the customer that the mail is about; "" for the recipient's own customer

	PasswordEnded bool   // the present password lets nobody in
	Authenticator bool   // one was set up lately that may be somebody else's
	Passkeys      string // the passkeys that were added lately, by name; "" for none

	Accounts []AccountData // of the recipient's address, for LoginIDsForgotten

	Checkpoint string // signed checkpoint of the audit log
	Key        string // public key that verifies Checkpoint
}

// AccountData is one of several accounts with the same address.
type AccountData struct {
	LoginID  string
	Customer string
	Link     string // to choose a new password; "" if several were mailed lately
}

//go:embed templates
var files embed.FS

// mails are the subjects and bodies in a language, parsed when the first mail in it
// is written.
var mails = locale.Each(func(l locale.Language) (*text.Template, error) {
	source, err := files.ReadFile("templates/mails.txt")
	if err != nil {
		return nil, fmt.Errorf("reading the mails: %w", err)
	}
	folded, err := locale.Fold(l, string(source))
	if err != nil {
		return nil, fmt.Errorf("reading the mails in %s: %w", l.Name(), err)
	}
	return text.New("").Funcs(l.Funcs()).Funcs(text.FuncMap{"when": when(l), "day": day(l)}).Parse(folded)
})

var layout = template.Must(template.ParseFS(files, "templates/layout.html"))

func when(l locale.Language) func(time.Time) string {
	return func(t time.Time) string { return l.Time(t.UTC(), locale.Minute) + " UTC" }
}

// day formats a day. One that was chosen in another zone than UTC has its time.
func day(l locale.Language) func(time.Time) string {
	return func(t time.Time) string {
		if t = t.UTC(); t.Hour() != 0 || t.Minute() != 0 {
			return l.Time(t, locale.DayAndTime) + " UTC"
		}
		return l.Time(t, locale.Day)
	}
}

// paragraph is a paragraph of text, or a link on a line of its own.
type paragraph struct {
	Text  string
	Link  string
	Label string // text of the link's button in HTML
}

// Check returns an error unless a mail of this kind can be written from d.
func Check(kind Kind, d Data) error {
	texts, err := mails(d.Language)
	if err != nil {
		return err
	}
	if texts.Lookup(string(kind)+".body") == nil {
		return fmt.Errorf("there is no mail %q", kind)
	}
	if d.Brand == "" || d.Name == "" || notifications[kind] && d.UnauthorizedURL == "" || linked[kind] && (d.Link == "" || d.Until.IsZero()) || coded[kind] && d.Code == "" {
		return fmt.Errorf("the mail %q lacks what it has to say", kind)
	}
	return nil
}

// Compose writes a mail. The HTML part has the same paragraphs as the plain
// text. It returns an error under the same conditions as Check.
func Compose(kind Kind, to string, d Data) (Message, error) {
	if err := Check(kind, d); err != nil {
		return Message{}, err
	}
	in := locale.First(d.Language)
	d = chosen(d)
	subject, err := execute(string(kind)+".subject", d)
	if err != nil {
		return Message{}, err
	}
	body, err := execute(string(kind)+".body", d)
	if err != nil {
		return Message{}, err
	}
	var paragraphs []paragraph
	for _, p := range strings.Split(body, "\n\n") {
		p = strings.TrimSpace(p)
		switch p {
		case "":
		case d.UnauthorizedURL:
			paragraphs = append(paragraphs, paragraph{Link: p, Label: in.Text("This wasn't me")})
		case d.Link:
			paragraphs = append(paragraphs, paragraph{Link: p, Label: in.Text("Open the page")})
		default:
			next := paragraph{Text: p}
			if slices.ContainsFunc(d.Accounts, func(a AccountData) bool { return a.Link == p }) {
				next = paragraph{Link: p, Label: in.Text("Choose a new password")}
			}
			paragraphs = append(paragraphs, next)
		}
	}
	var b bytes.Buffer
	if err := layout.ExecuteTemplate(&b, "layout.html", map[string]any{"Language": in, "Subject": subject, "Brand": d.Brand, "Paragraphs": paragraphs}); err != nil {
		return Message{}, fmt.Errorf("writing the mail %q: %w", kind, err)
	}
	return Message{To: to, Name: d.Name, Language: string(in), Subject: oneLine(subject), Text: asText(paragraphs), HTML: b.String()}, nil
}

func execute(name string, d Data) (string, error) {
	texts, err := mails(d.Language)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := texts.ExecuteTemplate(&b, name, d); err != nil {
		return "", fmt.Errorf("writing the mail: %w", err)
	}
	return b.String(), nil
}

func asText(paragraphs []paragraph) string {
	var b strings.Builder
	for _, p := range paragraphs {
		b.WriteString(p.Text + p.Link + "\n\n")
	}
	return b.String()
}
