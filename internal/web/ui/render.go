package ui

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"portico"
	"portico/internal/locale"
)

//go:embed templates
var templates embed.FS

// Renderer turns pages into HTML. It is safe for concurrent use.
type Renderer struct {
	pages map[locale.Language]map[string]parse
}

type parse func() (*template.Template, error)

// New returns the renderer of this process. Every server has the same pages.
func New() (*Renderer, error) { return renderer() }

// renderer lists the pages in each language. Each is parsed when it is first shown:
// parsing all of them would take a third of the time that the program needs to
// start, and five megabytes a language.
var renderer = sync.OnceValues(func() (*Renderer, error) {
	files, err := fs.Glob(templates, "templates/page/*.html")
	if err != nil {
		return nil, fmt.Errorf("finding the pages: %w", err)
	}
	r := &Renderer{pages: map[locale.Language]map[string]parse{}}
	for _, l := range append(locale.All(), locale.Pseudo) {
		base := sync.OnceValues(func() (*template.Template, error) {
			return parseFiles(template.New("").Funcs(funcs).Funcs(funcsIn(l)), l, "templates/*.html")
		})
		pages := map[string]parse{}
		for _, file := range files {
			pages[strings.TrimSuffix(path.Base(file), ".html")] = sync.OnceValues(func() (*template.Template, error) {
				layout, err := base()
				if err != nil {
					return nil, err
				}
				page, err := layout.Clone()
				if err != nil {
					return nil, fmt.Errorf("copying the layout for %s: %w", file, err)
				}
				return parseFiles(page, l, file)
			})
		}
		r.pages[l] = pages
	}
	return r, nil
})

// parseFiles parses the templates that match pattern into t, with their messages
// in a language.
func parseFiles(t *template.Template, l locale.Language, pattern string) (*template.Template, error) {
	files, err := fs.Glob(templates, pattern)
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", pattern, err)
	}
	for _, file := range files {
		source, err := templates.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		text, err := locale.Fold(l, string(source))
		if err == nil {
			_, err = t.New(path.Base(file)).Parse(text)
		}
		if err != nil {
			return nil, fmt.Errorf("parsing %s in %s: %w", file, l.Name(), err)
		}
	}
	return t, nil
}

