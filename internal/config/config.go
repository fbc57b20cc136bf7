// Package config owns the settings of the program: the names of their flags and
// environment variables, their defaults, and the validation of their values.
//
// It opens nothing and reads no files but those that hold a secret, and does not
// import any of our packages. The tags are those of kong. Each flag can also be
// set as an environment variable, PORTICO_ and the name of the flag in capitals,
// with underscores, and in the settings file, which package cli reads.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// DefaultData is the data directory if none is given.
const DefaultData = "./data"

// DefaultProxyHeader is the header with the client's address if none is given.
const DefaultProxyHeader = "X-Forwarded-For"

// Data says where the portal keeps its data. Every command that opens the
// database has these settings.
type Data struct {
	ConfigFile   string     `name:"config" help:"Settings file (TOML). Flags and environment variables override it. Without this flag, DIR/portico.toml is read if it exists." placeholder:"FILE" group:"data"`
	Data         string     `help:"Directory of the database, the keyset and unsent mails." default:"./data" placeholder:"DIR" group:"data"`
	Database     string     `help:"PostgreSQL database to use instead of SQLite, such as postgres://portico@db.example.com/portico. Put the password in PGPASSWORD, or the whole address in --database-file." placeholder:"URL" group:"data"`
	DatabaseFile SecretFile `name:"database-file" help:"File with the address of the PostgreSQL database, instead of --database." placeholder:"FILE" group:"data"`
	Keyset       string     `help:"Keyset file, instead of keyset.json in the data directory. It may be a read-only secret of systemd, Kubernetes or Docker." placeholder:"FILE" group:"data"`
}

// KeysetFile returns the path of the keyset of a portal with this absolute data
// directory.
func (d Data) KeysetFile(dir string) string {
	return cmp.Or(d.Keyset, filepath.Join(dir, "keyset.json"))
}

// Config holds the settings that a portal needs apart from listening: Data,
// addresses, mail and log-in.
type Config struct {
	Data     `embed:""`
	BaseURL  string     `name:"base-url" help:"Address at which users reach the portal. Links in mails begin with it. Without it, serve uses the port that it listens on, and other commands use what serve has recorded." placeholder:"URL" group:"settings"`
	SMTP     string     `name:"smtp" help:"Mail server, such as smtp://mail.example.com:587 or smtps://... Without one, or with none, each mail is written to a file in DIR/outbox." placeholder:"URL" group:"settings"`
	SMTPFile SecretFile `name:"smtp-file" help:"File with the address of the mail server, instead of --smtp. Use it for an address with a password, such as smtp://user:password@mail.example.com:587." placeholder:"FILE" group:"settings"`
	From     string     `name:"mail-from" help:"Sender address of mails." placeholder:"ADDRESS" group:"settings"`

	SMTPHello     string `name:"smtp-hello" help:"Host name to give to the mail server (EHLO), instead of that of --base-url." placeholder:"NAME" group:"settings"`
	SMTPClearText bool   `name:"smtp-clear-text" help:"Allow a mail server without TLS at a private address. Links that let users in then travel in clear text." group:"settings"`

	DatabaseConnections int `name:"database-connections" help:"Maximum number of connections to PostgreSQL." default:"20" placeholder:"N" group:"data"`

	OfficeNetwork []string `name:"office-network" help:"Office networks, whose users share an address. Ten times as many failed attempts are allowed from there." placeholder:"CIDR,..." group:"settings"`

	HashMemory      uint32 `name:"hash-memory" help:"Memory for each password hash (argon2id), in KiB." placeholder:"KIB" group:"settings"`
	HashTime        uint32 `name:"hash-time" help:"Passes for each password hash." placeholder:"N" group:"settings"`
	HashParallelism uint8  `name:"hash-parallelism" help:"Lanes for each password hash." placeholder:"N" group:"settings"`
	CodeWindow      int64  `name:"code-window" help:"How many 30-second steps early or late a code may be: 0 or 1." default:"1" placeholder:"N" group:"settings"`
}

// Listen is the address that a server listens on.
type Listen struct {
	Listen string `help:"Address and port to listen on." default:"127.0.0.1:8080" placeholder:"ADDRESS"`
}

// Observability configures the metrics, profiling and logs of serve.
type Observability struct {
	MetricsListen string `name:"metrics-listen" help:"Separate address for Prometheus (/metrics), on this machine only." placeholder:"ADDRESS"`
	MetricsPublic bool   `name:"allow-public-metrics" help:"Allow --metrics-listen to be reachable from other machines. It asks for no log-in, and the profiler exposes memory."`
	Pprof         bool   `name:"pprof" help:"Also serve Go's profiler (/debug/pprof/) there."`
	LogFormat     string `name:"log-format" help:"text or json." enum:"text,json" default:"text" placeholder:"FORMAT"`
}

