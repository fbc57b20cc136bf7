package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// URL returns the base URL in the form in which browsers send it as Origin:
// without a path and without the scheme's own port, and with the host in lower
// case and ASCII. Without a base URL it is empty. Validate must have succeeded
// before.
func (c Config) URL() *url.URL {
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return &url.URL{}
	}
	return &url.URL{Scheme: u.Scheme, Host: browserHost(u)}
}

// browserHost returns the host and, unless it is the scheme's own, the port of
// an address, as browsers write them (RFC 6454, 4; UTS 46).
func browserHost(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if ascii, err := idna.Lookup.ToASCII(u.Hostname()); err == nil && !isASCII(u.Hostname()) {
		host = ascii
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		host = "[" + ip.String() + "]"
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil || port == map[string]int{"http": 80, "https": 443}[u.Scheme] {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
