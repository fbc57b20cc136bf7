package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/textproto"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portico/internal/mail"
	"portico/internal/store"
)

// mailPatience is how long the mail server may take to answer.
const mailPatience = 5 * time.Second

func (c *checkup) mail() {
	unasked := warning
	if c.mailTo != "" { // the question has no answer
		unasked = problem
	}
	if c.cfg.MailServer() == "" && c.sentBy != "" {
		c.say(unasked, "mail", "portico serve sends mails through %s, which was not asked: give --smtp-file or --smtp as serve has it", c.sentBy)
		return
	}
	if c.cfg.MailServer() == "" && c.mailTo != "" {
		c.say(unasked, "mail", "no mail server is known that could be asked about %s: give --smtp", c.mailTo)
		return
	}
	if c.cfg.MailServer() == "" {
		c.say(warning, "mail", "no mail is sent: each mail is written to a file in %s; give --smtp", filepath.Join(c.dir, "outbox"))
		return
	}
	if a, err := netmail.ParseAddress(c.mailTo); c.mailTo != "" && (err != nil || a.Address != c.mailTo) {
		c.say(problem, "mail", "--mail-to %q is not one email address, such as name@example.com; the mail server was not asked", c.mailTo)
		return
	}
	ctx, cancel := context.WithTimeout(c.env.ctx, mailPatience)
	defer cancel()
	server := smtpServer(c.cfg)
	err := mail.CheckSMTP(ctx, server, c.cfg.From, c.mailTo, c.env.now)
	if refused := (*mail.Refused)(nil); errors.As(err, &refused) {
		c.say(problem, "mail", "the mail server accepts no mail to %s: %s", c.mailTo, refused.Reason)
		return
	}
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) && answer.Code/100 == 4 { // mostly greylisting of an address that is new to the server
		c.say(warning, "mail", "the mail server asks to come back later (%d %s): this is not a failure, because the portal sends such mails again; try again in a few minutes", answer.Code, answer.Msg)
		return
	}
	if err != nil {
		c.say(problem, "mail", "%v: no links reach users; check --smtp and the mail server's log", err)
		return
	}
	if c.mailTo == "" {
		c.say(fine, "mail", "the mail server answers; with --mail-to, it is asked whether it accepts mail to an address")
	} else {
		c.say(fine, "mail", "the mail server accepts mail to %s", c.mailTo)
	}
	if host := c.cfg.URL().Hostname(); c.cfg.SMTPHello == "" && onlyHere(host) {
		c.say(warning, "mail", "the portal calls itself %s, which mail servers elsewhere refuse: give --base-url or --smtp-hello", host)
	}
	if strings.HasSuffix(strings.Trim(c.cfg.From, "<> "), "@localhost") {
		c.say(warning, "mail", "the sender is %s, which mail servers refuse: give --mail-from", c.cfg.From)
	}
}

// lateMail is how long a mail may wait to be sent before that is a problem.
const lateMail = 5 * time.Minute

// queue checks for mails that should have been sent by now.
func (c *checkup) queue(db *store.DB) {
	r := db.Read(c.env.ctx)
	q, err := r.MailQueue(10_000)
	switch {
	case err != nil:
		c.say(problem, "mails", "%v", err)
	case q.Waiting == 0:
		c.say(fine, "mails", "no mail is waiting")
	case q.Problem != "":
		c.say(problem, "mails", "%d wait to be sent, the oldest since %s: %s", q.Waiting, q.Oldest.UTC().Format(utcTime), q.Problem)
	case r.Now.Sub(q.Oldest) > lateMail:
		c.say(problem, "mails", "%d wait to be sent, the oldest since %s, and were not tried: portico serve sends them", q.Waiting, q.Oldest.UTC().Format(utcTime))
	default:
		c.say(fine, "mails", "%d wait to be sent", q.Waiting)
	}
}

// refusals tells of addresses that the mail server refuses: nobody tries those again.
func (c *checkup) refusals(db *store.DB) {
	m, err := db.Read(c.env.ctx).MailRefusals()
	switch {
	case err != nil:
		c.say(problem, "mails", "%v", err)
	case m.People > 0:
		c.say(warning, "mails", "people whose address the mail server refuses for good: %d, the last at %s, %s at %s: %s; each user's page says so until the address is corrected or a mail arrives",
			m.People, m.Newest.At.UTC().Format(utcTime), m.Of.NameAndLogin(), m.Of.Email, m.Newest.Reason)
	}
}