// Validate returns an error if Pprof lacks MetricsListen, or if MetricsListen is
// not an address with a port on this machine. MetricsPublic allows any address.
func (s Observability) Validate() error {
	if s.Pprof && s.MetricsListen == "" {
		return errors.New("--pprof: give --metrics-listen too, it answers there")
	}
	if s.MetricsListen == "" {
		return nil
	}
	host, err := hostAndPort("--metrics-listen", s.MetricsListen, "127.0.0.1:9090")
	if err != nil {
		return err
	}
	if !Loopback(host) && !s.MetricsPublic {
		return fmt.Errorf("--metrics-listen %q: others reach this address, and nobody has to log in there; give one of this machine, such as 127.0.0.1:9090, or --allow-public-metrics", s.MetricsListen)
	}
	return nil
}

// Fits returns an error if the metrics and the portal would listen at one address.
func (s Observability) Fits(l Listen) error {
	host, port, err := net.SplitHostPort(s.MetricsListen)
	other, otherPort, otherErr := net.SplitHostPort(l.Listen)
	if err != nil || otherErr != nil || port != otherPort || port == "0" {
		return nil //nolint:nilerr // Validate reports the error
	}
	every := func(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }
	named := Loopback(host) && Loopback(other) && (host == "localhost" || other == "localhost") // which may be either address
	if host != other && !every(host) && !every(other) && !named {
		return nil
	}
	return fmt.Errorf("--metrics-listen %q: --listen %s has this port already; give another one, such as 127.0.0.1:9090", s.MetricsListen, l.Listen)
}

// Stream configures where serve sends the events of the audit logs.
type Stream struct {
	AuditStream string `name:"audit-stream" help:"Also send every audit event, as a line of JSON, to stdout or to a syslog server such as syslog+tls://logs.example.com:6514." placeholder:"URL"`
}

// Transport configures how requests reach serve: over its own TLS, or through
// proxies.
type Transport struct {
	TLSCert        string   `name:"tls-cert" help:"File with the TLS certificate and its chain (PEM). It is read again when it changes." placeholder:"FILE"`
	TLSKey         string   `name:"tls-key" help:"File with the certificate's private key (PEM)." placeholder:"FILE"`
	TrustedProxy   []string `name:"trusted-proxy" help:"Addresses or networks of the proxies in front of the portal, such as 10.0.0.0/8. Only they are trusted to set --proxy-header." placeholder:"CIDR,..."`
	ProxyHops      int      `name:"proxy-hops" help:"Number of proxies that each request passes through." default:"1" placeholder:"N"`
	ProxyHeader    string   `name:"proxy-header" help:"Header in which the proxies send the client's address, such as Forwarded." default:"X-Forwarded-For" placeholder:"NAME"`
	MaxConnections int      `name:"max-connections" help:"Maximum number of connections. Beyond it, the one that was idle longest is closed." default:"10000" placeholder:"N"`
	AllowClearText bool     `name:"allow-clear-text" help:"Allow listening without TLS on an address that other machines can reach. Passwords then travel in clear text."`
}

// TLS reports whether the portal terminates TLS itself.
func (t Transport) TLS() bool { return t.TLSCert != "" }

// Proxies returns the networks of the trusted proxies, or an error that names
// the first invalid one. An address stands for itself alone.
func (t Transport) Proxies() ([]netip.Prefix, error) {
	return networks("--trusted-proxy", t.TrustedProxy)
}

// Offices returns the networks of offices, or an error that names the first
// that is invalid or so wide that strangers are in it.
func (c Config) Offices() ([]netip.Prefix, error) {
	offices, err := networks("--office-network", c.OfficeNetwork)
	for _, n := range offices {
		if narrow := map[bool]int{true: 8, false: 16}[n.Addr().Is4()]; n.Bits() < narrow {
			return nil, fmt.Errorf("--office-network %s: strangers are in a network this wide; give that of the office alone, a /%d at most", n, narrow)
		}
	}
	return offices, err
}

