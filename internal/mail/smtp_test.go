package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const sender = `"Acme @ Work" <portico@example.com>`

// mailServer implements as much of SMTP as the tests need.
type mailServer struct {
	offers  string            // extensions, separated by spaces
	answers map[string]string // by command, in place of 250
	tls     bool              // TLS from the start
	silent  bool

	listener net.Listener
	mu       sync.Mutex
	said     []string // commands
	mails    []string
}

func (s *mailServer) start(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if s.tls {
		l = tls.NewListener(l, certificate())
	}
	s.listener = l
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return fmt.Sprint(port)
}

func certificate() *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}
}

func (s *mailServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	if s.silent {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	say("220 ready")
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.said = append(s.said, line)
		s.mu.Unlock()
		command, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if answer := s.answers[command]; answer != "" {
			say(answer)
			continue
		}
		switch command {
		case "EHLO":
			say("250-mail.example.com")
			for _, extension := range strings.Fields(s.offers) {
				say("250-" + extension)
			}
			say("250 HELP")
		case "STARTTLS":
			say("220 go on")
			c = tls.Server(c, certificate())
			r = bufio.NewReader(c)
		case "DATA":
			say("354 go on")
			s.take(r)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (s *mailServer) take(r *bufio.Reader) {
	var data strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, data.String())
}

// command returns the last command that begins with a word.
func (s *mailServer) command(word string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.said) - 1; i >= 0; i-- {
		if strings.HasPrefix(s.said[i], word) {
			return s.said[i]
		}
	}
	return ""
}

func (s *mailServer) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.mails, "")
}

// to is a Server on this machine.
func to(port string) Server {
	return Server{Address: "smtp://127.0.0.1:" + port, Hello: "portal.example.com"}
}

// sendTo sends a mail of invitation by a server.
func sendTo(t *testing.T, server Server, from, address string) error {
	t.Helper()
	s, err := NewSMTP(server, from, clock)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Compose(Welcome, address, full)
	if err != nil {
		t.Fatal(err)
	}
	m.ID = "id-1"
	return s.Send(context.Background(), m)
}

func TestSMTP(t *testing.T) {
	var s mailServer
	port := s.start(t, "127.0.0.1:0")
	if err := sendTo(t, to(port), sender, "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	if sent := s.sent(); !strings.Contains(sent, "Subject: Your account for Acme Telecom") || !strings.Contains(sent, "ann@example.com") {
		t.Errorf("sent:\n%s", sent)
	}
	if got := s.command("EHLO"); got != "EHLO portal.example.com" {
		t.Errorf("got %q, want the name of the portal", got)
	}
	for _, bad := range []string{"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://:25"} {
		if _, err := NewSMTP(Server{Address: bad, Hello: "a.example"}, sender, clock); err == nil {
			t.Errorf("%q is taken as a mail server", bad)
		}
	}
}

// TestHello checks the names that servers want: a whole host name, in ASCII, or
// an address in its own form.
func TestHello(t *testing.T) {
	for name, want := range map[string]string{
		"portal.example.com": "portal.example.com", "Portal.Example.com": "portal.example.com", "localhost": "localhost",
		"portal.müller.example": "portal.xn--mller-kva.example", "192.0.2.1": "[192.0.2.1]", "[192.0.2.1]": "[192.0.2.1]",
		"2001:db8::1": "[IPv6:2001:db8::1]", "fe80::1%eth0": "[IPv6:fe80::1]",
		"": "", "my portal": "", "portal\r\nRCPT TO:<x@example.com>": "", "portal_1.example.com": "", "-a.example": "",
	} {
		got, err := helloOf(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", name, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "--smtp-hello") {
			t.Errorf("%q: %v, want what to give", name, err)
		}
	}
}

func TestServerByIPv6Address(t *testing.T) {
	var s mailServer
	server := Server{Address: "smtp://[::1]:" + s.start(t, "[::1]:0"), Hello: "portal.example.com"}
	if err := sendTo(t, server, sender, "ann@example.com"); err != nil || s.sent() == "" {
		t.Errorf("by [::1]: %v, sent %q", err, s.sent())
	}
	secure := mailServer{tls: true}
	err := sendTo(t, Server{Address: "smtps://[::1]:" + secure.start(t, "[::1]:0"), Hello: "portal.example.com"}, sender, "ann@example.com")
	if unknown := (*tls.CertificateVerificationError)(nil); !errors.As(err, &unknown) {
		t.Errorf("by smtps://[::1]: %v, want that the certificate is not trusted", err)
	}
}

