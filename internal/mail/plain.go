package mail

import (
	"regexp"
	"slices"
	"strings"
)

// Maximum lengths, in characters, of names and reasons in mails. A renamed
// authenticator is named twice, so that it has the length of a reason.
const (
	mostName   = 80
	mostReason = 200
)

// Text that mail programs turn into links: an address with a scheme, a mail
// address, a domain.
var (
	scheme = regexp.MustCompile(`:[/\\]+`)
	at     = regexp.MustCompile(`\s*[@＠]\s*`)
	domain = regexp.MustCompile(`([\p{L}\p{N}_-])[.．。｡]([\p{L}\p{N}_-]{2})`)
	login  = regexp.MustCompile(`^(.*)( \([^() ]{1,64}\))$`)
)

// plain returns text that a user has chosen, in the form for a mail: a single
// line of at most most characters, without anything that becomes a link. "J.R."
// stays as it is.
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

// person is plain for a name followed by the login ID, which the reader must
// recognise letter by letter. A login ID contains no slash and no colon.
func person(s string) string {
	if m := login.FindStringSubmatch(oneLine(s)); m != nil {
		return plain(m[1], mostName) + m[2]
	}
	return plain(s, mostName)
}

// chosen returns d with plain text in the fields that users can choose. The
// provider chooses the brand and the name of a customer, which may be domains.
func chosen(d Data) Data {
	d.Brand, d.Customer = scheme.ReplaceAllString(oneLine(d.Brand), ": "), scheme.ReplaceAllString(oneLine(d.Customer), ": ")
	d.Name, d.By, d.Whom, d.Reason = plain(d.Name, mostName), plain(d.By, mostName), person(d.Whom), plain(d.Reason, mostReason)
	d.Browser, d.Passkeys, d.Named = plain(d.Browser, mostName), plain(d.Passkeys, mostReason), plain(d.Named, mostReason)
	d.Accounts = slices.Clone(d.Accounts)
	for i, a := range d.Accounts {
		d.Accounts[i].Customer = scheme.ReplaceAllString(oneLine(a.Customer), ": ")
	}
	return d
}
