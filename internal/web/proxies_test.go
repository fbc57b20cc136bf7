package web

import (
	"net/http"
	"net/netip"
	"testing"
)

// TestForwardedForms checks the forms in which proxies and load balancers write
// an address, and that nothing that a client writes before them counts.
func TestForwardedForms(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	one := Proxies{Networks: networks, Hops: 1}
	rfc := Proxies{Networks: networks, Hops: 1, Header: "Forwarded"}
	for _, c := range []struct {
		proxies            Proxies
		header             string
		lines              []string
		want, unread, peer string
	}{
		{one, "X-Forwarded-For", []string{"203.0.113.7"}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{"203.0.113.7:51008"}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{" 198.51.100.1 ,\t203.0.113.7:51008 "}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{"[2001:db8::1]:443"}, "2001:db8::1", "", ""},
		{one, "X-Forwarded-For", []string{"[2001:db8::1]"}, "2001:db8::1", "", ""},
		{one, "X-Forwarded-For", []string{"2001:DB8::1"}, "2001:db8::1", "", ""},
		{one, "X-Forwarded-For", []string{`"[2001:db8::1]:443"`}, "2001:db8::1", "", ""},
		{one, "X-Forwarded-For", []string{`"203.0.113.7"`}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{"[fe80::1%eth0]:80"}, "fe80::1", "", ""},
		{one, "X-Forwarded-For", []string{"[::ffff:203.0.113.7]:80"}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{"203.0.113.7"}, "203.0.113.7", "", "fd00::5"},
		{one, "X-Forwarded-For", []string{"203.0.113.7"}, "192.0.2.1", "", "192.0.2.1"}, // not a proxy
		{one, "X-Forwarded-For", []string{`"x, 203.0.113.7`}, "203.0.113.7", "", ""},    // a client's quote swallows nothing
		{one, "X-Forwarded-For", []string{"203.0.113.7, unknown"}, "10.0.0.5", headerStrange, ""},
		{one, "X-Forwarded-For", []string{"203.0.113.7:"}, "203.0.113.7", "", ""},
		{one, "X-Forwarded-For", []string{"203.0.113.7 51008"}, "10.0.0.5", headerStrange, ""},
		{one, "X-Forwarded-For", []string{"203.0.113.7]"}, "10.0.0.5", headerStrange, ""},
		{one, "X-Forwarded-For", []string{"[203.0.113.7"}, "10.0.0.5", headerStrange, ""},
		{one, "X-Forwarded-For", []string{"203.0.113.999"}, "10.0.0.5", headerStrange, ""},
		{one, "X-Forwarded-For", []string{""}, "10.0.0.5", headerStrange, ""},
		{one, "Forwarded", []string{"for=203.0.113.7"}, "10.0.0.5", headerMissing, ""}, // not the header that the proxy writes
		{Proxies{Networks: networks, Hops: 2}, "X-Forwarded-For", []string{"198.51.100.1, 203.0.113.7:80, 10.0.0.6:90"}, "203.0.113.7", "", ""},
		{Proxies{Networks: networks, Hops: 2}, "X-Forwarded-For", []string{"203.0.113.7"}, "10.0.0.5", headerShort, ""},
		{rfc, "Forwarded", []string{"for=203.0.113.7;proto=https;by=10.0.0.5"}, "203.0.113.7", "", ""},
		{rfc, "Forwarded", []string{`proto=https; For="[2001:db8:cafe::17]:4711"`}, "2001:db8:cafe::17", "", ""},
		{rfc, "Forwarded", []string{"for=198.51.100.1", `for="203.0.113.7:80";proto=http`}, "203.0.113.7", "", ""},
		{rfc, "Forwarded", []string{`for="x, for=203.0.113.7`}, "203.0.113.7", "", ""},
		{rfc, "Forwarded", []string{"for=203.0.113.7, for=unknown"}, "10.0.0.5", headerStrange, ""},
		{rfc, "Forwarded", []string{"for=_hidden"}, "10.0.0.5", headerStrange, ""},
		{rfc, "Forwarded", []string{"proto=https"}, "10.0.0.5", headerStrange, ""},
		{rfc, "X-Forwarded-For", []string{"203.0.113.7"}, "10.0.0.5", headerMissing, ""},
		{Proxies{Networks: networks, Hops: 1, Header: "X-Real-IP"}, "X-Real-IP", []string{"203.0.113.7"}, "203.0.113.7", "", ""},
		{Proxies{Networks: networks, Hops: 1, Header: "CF-Connecting-IP"}, "CF-Connecting-IP", []string{"2001:db8::1"}, "2001:db8::1", "", ""},
	} {
		header := http.Header{}
		for _, line := range c.lines {
			header.Add(c.header, line)
		}
		peer := c.peer
		if peer == "" {
			peer = "10.0.0.5"
		}
		if got, unread := c.proxies.client(peer, header); got != c.want || unread != c.unread {
			t.Errorf("%s %q from %s, %d hops: %q %q, want %q %q", c.header, c.lines, peer, c.proxies.Hops, got, unread, c.want, c.unread)
		}
	}
}
