package mail

import (
	"context"
	"html"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/internal/locale"
)

var now = time.Date(2026, 11, 23, 22, 40, 0, 0, time.UTC)

func clock() time.Time { return now }

var full = Data{
	Brand: "Acme Telecom", Customer: "Acme Telecom", Name: "Ann <b>Lee</b>", LoginID: "ann", Link: "https://portal.example/activate/abc",
	Until: now.Add(time.Hour), At: now, Address: "192.0.2.1", Browser: "Firefox <x>", By: "Alice", Reason: "lost & found", PortalURL: "https://portal.example",
	UnauthorizedURL: "https://portal.example/not-me/def", Whom: "Ben <i>Ode</i> (ben)",
	Accounts: []AccountData{{"ann", "Acme <b>Lee", "https://portal.example/password/one"}, {"ann@example.com", "Globex", ""}},
	Required: now.Add(24 * time.Hour), Days: 1, CodesLeft: 9, PasskeyFrom: now.Add(48 * time.Hour), Code: "1234 5678", Phrase: "amber kite river",
}

// earlier is full as it goes to an address from before.
var earlier = func() Data {
	d := full
	d.Earlier, d.LoginID, d.Phrase, d.Code, d.Replaced, d.Changed, d.LastCode = true, "", "", "", true, true, true
	return d
}()

// composed are the data of mails, by what there is to say.
var composed = map[string]Data{
	"full":    full,
	"earlier": earlier,
	"minimal": {Brand: "Acme", Name: "Ann", Link: full.Link, Until: now, At: now, PortalURL: full.PortalURL, UnauthorizedURL: full.UnauthorizedURL, Whom: full.Whom, Required: full.Required, Code: full.Code},
}

// TestEveryKindComposes composes each mail in each language. Mails that an earlier
// version has queued have no language.
func TestEveryKindComposes(t *testing.T) {
	for _, kind := range Kinds {
		for name, d := range composed {
			if d.Earlier && !Protects(kind) {
				continue
			}
			for _, l := range append(locale.All(), locale.Pseudo, "") {
				d.Language = l
				m, err := Compose(kind, "ann@example.com", d)
				if err != nil {
					t.Fatalf("%s %s in %q: %v, want no error", kind, name, l, err)
				}
				checkComposed(t, string(kind)+" "+name+" in "+string(l), kind, d, m)
			}
		}
	}
}

func checkComposed(t *testing.T, what string, kind Kind, d Data, m Message) {
	t.Helper()
	in := locale.First(d.Language)
	if m.Language != string(in) || !strings.Contains(m.HTML, `<html lang="`+string(in)+`" dir="ltr">`) {
		t.Errorf("%s: got the language %q and %.40s", what, m.Language, m.HTML)
	}
	for part, s := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
		if s == "" || strings.Contains(s, "no value") || strings.Contains(s, "{{") || strings.Contains(s, "0001") {
			t.Errorf(`%s %s: %q, want some s, no "no value" in s, no "{{" in s, no "0001" in s`, what, part, s)
		}
	}
	if notifications[kind] && (!strings.Contains(m.HTML, ">"+html.EscapeString(in.Text("This wasn't me"))+"</a>") || !strings.Contains(m.Text, full.UnauthorizedURL)) {
		t.Errorf("%s has no link that says that it was somebody else:\n%s", what, m.Text)
	}
	if d.Earlier && (strings.Contains(m.Text, "login ID  ") || notifications[kind] && strings.Contains(m.Text, "logs you out everywhere")) {
		t.Errorf("%s promises too much, or leaves a gap:\n%s", what, m.Text)
	}
	if strings.Contains(m.HTML, "<b>Lee") || strings.Contains(m.HTML, "<x>") {
		t.Errorf("%s: not escaped", what)
	}
	if d.Browser == "" && strings.Contains(m.Text, "Browser:") {
		t.Errorf("%s: an empty line is left in:\n%s", what, m.Text)
	}
}