// TestWhatCannotBeReachedIsSaid checks that settings which cannot work, or
// would let links travel in clear text, are refused with what to give instead.
func TestWhatCannotBeReachedIsSaid(t *testing.T) {
	for address, c := range map[string]struct {
		clear bool
		want  string
	}{
		"smtp://mail.example.com:465":  {want: "smtps://"},
		"smtp://[2001:db8::1]:465":     {want: "smtps://"},
		"smtp://10.0.0.5:465":          {true, "smtps://"},
		"smtp://203.0.113.5":           {true, "public address"},
		"smtp://[2001:db8::1]:25":      {true, "public address"},
		"smtps://10.0.0.5":             {true, "never clear text"},
		"smtp://mail.example.com":      {},
		"smtp://mail.example.com:2525": {},
		"smtps://mail.example.com:465": {},
		"smtp://10.0.0.5":              {clear: true},
		"smtp://[fd00::5]:25":          {clear: true},
		"smtp://relay.internal":        {clear: true},
		"smtp://müller.example":        {},
	} {
		_, err := NewSMTP(Server{Address: address, Hello: "portal.example.com", ClearText: c.clear}, sender, clock)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, clear text %v: %v, want %q", address, c.clear, err, c.want)
		}
	}
}

// TestClearText checks who may lack TLS: a server on this machine, and with the
// setting one at a private address, but never one that a name has at a public
// address.
func TestClearText(t *testing.T) {
	for ip, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.16.0.9": true, "192.168.1.1": true, "169.254.1.1": true, "fd00::5": true, "fe80::1": true, "::ffff:10.0.0.1": true,
		"8.8.8.8": false, "172.32.0.1": false, "2001:db8::1": false, "::ffff:8.8.8.8": false, "0.0.0.0": false,
	} {
		if got := private(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: private %v, want %v", ip, got, want)
		}
	}
	var s mailServer
	port := s.start(t, "127.0.0.1:0")
	remote, err := newSMTP(Server{Address: "smtp://relay.example.com:" + port, Hello: "portal.example.com"}, sender, clock)
	if err != nil {
		t.Fatal(err)
	}
	remote.host = "127.0.0.1" // as if the name led here
	err = remote.Send(t.Context(), Message{To: "ann@example.com", Text: "a", HTML: "b"})
	if err == nil || !strings.Contains(err.Error(), "--smtp-clear-text") || s.sent() != "" {
		t.Errorf("a server elsewhere without TLS: %v, sent %q; want what to give", err, s.sent())
	}
	relay, err := newSMTP(Server{Address: "smtp://relay.internal:" + port, Hello: "portal.example.com", ClearText: true}, sender, clock)
	if err != nil {
		t.Fatal(err)
	}
	relay.host = "127.0.0.1"
	if err := relay.Send(t.Context(), Message{To: "ann@example.com", Text: "a", HTML: "b"}); err != nil || s.sent() == "" {
		t.Errorf("a relay at a private address: %v", err)
	}
}

// TestUnsignedCertificateHere checks that a server on this machine may have a
// certificate that nobody has signed, as Debian's Postfix does.
func TestUnsignedCertificateHere(t *testing.T) {
	s := mailServer{offers: "STARTTLS"}
	if err := sendTo(t, to(s.start(t, "127.0.0.1:0")), sender, "ann@example.com"); err != nil || s.command("STARTTLS") == "" {
		t.Errorf("%v, said %q", err, s.said)
	}
}

func TestTLSFromTheStartIsSaid(t *testing.T) {
	var clear mailServer
	err := CheckSMTP(t.Context(), Server{Address: "smtps://127.0.0.1:" + clear.start(t, "127.0.0.1:0"), Hello: "a.example"}, sender, "", clock)
	if err == nil || !strings.Contains(err.Error(), "give smtp://") {
		t.Errorf("smtps:// to a server that begins in clear: %v", err)
	}
}