// networks reads the networks and addresses of a flag.
func networks(flag string, values []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range values {
		for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
			p, err := network(item)
			if err != nil {
				return nil, fmt.Errorf("%s %q: give an address such as 10.0.0.5 or a network such as 10.0.0.0/8", flag, item)
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// network reads a network or a single address. IPv4 inside IPv6 becomes IPv4, as
// the addresses that it is compared with.
func network(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		var ip netip.Addr
		if ip, err = netip.ParseAddr(s); err != nil || ip.Zone() != "" {
			return p, errors.New("no address")
		}
		p = netip.PrefixFrom(ip, ip.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// headerName is the name of an HTTP header (RFC 9110, 5.6.2), as proxies have
// them.
var headerName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Validate returns an error if only one of TLSCert and TLSKey is given, or if
// ProxyHops, ProxyHeader or TrustedProxy is invalid.
func (t Transport) Validate() error {
	if (t.TLSCert == "") != (t.TLSKey == "") {
		return errors.New("give --tls-cert and --tls-key together")
	}
	if err := errors.Join(CheckNumber("max-connections", int64(t.MaxConnections)), CheckNumber("proxy-hops", int64(t.ProxyHops))); err != nil {
		return err
	}
	if !headerName.MatchString(t.ProxyHeader) {
		return fmt.Errorf("--proxy-header %q: give the name of a header, such as X-Forwarded-For", t.ProxyHeader)
	}
	trusted, err := t.Proxies()
	if err == nil && len(trusted) == 0 && t.ProxyHeader != DefaultProxyHeader {
		return fmt.Errorf("--proxy-header %s: it is believed from trusted proxies alone; give --trusted-proxy too", t.ProxyHeader)
	}
	return err
}

// TrustsEverybody returns the networks among the trusted proxies that hold every
// address. Anyone can then write any address into ProxyHeader.
func (t Transport) TrustsEverybody() []netip.Prefix {
	networks, err := t.Proxies()
	if err != nil {
		return nil // Validate says so
	}
	return slices.DeleteFunc(networks, func(n netip.Prefix) bool { return n.Bits() > 0 })
}

// proxied reports whether any proxy is trusted.
func (t Transport) proxied() bool {
	networks, err := t.Proxies()
	return err == nil && len(networks) > 0
}

// Fits returns an error if passwords could travel in clear text where others
// can read them: without its own TLS, without trusted proxies and without
// --allow-clear-text, the portal may listen only on this machine. It also
// returns an error if --tls-cert is given with a --base-url that does not begin
// with https.
func (t Transport) Fits(l Listen, c Config) error {
	if t.TLS() && c.BaseURL != "" && c.URL().Scheme != "https" {
		return fmt.Errorf("--base-url %q: with --tls-cert it begins with https", c.BaseURL)
	}
	host, _, err := net.SplitHostPort(l.Listen)
	if err != nil || Loopback(host) || t.TLS() || t.proxied() || t.AllowClearText {
		return nil //nolint:nilerr // Listen.Validate reports the error
	}
	return fmt.Errorf("--listen %q: others reach this address, and passwords would travel in clear; give --tls-cert and --tls-key, or --trusted-proxy for a proxy that does TLS", l.Listen)
}

// Loopback reports whether only this machine can reach a host.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Validate returns an error if the base URL, the database, an office network or
// the code window is invalid, or if the mail server is given twice. It does not
// check the other settings.
func (c Config) Validate() error {
	if err := c.validateBaseURL(); err != nil {
		return err
	}
	if err := c.Data.Validate(); err != nil {
		return err
	}
	if c.SMTP != "" && c.SMTPFile.Path != "" {
		return errors.New("give --smtp or --smtp-file, not both")
	}
	if c.DatabaseConnections != 0 { // the default
		if err := CheckNumber("database-connections", int64(c.DatabaseConnections)); err != nil {
			return err
		}
	}
	_, err := c.Offices()
	return errors.Join(CheckNumber("code-window", c.CodeWindow), err)
}

// validateBaseURL returns an error if the base URL is given and is not scheme
// and host alone.
func (c Config) validateBaseURL() error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err == nil && u.User != nil || err != nil && strings.Contains(c.BaseURL, "@") {
		return errors.New("--base-url: give scheme and host alone, such as https://portal.example.com, without a user name or a password")
	}
	if err == nil && u.Port() != "" {
		var port uint64
		if port, err = strconv.ParseUint(u.Port(), 10, 16); port == 0 {
			err = cmp.Or(err, errors.New("no port"))
		}
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("--base-url %q: give scheme and host alone, such as https://portal.example.com", c.BaseURL)
	}
	return nil
}

// Validate returns an error if Listen is not an address with a port.
func (l Listen) Validate() error {
	_, err := hostAndPort("--listen", l.Listen, "127.0.0.1:8080")
	return err
}

// String returns the settings without those that hold passwords: the addresses
// of the database and of the mail server.
func (c Config) String() string {
	return fmt.Sprintf("data=%s base-url=%s mail-from=%s hash=m=%d,t=%d,p=%d code-window=%d",
		c.Data.Data, c.URL(), c.From, c.HashMemory, c.HashTime, c.HashParallelism, c.CodeWindow)
}