// TestDatesOfMails checks the days and times in mails, which are in UTC.
func TestDatesOfMails(t *testing.T) {
	at := time.Date(2026, 5, 9, 10, 7, 0, 0, time.FixedZone("", 2*60*60))
	midnight := time.Date(2026, 5, 9, 2, 0, 0, 0, at.Location())
	for _, row := range []struct {
		in        locale.Language
		got, want string
	}{
		{"", when("")(at), "9 May 2026, 08:07 UTC"},
		{locale.English, when(locale.English)(at), "9 May 2026, 08:07 UTC"},
		{locale.English, day(locale.English)(at), "9 May 2026, 08:07 UTC"},
		{locale.English, day(locale.English)(midnight), "9 May 2026"},
		{locale.English, day(locale.English)(midnight.AddDate(0, 4, 0)), "9 September 2026"},
		{locale.Pseudo, when(locale.Pseudo)(at), "9 " + locale.Pseudo.Text("#short May") + " 2026, 08:07 UTC"},
		{locale.Pseudo, day(locale.Pseudo)(midnight), "9 " + locale.Pseudo.Text("#month May") + " 2026"},
	} {
		if row.got != row.want {
			t.Errorf("in %q: got %s, want %s", row.in, row.got, row.want)
		}
	}
}

func TestNothingIsSentWithoutWhatItSays(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		d    Data
	}{"unknown kind": {"hello", full}, "no link": {Welcome, Data{Brand: "A", Name: "B", Until: now}}, "nobody": {PasswordChanged, Data{Brand: "A", UnauthorizedURL: "x"}}, "nothing against it": {PasswordChanged, Data{Brand: "A", Name: "B"}}} {
		if m, err := Compose(c.kind, "a@example.com", c.d); err == nil {
			t.Errorf("%s: %+v, want an error", name, m)
		}
	}
}

func TestOutbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	o, err := NewOutbox(dir, "Portico <portico@localhost>", clock)
	if err != nil {
		t.Fatal(err)
	}
	m := Message{To: "ann@example.com", Name: "Ann\r\nBcc: evil@example.com", Subject: "Grüße\r\nX-Evil: 1", Text: "Hello\n", HTML: "<p>Hello</p>"}
	for range 2 {
		if err := o.Send(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
	if len(files) != 2 {
		t.Fatalf(`filepath.Glob(filepath.Join(dir, "*.eml")): got %v, want 2 of files`, files)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("os.Stat(files[0]): got %v %v, want no error, info.Mode().Perm() 0o600", info.Mode(), err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	if msg.Header.Get("Bcc") != "" || msg.Header.Get("X-Evil") != "" || !strings.HasPrefix(msg.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("headers: %v", msg.Header)
	}
	if date, err := msg.Header.Date(); err != nil || !date.Equal(now) {
		t.Errorf("date %v %v", date, err)
	}
}

// TestC26_AnyNameIsMailed checks that no name prevents a mail or sends it to
// somebody else.
func TestC26_AnyNameIsMailed(t *testing.T) {
	for _, name := range []string{
		`Ann "Lee" O'Hara`, `"`, `\`, `Ann\`, `a" <evil@example.com>, "`, `a" <evil@example.com> (`, `<evil@example.com>`, "Lee, Ann; Dr.:", "(Ann", "Grüße \"Ü\"",
		"李 \"安\"", "=?utf-8?q?=22_=3Cevil=40example.com=3E?=", "Ann\r\nBcc: evil@example.com", "\U0001f600", "",
	} {
		m := Message{To: "ann@example.com", Name: name, Text: "a", HTML: "b"}
		from, _ := parseSender("Portico <portico@localhost>")
		recipient, err := parseRecipient(m)
		if err != nil {
			t.Errorf("%q: %v, want no error", name, err)
			continue
		}
		msg, err := build(m, from, recipient, now, false)
		if err != nil {
			t.Errorf("%q: %v, want no error", name, err)
			continue
		}
		var b strings.Builder
		if _, err := msg.WriteTo(&b); err != nil {
			t.Errorf("%q: %v, want no error", name, err)
		}
		sent, err := mail.ReadMessage(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		to, err := sent.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != "ann@example.com" || to[0].Name != oneLine(name) || sent.Header.Get("Bcc") != "" {
			t.Errorf("%q is sent to %v, %v: %s", name, to, err, sent.Header.Get("To"))
		}
	}
}
