package web

import (
	"cmp"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the trusted proxies in front of the portal, which report the
// address of the client. The zero value trusts none.
type Proxies struct {
	Networks []netip.Prefix
	Hops     int    // how many of them each request passes
	Header   string // that they write the address into; "" for X-Forwarded-For
}

// Reasons why the address of a client is not known behind a trusted proxy.
const (
	headerMissing = "it is missing"
	headerShort   = "it has fewer addresses than --proxy-hops"
	headerStrange = "it has no address where the proxy writes it"
)

// trusts reports whether a TCP peer is one of the proxies.
func (p Proxies) trusts(peer string) bool {
	ip, err := netip.ParseAddr(peer)
	return err == nil && slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(ip.Unmap()) })
}

// client returns the address of the client: the TCP peer or, behind trusted
// proxies, the address that the outermost of them saw. Addresses that a client
// writes into the header itself are further left and are never read. unread
// says why the header of a trusted proxy could not be read; "" if it could.
func (p Proxies) client(peer string, header http.Header) (address, unread string) {
	if !p.trusts(peer) {
		return peer, ""
	}
	lines := header.Values(p.header())
	if len(lines) == 0 {
		return peer, headerMissing
	}
	// No address has a comma. To split at each, also between quotes, keeps what a
	// client writes from swallowing what the proxy has added.
	seen := strings.Split(strings.Join(lines, ","), ",")
	if len(seen) < p.Hops {
		return peer, headerShort
	}
	client, ok := forwardedAddress(seen[len(seen)-p.Hops])
	if !ok {
		return peer, headerStrange
	}
	return client.Unmap().WithZone("").String(), ""
}

func (p Proxies) header() string { return cmp.Or(p.Header, "X-Forwarded-For") }

// forwardedAddress reads an address as proxies and load balancers write it: with
// or without port, brackets and quotes, and as the parameter "for" of the header
// Forwarded (RFC 7239).
func forwardedAddress(s string) (netip.Addr, bool) {
	for pair := range strings.SplitSeq(s, ";") {
		name, value, found := strings.Cut(pair, "=")
		if found && strings.EqualFold(strings.TrimSpace(name), "for") {
			s = value
			break
		}
	}
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip, true
	}
	if rest, found := strings.CutPrefix(s, "["); found {
		inside, port, closed := strings.Cut(rest, "]")
		ip, err := netip.ParseAddr(inside)
		return ip, closed && err == nil && ip.Is6() && (port == "" || port[0] == ':')
	}
	host, _, found := strings.Cut(s, ":")
	ip, err := netip.ParseAddr(host)
	return ip, found && err == nil && ip.Is4()
}

// warnOfProxy logs once for each reason that the header of a trusted proxy could
// not be read. Everybody behind that proxy then has its address, and shares its
// limits.
func (s *Server) warnOfProxy(r *http.Request, unread string) {
	if _, known := s.warned.LoadOrStore(unread, true); known {
		return
	}
	value := strings.Join(r.Header.Values(s.Proxies.header()), ", ")
	s.Log.Warn("the address of a client is not known, because the header of a trusted proxy cannot be read: everybody behind it shares its limits",
		"proxy", r.RemoteAddr, "header", s.Proxies.header(), "reason", unread, "value", value[max(0, len(value)-100):])
}
