package mail

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHeaders checks the headers of every mail: autoresponders are to be quiet,
// the Message-ID has the domain of the sender, and the library is not named.
func TestHeaders(t *testing.T) {
	for from, domain := range map[string]string{
		sender: "example.com", "portico@localhost": "localhost", `"a@b" <info@müller.example>`: "xn--mller-kva.example",
	} {
		for name, id := range map[string]string{"queued": "id-1", "sent once": ""} {
			s := mailServer{}
			smtp, err := NewSMTP(to(s.start(t, "127.0.0.1:0")), from, clock)
			if err != nil {
				t.Fatal(err)
			}
			if err := smtp.Send(t.Context(), Message{ID: id, To: "ann@example.com", Name: "Ann", Subject: "Hello", Text: "a", HTML: "b"}); err != nil {
				t.Fatal(err)
			}
			m, err := mail.ReadMessage(strings.NewReader(s.sent()))
			if err != nil {
				t.Fatal(err)
			}
			h := m.Header
			if h.Get("Auto-Submitted") != "auto-generated" || h.Get("X-Auto-Response-Suppress") != "All" {
				t.Errorf("%s: %v, want no answers", from, h)
			}
			if got := h.Get("Message-Id"); !strings.HasSuffix(got, "@"+domain+">") || !strings.HasPrefix(got, "<"+id) || len(got) < len(domain)+4 {
				t.Errorf("%s, %s: Message-ID %s, want the domain %s", from, name, got, domain)
			}
			if host, _ := os.Hostname(); regexp.MustCompile(`(?i)go-?mail|wneessen`).MatchString(s.sent()) || h.Get("User-Agent")+h.Get("X-Mailer") != "" || strings.Contains(s.sent(), host) && !strings.Contains(domain, host) {
				t.Errorf("%s: the mail names the library or the machine:\n%s", from, s.sent())
			}
		}
	}
}

// TestLinksAreWhole checks that somebody who opens the file of a mail can copy
// its links, and that a MIME parser reads them: sent by servers with and without
// 8BITMIME, and written as files.
func TestLinksAreWhole(t *testing.T) {
	d := full
	d.Name = "Jürgen Öztürk"
	d.Link = "https://customers.portal.a-long-name-of-a-department.subsidiary.example.com/activate/ABCDEFGHIJKLMNOPQRSTUVWXYZ?a=1&b==2"
	d.UnauthorizedURL = "https://customers.portal.a-long-name-of-a-department.subsidiary.example.com/not-me/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, kind := range []Kind{Welcome, PasswordLink, PasswordChanged, TwoFactorResetCode} {
		m, err := Compose(kind, "ann@example.com", d)
		if err != nil {
			t.Fatal(err)
		}
		link := d.Link
		if notifications[kind] {
			link = d.UnauthorizedURL
		}
		for name, offers := range map[string]string{"8-bit": "8BITMIME", "7-bit": ""} {
			s := mailServer{offers: offers}
			smtp, err := NewSMTP(to(s.start(t, "127.0.0.1:0")), sender, clock)
			if err != nil {
				t.Fatal(err)
			}
			if err := smtp.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			checkLink(t, string(kind)+" "+name, s.sent(), link, offers != "")
			if offers == "" && strings.ContainsFunc(s.sent(), func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: 8-bit characters to a server without 8BITMIME", kind)
			}
		}
		dir := t.TempDir()
		o, err := NewOutbox(dir, sender, clock)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
		b, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		checkLink(t, string(kind)+" file", string(b), link, true)
	}
}

// checkLink checks that a link is in the plain text of a mail, on a line of its
// own, and, if byEye is set, that the file holds it in the same form.
func checkLink(t *testing.T, name, file, link string, byEye bool) {
	t.Helper()
	if byEye && !strings.Contains(file, "\r\n"+link+"\r\n") {
		t.Errorf("%s: the file does not hold the link in one piece:\n%s", name, file)
	}
	m, err := mail.ReadMessage(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	var body io.Reader = part
	if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(part)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\r\n"+link+"\r\n") || !strings.Contains(string(text), "Jürgen") {
		t.Errorf("%s: a MIME parser reads:\n%s", name, text)
	}
	for line := range strings.Lines(file) {
		if !strings.HasSuffix(line, "\r\n") || len(line) > longestLine+2 {
			t.Errorf("%s: not a line of a mail: %.80q", name, line)
		}
	}
}

// TestNamesAreIsolatedInMails checks that a name in another direction changes the order
// of no words in a sentence, and that other mails hold no characters that nobody sees.
func TestNamesAreIsolatedInMails(t *testing.T) {
	d := Data{Brand: "Acme", Customer: "Acme", Name: "سعاد", Whom: "דנה (dana)", LoginID: "dana", UnauthorizedURL: "https://p.example/not-me/1", PortalURL: "https://p.example"}
	m, err := Compose(UnauthorizedActivity, "ann@example.com", d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Hello \u2068سعاد\u2069,", "\u2068דנה (dana)\u2069 of Acme", "Talk to \u2068דנה (dana)\u2069 on"} {
		if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
			t.Errorf("got %q, want %q in the text and in the HTML", m.Text, want)
		}
	}
	d.Name, d.Whom = "Zoë", "Ødegård"
	if m, err = Compose(UnauthorizedActivity, "ann@example.com", d); err != nil || strings.ContainsAny(m.Subject+m.Text+m.HTML, "\u2068\u2069") {
		t.Errorf("got %q and %v, want no isolates", m.Text, err)
	}
}