// TestAddressesOfAllScripts checks that domains become ASCII, and that SMTPUTF8
// is asked for only where the part before the @ needs it.
func TestAddressesOfAllScripts(t *testing.T) {
	for _, c := range []struct{ from, to, rcpt string }{
		{sender, "ann@müller.example", "RCPT TO:<ann@xn--mller-kva.example>"},
		{sender, "ann@MÜLLER.example", "RCPT TO:<ann@xn--mller-kva.example>"},
		{sender, "ann@пример.example", "RCPT TO:<ann@xn--e1afmkfd.example>"},
		{sender, "ann@例え.テスト", "RCPT TO:<ann@xn--r8jz45g.xn--zckzah>"},
		{"Büro <info@müller.example>", "ann@example.com", "RCPT TO:<ann@example.com>"},
		{sender, "ann@example.com", "RCPT TO:<ann@example.com>"},
	} {
		s := mailServer{offers: "8BITMIME SMTPUTF8"}
		if err := sendTo(t, to(s.start(t, "127.0.0.1:0")), c.from, c.to); err != nil {
			t.Errorf("%s: %v, want no error", c.to, err)
		}
		if got, from := s.command("RCPT"), s.command("MAIL"); got != c.rcpt || strings.Contains(from, "SMTPUTF8") || strings.Contains(from, "ü") {
			t.Errorf("%s: said %q and %q, want %q and no SMTPUTF8", c.to, from, got, c.rcpt)
		}
		if strings.Contains(c.from, "ü") && !strings.Contains(s.sent(), "@xn--mller-kva.example>\r\n") {
			t.Errorf("from %s:\n%s", c.from, s.sent())
		}
	}
	for _, address := range []string{"jürgen@example.com", "田中@例え.テスト"} {
		s := mailServer{offers: "8BITMIME SMTPUTF8"}
		if err := sendTo(t, to(s.start(t, "127.0.0.1:0")), sender, address); err != nil || !strings.HasSuffix(s.command("MAIL"), " SMTPUTF8") {
			t.Errorf("%s: %v, said %q, want SMTPUTF8", address, err, s.command("MAIL"))
		}
		s = mailServer{offers: "8BITMIME"}
		err := sendTo(t, to(s.start(t, "127.0.0.1:0")), sender, address)
		if refused := (*Refused)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "SMTPUTF8") || s.command("MAIL") != "" {
			t.Errorf("%s by a server without SMTPUTF8: %v, said %q, want a refusal", address, err, s.said)
		}
	}
	var none mailServer
	port := none.start(t, "127.0.0.1:0")
	for _, address := range []string{"ann@ü..example", "ann@-ü.example", "nobody", "ann@"} {
		if refused := (*Refused)(nil); !errors.As(sendTo(t, to(port), sender, address), &refused) {
			t.Errorf("%q is not refused for good", address)
		}
	}
}

// TestRefused checks which answers are about the recipient and for good.
func TestRefused(t *testing.T) {
	for command, answers := range map[string]map[string]bool{
		"RCPT": {
			"550 5.1.1 no such user": true, "550 no such user": true, "551 user not local": true, "553 5.1.3 bad address": true, "552 5.2.2 mailbox full": true, "554 5.7.1 rejected": true,
			"450 4.2.0 greylisted": false, "421 closing": false, "452 4.2.2 full": false,
			"554 5.7.1 <a@b>: Relay access denied": false, "550 5.7.54 Unable to relay recipient in non-accepted domain": false, "530 5.7.0 Authentication required": false,
		},
		"MAIL": {"550 5.7.1 sender refused": false, "553 5.1.8 no such sender": false, "451 later": false},
		"DATA": {"554 5.5.1 no valid recipients": false},
	} {
		for answer, want := range answers {
			s := mailServer{answers: map[string]string{command: answer}}
			port := s.start(t, "127.0.0.1:0")
			err := sendTo(t, to(port), sender, "ann@example.com")
			refused := (*Refused)(nil)
			if errors.As(err, &refused) != want || err == nil || !strings.Contains(err.Error(), answer[4:]) {
				t.Errorf("%s at %s: %v, want refused %v", answer, command, err, want)
			}
		}
	}
}

// TestCheckSMTP checks that a check goes as far as RCPT, and sends nothing.
func TestCheckSMTP(t *testing.T) {
	var s mailServer
	port := s.start(t, "127.0.0.1:0")
	if err := CheckSMTP(t.Context(), to(port), sender, "", clock); err != nil || s.command("MAIL") != "" {
		t.Errorf("without an address: %v, said %q", err, s.said)
	}
	if err := CheckSMTP(t.Context(), to(port), sender, "ann@müller.example", clock); err != nil {
		t.Error(err)
	}
	if said := strings.Join(s.said, "\n"); !strings.HasSuffix(said, "RCPT TO:<ann@xn--mller-kva.example>\nRSET\nQUIT") || strings.Contains(said, "DATA") {
		t.Errorf("said:\n%s", said)
	}
	s.answers = map[string]string{"RCPT": "550 5.1.1 no such user"}
	if err := CheckSMTP(t.Context(), to(port), sender, "ann@example.com", clock); err == nil || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("an unknown recipient: %v", err)
	}
}

// TestGoodbyeDecidesNothing checks that a mail which the server has taken is
// not sent again because the connection ends badly.
func TestGoodbyeDecidesNothing(t *testing.T) {
	s := mailServer{answers: map[string]string{"QUIT": "421 closing", "RSET": "421 closing"}}
	if err := sendTo(t, to(s.start(t, "127.0.0.1:0")), sender, "ann@example.com"); err != nil || s.sent() == "" {
		t.Errorf(`sendTo(t, to(s.start(t, "127.0.0.1:0")), sender, "ann@example.com"): got %v, want no error, some s.sent()`, err)
	}
}

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
