package mail

import (
	"regexp"
	"strings"
)

// Most characters of what people choose and mails say.
const (
	mostName   = 80
	mostReason = 200
)

// What mail programs make a link of, though it was sent as text: an address
// with a scheme, a mail address, a domain.
var (
	scheme = regexp.MustCompile(`:[/\\]+`)
	at     = regexp.MustCompile(`\s*[@＠]\s*`)
	domain = regexp.MustCompile(`([\p{L}\p{N}_-])[.．。｡]([\p{L}\p{N}_-]{2})`)
	login  = regexp.MustCompile(`^(.*)( \([^() ]{1,64}\))$`)
)

// plain is a text that somebody has chosen, as it stands in a mail: one line of
// most characters at most, and nothing in it that becomes a link. "J.R." stays.
func plain(s string, most int) string {
	s = oneLine(s)
	s = scheme.ReplaceAllString(s, ": ")
	s = at.ReplaceAllString(s, " at ")
	for domain.MatchString(s) { // matches overlap in a.bc.de
		s = domain.ReplaceAllString(s, "$1. $2")
	}
	if r := []rune(s); len(r) > most {
		s = strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

// person is plain for a name with the login ID behind it, which people have to
// recognise letter by letter. It holds no slash and no colon.
func person(s string) string {
	if m := login.FindStringSubmatch(oneLine(s)); m != nil {
		return plain(m[1], mostName) + m[2]
	}
	return plain(s, mostName)
}

// chosen is the data with what people have chosen made plain. Brand and name of
// a customer are the provider's choice, and may be a domain.
func chosen(d Data) Data {
	d.Brand, d.Customer = scheme.ReplaceAllString(oneLine(d.Brand), ": "), scheme.ReplaceAllString(oneLine(d.Customer), ": ")
	d.Name, d.By, d.Whom, d.Reason = plain(d.Name, mostName), plain(d.By, mostName), person(d.Whom), plain(d.Reason, mostReason)
	d.Browser = plain(d.Browser, mostName)
	return d
}