func (c *checkup) baseURL() {
	u := c.cfg.URL()
	switch {
	case u.Scheme == "https":
		c.say(fine, "base URL", "%s", u)
	case onlyHere(u.Hostname()):
		c.say(warning, "base URL", "%s is of this machine alone, and so are the links in mails: give --base-url https://...", u)
	default:
		c.say(problem, "base URL", "%s: passwords and codes travel in clear, and cookies lack their protection; give an address with https", u)
	}
}

func onlyHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// certificateDays is how many days before a certificate expires doctor warns.
const certificateDays = 14

func (c *checkup) certificate() {
	if !c.transport.TLS() {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.transport.TLSCert, c.transport.TLSKey)
	if err != nil {
		c.say(problem, "TLS", "%v: --tls-cert and --tls-key have to be readable, and belong together", err)
		return
	}
	if keyExposed(c.transport.TLSKey) {
		c.say(problem, "TLS", "everybody on this machine may read %s, or others may change it: run chmod 600 on it", c.transport.TLSKey)
	}
	now, leaf := c.env.now(), pair.Leaf
	left := int(leaf.NotAfter.Sub(now).Hours() / 24)
	switch {
	case !now.Before(leaf.NotAfter):
		c.say(problem, "TLS", "the certificate expired on %s: browsers refuse it; renew it", leaf.NotAfter.UTC().Format(utcTime))
	case now.Before(leaf.NotBefore):
		c.say(problem, "TLS", "the certificate is not valid before %s: check the clock", leaf.NotBefore.UTC().Format(utcTime))
	case left < certificateDays:
		c.say(warning, "TLS", "the certificate expires in %d days: renew it; serve loads it automatically", left)
	default:
		c.say(fine, "TLS", "the certificate is valid for another %d days", left)
	}
	if host := c.cfg.URL().Hostname(); !onlyHere(host) && leaf.VerifyHostname(host) != nil {
		c.say(problem, "TLS", "the certificate is for %s, not for %s, the host of --base-url", strings.Join(leaf.DNSNames, ", "), host)
	}
}

// addressesTried is how many of the newest sessions are looked at for the
// addresses of their clients.
const addressesTried = 200

// addresses looks at the sessions for addresses of the proxies themselves: where
// most have one of those, the portal could not read the client's.
func (c *checkup) addresses(db *store.DB) {
	networks, err := c.transport.Proxies()
	if err != nil || len(networks) == 0 {
		return // proxies says the error
	}
	seen, err := db.Read(c.env.ctx).SessionAddresses(addressesTried)
	if err != nil {
		c.say(problem, "proxies", "%v", err)
		return
	}
	times := map[netip.Addr]int{}
	for _, text := range seen {
		ip, err := netip.ParseAddr(text)
		if err == nil && slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(ip) }) {
			times[ip]++
		}
	}
	for ip, n := range times {
		if 2*n > len(seen) {
			c.say(warning, "proxies", "%d of the newest %d sessions come from %s, a trusted proxy: the portal cannot read the client's address in %s, and everybody shares the limits of the proxy; "+
				"look for the warning in the log of serve, and let the proxy write that header", n, len(seen), ip, c.transport.ProxyHeader)
		}
	}
}

func (c *checkup) proxies() {
	networks, err := c.transport.Proxies()
	if err != nil {
		c.say(problem, "proxies", "%v", err)
		return
	}
	for _, n := range networks {
		switch narrow := map[bool]int{true: 8, false: 16}[n.Addr().Is4()]; {
		case n.Bits() == 0:
			c.say(problem, "proxies", "--trusted-proxy %s trusts everybody: anyone can write any address into %s and get past the limits by address; give the proxy's own", n, c.transport.ProxyHeader)
		case n.Bits() < narrow:
			c.say(warning, "proxies", "--trusted-proxy %s is very wide: give the proxy's own network", n)
		default:
			c.say(fine, "proxies", "%s is trusted, %d hop(s)", n, c.transport.ProxyHops)
		}
	}
	if len(networks) == 0 && c.cfg.URL().Scheme == "https" && !c.transport.TLS() {
		c.say(warning, "proxies", "the base URL is https and serve has no certificate, so a proxy stands in front, but none is trusted: everybody seems to come from its address, "+
			"and one who guesses slows all down; give --trusted-proxy")
	}
}
