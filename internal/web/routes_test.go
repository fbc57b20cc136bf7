package web_test

import (
	"strings"
	"testing"

	"portico/internal/web"
)

// TestEveryRouteIsGuarded checks that every route has a tag, and every
// administration route a permission.
func TestEveryRouteIsGuarded(t *testing.T) {
	known := map[string]bool{"public": true, "pending": true, "enrol": true, "full": true, "confirmed": true}
	for _, r := range web.RouteTable() {
		if !known[r.Tag] {
			t.Errorf("%s has the tag %q", r.Pattern, r.Tag)
		}
		if (strings.Contains(r.Pattern, "/administration/") || strings.Contains(r.Pattern, "/customers")) == (r.Need == "") {
			t.Errorf("%s needs %q", r.Pattern, r.Need)
		}
		// Routes that weaken an account's protection need a recent confirmation.
		if strings.HasPrefix(r.Pattern, "POST") && (strings.Contains(r.Pattern, "two-factor/d") || strings.HasSuffix(r.Pattern, "/account/password")) && r.Tag != "confirmed" {
			t.Errorf("%s is tagged %s", r.Pattern, r.Tag)
		}
	}
}

// TestHeadersOnEveryRoute checks that every page, including errors, forbids
// what the pages do not use, and is not cached.
func TestHeadersOnEveryRoute(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	paths := []string{"/nowhere", "/static/none.css"}
	for _, r := range web.RouteTable() {
		if method, path := fill(r.Pattern, c.user.ID); method == "GET" {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		h := try(b, "GET", path).Header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" ||
			h.Get("Cross-Origin-Opener-Policy") != "same-origin" || h.Get("Cache-Control") != "no-store" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("GET %s: got the headers %v, want those that every page has", path, h)
		}
	}
}
