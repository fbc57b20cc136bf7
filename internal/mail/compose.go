package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	text "text/template"
	"time"
)

// Kind is what a mail tells.
type Kind string

// The kinds of mail. Each has a subject and a body in templates/mails.txt.
const (
	Welcome           Kind = "welcome"
	PasswordLink      Kind = "password-link"
	PasswordChanged   Kind = "password-changed"
	EmailAsked        Kind = "email-asked"      // to the present address: a new one was entered
	EmailConfirm      Kind = "email-confirm"    // to the new one
	EmailChanged      Kind = "email-changed"    // to the old address: the person's new one counts
	EmailReplaced     Kind = "email-replaced"   // to the old address, by somebody else
	AddressReported   Kind = "address-reported" // to administrators: EmailReplaced was answered
	TwoFactorEnabled  Kind = "two-factor-enabled"
	TwoFactorDisabled Kind = "two-factor-disabled"
	TwoFactorDeleted  Kind = "two-factor-deleted"
	TwoFactorReplaced Kind = "two-factor-replaced"
	TwoFactorReset    Kind = "two-factor-reset" // deleted by an administrator
	// The next log-in needs a one-time code: in the mail, or from the administrator.
	TwoFactorResetCode Kind = "two-factor-reset-code"
	TwoFactorResetHeld Kind = "two-factor-reset-held"
	ResetAsked         Kind = "reset-asked"  // and waits
	ResetCall          Kind = "reset-call"   // a code to be read back by voice
	ResetWaits         Kind = "reset-waits"  // for approval; to who can give it
	ResetFrozen        Kind = "reset-frozen" // the rest to administrators
	ResetStopped       Kind = "reset-stopped"
	ResetFlagged       Kind = "reset-flagged"
	ResetsRelaxed      Kind = "resets-relaxed"
	PasswordForgotten  Kind = "password-forgotten"
	RecoveryCreated    Kind = "recovery-created"
	RecoveryUsed       Kind = "recovery-used"
	CodesGuessed       Kind = "codes-guessed"    // somebody knows the password
	PasswordGuessed    Kind = "password-guessed" // with a link that makes a browser known
	NotMe              Kind = "not-me"           // to administrators
	PortalAlarm        Kind = "portal-alarm"     // to operators
	TwoFactorAhead     Kind = "two-factor-ahead" // it will be required
	AuditCheckpoint    Kind = "audit-checkpoint" // to administrators, for them to keep
)

// Kinds lists all of them.
var Kinds = []Kind{
	Welcome, PasswordLink, PasswordChanged, EmailAsked, EmailConfirm, EmailChanged, EmailReplaced, AddressReported,
	TwoFactorEnabled, TwoFactorDisabled,
	TwoFactorDeleted, TwoFactorReplaced, TwoFactorReset, PasswordForgotten, RecoveryCreated, RecoveryUsed,
	CodesGuessed, PasswordGuessed, NotMe, PortalAlarm, TwoFactorAhead, AuditCheckpoint,
	TwoFactorResetCode, TwoFactorResetHeld, ResetAsked, ResetCall, ResetWaits, ResetFrozen, ResetStopped, ResetFlagged, ResetsRelaxed,
}

// told are the kinds that tell of something that may have been somebody else.
var told = map[Kind]bool{
	PasswordChanged: true, EmailAsked: true, EmailChanged: true, EmailReplaced: true, TwoFactorEnabled: true, TwoFactorDisabled: true, TwoFactorDeleted: true,
	TwoFactorReplaced: true, TwoFactorReset: true, RecoveryCreated: true, RecoveryUsed: true, CodesGuessed: true,
	TwoFactorResetCode: true, TwoFactorResetHeld: true, ResetAsked: true, ResetCall: true,
}

// coded are the kinds that are of no use without a code.
var coded = map[Kind]bool{TwoFactorResetCode: true, ResetCall: true}

// linked are the kinds that are of no use without a link.
var linked = map[Kind]bool{Welcome: true, EmailConfirm: true, PasswordLink: true, PasswordForgotten: true, PasswordGuessed: true, ResetWaits: true}

// Data is what the texts may hold: never a password or a key.
type Data struct {
	Brand     string // what people know the portal as
	Customer  string
	Name      string // of the person
	LoginID   string
	Link      string    // one-time link, for the kinds in linked
	Until     time.Time // when the link ends
	At        time.Time // when it happened
	Address   string    // network address it came from; "" leaves the line out
	Browser   string
	By        string // who did it, when it was somebody else
	Reason    string
	NotMe     string    // link that says that it was somebody else
	Whom      string    // whom a mail to administrators is about
	Code      string    // to log in with once, or to read back by voice
	Phrase    string    // that a caller from the help desk knows
	Required  time.Time // from when on 2FA is needed
	Days      int       // until then
	PortalURL string

	Checkpoint string // of the audit log, signed
	Key        string // public, that it is signed with
}

//go:embed templates
var files embed.FS

var (
	mails  = text.Must(text.New("").Funcs(text.FuncMap{"when": when, "day": day}).ParseFS(files, "templates/mails.txt"))
	layout = template.Must(template.ParseFS(files, "templates/layout.html"))
)

func when(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// paragraph is one paragraph of a mail, or the link that stands by itself.
type paragraph struct {
	Text  string
	Link  string
	Label string // of the button that the link is in HTML
}

// Check returns an error unless a mail of the kind can be written.
func Check(kind Kind, d Data) error {
	if mails.Lookup(string(kind)+".body") == nil {
		return fmt.Errorf("there is no mail %q", kind)
	}
	if d.Brand == "" || d.Name == "" || told[kind] && d.NotMe == "" || linked[kind] && (d.Link == "" || d.Until.IsZero()) || coded[kind] && d.Code == "" {
		return fmt.Errorf("the mail %q lacks what it has to say", kind)
	}
	return nil
}

// Compose writes a mail. The HTML part says the same as the text, paragraph by
// paragraph.
func Compose(kind Kind, to string, d Data) (Message, error) {
	if err := Check(kind, d); err != nil {
		return Message{}, err
	}
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
		case d.NotMe:
			paragraphs = append(paragraphs, paragraph{Link: p, Label: "This wasn't me"})
		case d.Link:
			paragraphs = append(paragraphs, paragraph{Link: p, Label: "Open the page"})
		default:
			paragraphs = append(paragraphs, paragraph{Text: p})
		}
	}
	var b bytes.Buffer
	if err := layout.ExecuteTemplate(&b, "layout.html", map[string]any{"Subject": subject, "Brand": d.Brand, "Paragraphs": paragraphs}); err != nil {
		return Message{}, fmt.Errorf("writing the mail %q: %w", kind, err)
	}
	return Message{To: to, Name: d.Name, Subject: oneLine(subject), Text: asText(paragraphs), HTML: b.String()}, nil
}

func execute(name string, d Data) (string, error) {
	var b strings.Builder
	if err := mails.ExecuteTemplate(&b, name, d); err != nil {
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
