package mail

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

const sender = `"Acme @ Work" <portico@example.com>`

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

// TestRefused checks which answers are about the recipient or the mail, and for
// good.
func TestRefused(t *testing.T) {
	for command, answers := range map[string]map[string]bool{
		"RCPT": {
			"550 5.1.1 no such user": true, "550 no such user": true, "551 user not local": true, "553 5.1.3 bad address": true, "552 5.2.2 mailbox full": true, "554 5.7.1 rejected": true,
			"450 4.2.0 greylisted": false, "421 closing": false, "452 4.2.2 full": false,
			"554 5.7.1 <a@b>: Relay access denied": false, "550 5.7.54 Unable to relay recipient in non-accepted domain": false, "530 5.7.0 Authentication required": false,
		},
		"MAIL": {"550 5.7.1 sender refused": false, "553 5.1.8 no such sender": false, "451 later": false},
		"DATA": {"554 5.5.1 no valid recipients": true, "451 later": false, "530 5.7.0 Must issue a STARTTLS command first": false},
		".": {
			"550 5.1.10 recipient not found": true, "552 5.3.4 too big": true, "554 5.7.1 spam": true,
			"451 4.7.1 later": false, "421 closing": false, "550 5.7.1 Unable to relay": false,
		},
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