// Render returns a whole page or an error, never part of a page.
func (r *Renderer) Render(p Page) ([]byte, error) {
	page := r.pages[p.In()][p.template()]
	if page == nil {
		return nil, fmt.Errorf("there is no template %q in %s", p.template(), p.In())
	}
	t, err := page()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(16 << 10)
	if err := t.ExecuteTemplate(&b, "layout.html", p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// funcsIn returns the functions of the templates that depend on the language.
func funcsIn(l locale.Language) template.FuncMap {
	return template.FuncMap{
		"form":  l.Form,
		"count": l.Number,
	}
}

var funcs = template.FuncMap{
	"asset":    asset,
	"notice":   notice,
	"when":     when,
	"moment":   moment,
	"otpauth":  otpauth,
	"field":    newField,
	"tag":      newTag,
	"icon":     func(name string) icon { return icon(name) },
	"draw":     draw,
	"roles":    func(rs []portico.Role, now portico.Role) roleChoice { return roleChoice{rs, now} },
	"key":      func(r portico.Role) string { return string(r) },
	"chosen":   chosenHint,
	"day":      day,
	"dayAhead": dayAhead,
	"people":   people,
	"label":    func(r portico.Role) string { return roleLabels[r] },
}

// notices are the sentences shown after a change, by the key in the address.
// {a|b} is a, and b where it is known whom or what the change was about.
var notices = map[string]string{
	"enabled":                    "Two Factor Authentication is enabled. From your next log-in on, you need a code.",
	"disabled":                   "Two Factor Authentication is disabled. Your setup is kept. You can enable it again without a new scan.",
	"deleted":                    "Your 2FA setup was deleted. You can remove the entry from your authenticator app.",
	"moved":                      "Two Factor Authentication has moved to your new phone. You can remove the entry from the old one.",
	"setup-over":                 "This set-up has ended: it was finished already, or has expired. If you start again, you get a new QR code.",
	"password-changed":           "Your password was changed. You were logged out everywhere else.",
	"profile-saved":              "Your profile was saved.",
	"email-asked":                "Your profile was saved. Open the link that we emailed to your new address. Until then, your current address stays in use. We've notified it.",
	"email-cancelled":            "The new address was cancelled. Its link no longer works.",
	"user-created":               "{The user|%s} was created. A welcome email with a link is on its way.",
	"user-saved":                 "The changes{| to %s} were saved.",
	"invitation-sent":            "A new invitation is on its way{| to %s}. The earlier link no longer works.",
	"invitation-withdrawn":       "The invitation{| of %s} was withdrawn. Its link no longer works.",
	"user-deleted":               "{The user|%s} was deleted. The audit log is kept. Nobody else can have the login ID for 30 days.",
	"suspended":                  "{The user|%s} was suspended and logged out everywhere.",
	"reactivated":                "{The user|%s} can log in again.",
	"reactivated-mailed":         "{The user|%s} can log in again. A link to choose a new password is on its way.",
	"password-link-sent":         "A link to choose a new password is on its way{| to %s}. It works for 24 hours.",
	"reset-done":                 "The 2FA setup{| of %s} was deleted. The next log-in needs only login ID and password.",
	"reset-done-code":            "The 2FA setup{| of %s} was deleted. The next log-in needs the password and the reset code that was emailed, and can only set up 2FA.",
	"reset-done-held":            "The 2FA setup{| of %s} was deleted. Hand over the reset code: it is shown once, below.",
	"reset-asked":                "Request sent. {The user|%s} got an email, and can stop it without logging in.",
	"reset-approved":             "You have approved the request{| about %s}.",
	"reset-cancelled":            "The request{| about %s} was cancelled. The 2FA setup stays as it is.",
	"reset-kept":                 "Your 2FA setup stays as it is. If you did not expect this, tell an administrator.",
	"reset-call":                 "A code is on its way to {the user|%s}. It works for 10 minutes.",
	"reset-proved":               "The verification{| of %s} is recorded.",
	"activated":                  "Your account is ready, and you are logged in. Next time, log in with the login ID and password that you chose.",
	"password-saved":             "Your new password was saved. Log in with it.",
	"logged-out":                 "You are logged out.",
	"session-over-typed":         "Your session had ended before your form arrived, and nothing was changed. Log in: the form is then shown as you filled it in, so that you can check it and send it.",
	"session-over-lost":          "Your session had ended before your form arrived, and nothing was changed. What you entered could not be kept. Enter it again after you log in.",
	"session-over-file":          "Your session had ended before your file arrived, and nothing was changed. Files are not kept. Choose it again after you log in.",
	"session-over-button":        "Your session had ended before you pressed the button, and nothing was changed. Log in and press it again.",
	"form-restored":              "Your session had ended before this form arrived, so nothing was changed yet. Check what you entered, and send it again. Passwords and codes are not kept.",
	"login-over":                 "That log-in took too long or had too many wrong codes. Enter your login ID and password again.",
	"recovered":                  "You logged in with a recovery code. It won't work again.",
	"recovery-saved":             "Your recovery codes are now hidden. Keep them where you can find them without your phone.",
	"recovery-over":              "Your recovery codes are no longer shown. Make new ones if you did not save them.",
	"session-ended":              "That session was ended.",
	"unlocked":                   "The failed attempts{| of %s} are cleared. This user can log in at once.",
	"sessions-ended":             "{The user|%s} was logged out everywhere.",
	"browser-forgotten":          "That browser is no longer remembered.",
	"browser-known":              "You can now log in with this browser, as usual.",
	"labels-changed":             "The labels were changed{|: %s}.",
	"several-suspended":          "The users were suspended and logged out everywhere{|: %s}.",
	"several-reactivated":        "The users can log in again{|: %s}.",
	"several-reactivated-mailed": "The users can log in again{|: %s}. A link to choose a new password is on its way to those whose password has expired.",
	"roles-changed":              "The roles were changed{|: %s}.",
	"several-reminded":           "Reminders to set up 2FA are on their way{|: %s}.",
	"several-invited":            "New invitations are on their way{|: %s}. The earlier links no longer work.",
	"customer-created":           "{The customer|%s} was created. Create its first administrator in Administration and Access.",
	"customer-saved":             "The changes were saved.",
	"customer-suspended":         "{The customer|%s} was suspended. All its users were logged out everywhere.",
	"customer-reactivated":       "{The customer|%s} is active again. Its users can log in again.",
	"logo-saved":                 "The logo was saved. It is shown from now on.",
	"logo-removed":               "The logo was removed.",
	"access-revoked":             "You have revoked the provider's access. Operators can no longer see or change anything of yours.",
	"access-granted":             "Operators of the provider now have access.",
	"policy-saved":               "The policy was saved. It applies at once.",
	"policy-saved-held":          "The policy was saved. Where it relaxes the rules for resets, the earlier, stricter rules still apply for 24 hours. Everything else applies at once.",
	"exempted":                   "{The user|%s} is exempt from 2FA until that date.",
	"exemption-ended":            "The exemption{| of %s} has ended.",
	"portal-ready-operator":      "The portal is ready. No customer was created: create the first one once you are logged in. Log in with the password that you chose.",
	"portal-ready":               "The portal is ready. Log in with the password that you chose.",
	"import-discarded":           "The import and its file were discarded.",
	"customer-deletion":          "The customer was suspended, and will be deleted.",
	"customer-kept":              "The deletion was cancelled. The customer is still suspended.",
}

// unmailed are the sentences in place of notices if no mail server is set.
var unmailed = map[string]string{
	"email-asked":                "Your profile was saved, but not the new address: you would have to open a link in an email, and this portal has no mail server. Ask an administrator to change your address.",
	"user-created":               "{The user|%s} was created. This portal has no mail server, so no email is sent. Show the activation link below, and hand it over.",
	"invitation-sent":            "The earlier link no longer works. This portal has no mail server, so no email is sent.",
	"reactivated-mailed":         "{The user|%s} can log in again, but needs a new password, and this portal has no mail server to send the link.",
	"password-link-sent":         "This portal has no mail server, so it cannot send the link.",
	"reset-done-code":            "The 2FA setup{| of %s} was deleted. This portal has no mail server, so it cannot send the reset code. Make a new one, and hand it over.",
	"reset-asked":                "Request sent. This portal has no mail server, so no email is sent.",
	"reset-call":                 "This portal has no mail server, so it cannot send a code. Use another way.",
	"several-reactivated-mailed": "The users can log in again{|: %s}. Some of them need a new password, and this portal has no mail server to send the links.",
	"several-reminded":           "This portal has no mail server, so no reminders are sent.",
	"several-invited":            "The earlier links no longer work. This portal has no mail server, so no emails are sent.",
}

// flashKind says what a notice is about: it chooses the box, the icon and
// whether a screen reader interrupts.
type flashKind string

const (
	flashSuccess flashKind = "success" // it was done
	flashWarning flashKind = "warning" // it was done in part, or the reader has to do something
	flashError   flashKind = "error"   // it was not done
)

// flashKinds are the kinds of those notices that are no success.
var flashKinds = map[string]flashKind{
	"setup-over": flashError, "recovery-over": flashError, "login-over": flashError,
	"session-over-typed": flashWarning, "session-over-lost": flashWarning, "session-over-file": flashWarning,
	"session-over-button": flashWarning, "form-restored": flashWarning, "recovered": flashWarning,
}

// flash is a notice with its kind. The zero flash shows nothing.
type flash struct {
	Kind flashKind
	Text string
}

// notice returns the sentence that a page shows after a change.
func notice(l Layout) flash {
	if text := unmailed[l.Notice]; text != "" && l.NoMail {
		return flash{flashWarning, naming(text, l.About)}
	}
	text := notices[l.Notice]
	if text == "" {
		return flash{}
	}
	return flash{cmp.Or(flashKinds[l.Notice], flashSuccess), naming(text, l.About)}
}

var named = regexp.MustCompile(`\{([^|}]*)\|([^}]*)\}`)

// naming chooses between the wordings of a notice with and without a name.
func naming(text, about string) string {
	return named.ReplaceAllStringFunc(text, func(both string) string {
		parts := named.FindStringSubmatch(both)
		if about == "" {
			return parts[1]
		}
		return strings.ReplaceAll(parts[2], "%s", about)
	})
}

// chosenHint is the hint shown wherever a password is chosen.
func chosenHint(least int) string {
	return fmt.Sprintf("At least %d characters. Several words are easy to remember. Common passwords, and passwords made from your name, login ID or organisation, are not allowed.", least)
}

// day formats a date as people read it, in the zone that Layout.Local has chosen.
func day(t time.Time) string { return t.Format("2 January 2006" + clockOf(t)) }

// clockOf returns the layout for the time of day, for dates that were chosen in
// another zone and begin at another time in this one.
func clockOf(t time.Time) string {
	if t.Location() == time.UTC || t.Hour() == 0 && t.Minute() == 0 {
		return ""
	}
	return ", 15:04"
}

// dayAhead formats a date that is the given number of days ahead. It leaves out
// the year unless that is more than 300 days.
func dayAhead(t time.Time, days int) string {
	if days > 300 {
		return day(t)
	}
	return t.Format("2 January" + clockOf(t))
}

// roleLabels are the plural names of the roles.
var roleLabels = map[portico.Role]string{
	portico.RoleUser: "Users", portico.RoleHelpDesk: "Help desk", portico.RoleAdministrator: "Administrators", portico.RoleOperator: "Operators",
}

// people returns the number of people of a role in words.
func people(r portico.Role, n int) string {
	one, many := "user", "users"
	switch r {
	case portico.RoleUser:
	case portico.RoleHelpDesk:
		one, many = "help desk agent", "help desk agents"
	case portico.RoleAdministrator:
		one, many = "administrator", "administrators"
	case portico.RoleOperator:
		one, many = "operator", "operators"
	}
	if n == 1 {
		return "1 " + one
	}
	return number(n, false) + " " + many
}

// clock is a time as people read it, as programs read it, and in UTC if the
// text is in another zone.
type clock struct{ Text, Machine, UTC string }

func when(t time.Time) clock { return clockAt(t, "2 Jan 2006, 15:04") }

// moment is when with seconds, for the order of events.
func moment(t time.Time) clock { return clockAt(t, "2 Jan 2006, 15:04:05") }

func clockAt(t time.Time, layout string) clock {
	if t.IsZero() {
		return clock{}
	}
	utc := t.UTC()
	c := clock{utc.Format(layout + " UTC"), utc.Format(time.RFC3339), ""}
	if t.Location() != time.UTC {
		c.Text, c.UTC = t.Format(layout), c.Text
	}
	return c
}

// otpauth marks a key URI of the portal as a safe address. It is the only
// address on the pages that is not a web address; anything else becomes #.
func otpauth(uri string) template.URL {
	if !strings.HasPrefix(uri, "otpauth://totp/") {
		return "#"
	}
	return template.URL(uri) //nolint:gosec // package totp built it and percent-encoded its values
}

// field is one labelled input. Templates build it from pairs of names and
// values.
type field struct {
	Name, Label, Value, Type, Complete, Hint, Max string
	From, Until                                   string // bounds of a date
	Mode                                          string // inputmode
	Placeholder                                   string // what an empty field means
	Optional, Focus, Mono                         bool
	Problem                                       *Problem
}

// newField returns a field. It takes the name, the label, the form's Problem,
// and then pairs. It returns an error for unknown names.
func newField(name, label string, p *Problem, pairs ...any) (field, error) {
	f := field{Name: name, Label: label, Type: "text", Max: "100", Problem: p}
	for i := 0; i+1 < len(pairs); i += 2 {
		s, _ := pairs[i+1].(string)
		b, _ := pairs[i+1].(bool)
		switch pairs[i] {
		case "value":
			f.Value = s
		case "type":
			f.Type = s
		case "complete":
			f.Complete = s
		case "hint":
			f.Hint = s
		case "max":
			f.Max = s
		case "from":
			f.From = s
		case "until":
			f.Until = s
		case "mode":
			f.Mode = s
		case "placeholder":
			f.Placeholder = s
		case "optional":
			f.Optional = b
		case "focus":
			f.Focus = b
		case "mono":
			f.Mono = b
		default:
			return f, fmt.Errorf("a field has no %v", pairs[i])
		}
	}
	return f, nil
}

// Secret reports whether the field is a password, which a button beside it shows.
func (f field) Secret() bool { return f.Type == "password" }

// Wrong returns the sentence about this field, "" if there is none.
func (f field) Wrong() string { return f.Problem.Field(f.Name) }

// Focused reports whether the page begins in this field: in the first field that
// is wrong, or in the form's own first field if none is.
func (f field) Focused() bool {
	if f.Problem != nil && len(f.Problem.Fields) > 0 {
		return f.Wrong() != ""
	}
	return f.Focus
}

// Alone reports whether the alert above the form is the same sentence as the
// one about this field.
func (f field) Alone() bool { return f.Problem != nil && f.Problem.Text == f.Wrong() }

// tag is a status as a word with an icon, never as a colour alone.
type tag struct {
	Text, Kind string
	Icon       icon
}

func newTag(v any) tag {
	switch v := v.(type) {
	case portico.TwoFactor:
		switch v {
		case portico.TwoFactorEnabled:
			return tag{v.Label(), "ok", "check"}
		case portico.TwoFactorDisabled:
			return tag{v.Label(), "quiet", "minus"}
		}
		return tag{v.Label(), "warn", "clock"}
	case portico.Status:
		switch v {
		case portico.Active:
			return tag{v.String(), "ok", "check"}
		case portico.Invited:
			return tag{v.String(), "warn", "mail"}
		}
		return tag{v.String(), "bad", "stop"}
	case portico.CustomerStatus:
		switch v {
		case portico.CustomerInForce:
			return tag{v.String(), "ok", "check"}
		case portico.CustomerRevokedAccess:
			return tag{v.String(), "quiet", "door"}
		}
		return tag{v.String(), "bad", "stop"}
	case portico.User:
		return userTag(v)
	case ResetStatus:
		return resetTag(v)
	case portico.Import:
		return importTag(v)
	case string:
		switch v {
		case "create", "update", "Done":
			return tag{v, "ok", "check"}
		case "Suspicious activity afterwards":
			return tag{v, "bad", "shield"}
		case "refused":
			return tag{v, "bad", "stop"}
		}
		return tag{v, "quiet", "minus"}
	}
	return tag{}
}

type roleChoice struct {
	Roles []portico.Role
	Now   portico.Role
}
