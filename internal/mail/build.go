package mail

import (
	"crypto/rand"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// mailbox is a name and an address whose domain is in ASCII, as every mail
// server takes it.
type mailbox struct{ netmail.Address }

func (m mailbox) domain() string {
	return m.Address.Address[strings.LastIndexByte(m.Address.Address, '@')+1:]
}

// envelope returns the address as MAIL and RCPT need it.
func (m mailbox) envelope() string { return (&netmail.Address{Address: m.Address.Address}).String() }

// international reports whether the part before the @ is not ASCII, so that a
// mail server needs SMTPUTF8 (RFC 6531) for it.
func (m mailbox) international() bool {
	return strings.ContainsFunc(m.Address.Address, func(r rune) bool { return r >= utf8.RuneSelf })
}

// withASCIIDomain converts the domain of an address to ASCII (RFC 5891).
func withASCIIDomain(a netmail.Address) (mailbox, error) {
	at := strings.LastIndexByte(a.Address, '@') + 1
	domain := a.Address[at:]
	if strings.ContainsFunc(domain, func(r rune) bool { return r >= utf8.RuneSelf }) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return mailbox{}, fmt.Errorf("%s is not the name of a domain: %w", domain, err)
		}
		a.Address = a.Address[:at] + ascii
	}
	return mailbox{a}, nil
}

// parseSender reads the sender of all mails.
func parseSender(from string) (mailbox, error) {
	a, err := netmail.ParseAddress(from)
	if err != nil {
		return mailbox{}, fmt.Errorf("reading the sender %q: %w", from, err)
	}
	m, err := withASCIIDomain(*a)
	if err != nil {
		return mailbox{}, fmt.Errorf("reading the sender %q: %w", from, err)
	}
	return m, nil
}

// parseRecipient reads the recipient of a mail. It returns *Refused if the
// address is not one.
func parseRecipient(m Message) (mailbox, error) {
	// Write and read it again: a bare address may hold what a header must not.
	a, err := netmail.ParseAddress((&netmail.Address{Name: oneLine(m.Name), Address: m.To}).String())
	if err != nil {
		return mailbox{}, &Refused{fmt.Sprintf("reading the address: %v", err)}
	}
	to, err := withASCIIDomain(*a)
	if err != nil {
		return mailbox{}, &Refused{err.Error()}
	}
	return to, nil
}

// build returns the MIME message, with a part in plain text and one in HTML.
// go-mail encodes the headers, so that no name or subject can add a header.
// With eightBit, texts are not encoded, so that links are whole in the file.
func build(m Message, from, to mailbox, now time.Time, eightBit bool) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&from.Address)
	if err := msg.AddTo(to.String()); err != nil {
		return nil, fmt.Errorf("reading the address: %w", err)
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(now)
	id := m.ID
	if id == "" {
		id = rand.Text()
	}
	msg.SetMessageIDWithValue(id + "@" + from.domain())
	// Nobody reads the answers of autoresponders (RFC 3834; Exchange has a header
	// of its own).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	if m.Language != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, m.Language) // RFC 3282
	}
	text, html := gomail.EncodingQP, gomail.EncodingQP
	if eightBit && shortLines(m.Text) {
		text = gomail.NoEncoding
	}
	if eightBit && shortLines(m.HTML) {
		html = gomail.NoEncoding
	}
	msg.SetBodyString(gomail.TypeTextPlain, crlf(m.Text), gomail.WithPartEncoding(text))
	msg.AddAlternativeString(gomail.TypeTextHTML, crlf(m.HTML), gomail.WithPartEncoding(html))
	return msg, nil
}

// longestLine is the number of bytes that a line of a mail may have (RFC 5322,
// 2.1.1).
const longestLine = 998

func shortLines(s string) bool {
	for line := range strings.Lines(s) {
		if len(line) > longestLine {
			return false
		}
	}
	return true
}

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
