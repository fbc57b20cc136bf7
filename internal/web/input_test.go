package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// send posts a raw body.
func send(t *testing.T, c *fixture, b *porticotest.Client, path, contentType, body string) *porticotest.Page {
	t.Helper()
	r, err := http.NewRequest("POST", c.URL+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", contentType)
	return b.Do(r)
}

// TestBadInput sends every form what no page of the portal sends, and checks
// that no response is a 5xx and that no error is logged.
func TestBadInput(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	alice, olga := c.as(c.admin), c.operator()
	const form = "application/x-www-form-urlencoded"
	fields := []string{"login_id", "password", "new_password", "code", "reason", "first_name", "last_name", "email", "labels", "role", "next", "id", "move", "kind", "recovery_code", "session", "browser", "remember", "require_user", "require_operator", "password_length", "audit_months", "exempt_until", "seen"}
	bodies := map[string]string{"empty": ""}
	for name, value := range map[string]string{
		"long": strings.Repeat("x", 5000), "control": "a%00b%07", "not utf-8": "%ff%fe", "rtl": "%e2%80%ae", "sql": "'%20OR%201=1--", "percent": "%25s%25n", "array": "x",
	} {
		var pairs []string
		for _, f := range fields {
			if name == "array" {
				f += "%5B%5D"
			}
			pairs = append(pairs, f+"="+value)
		}
		bodies[name] = strings.Join(pairs, "&")
	}
	bodies["doubled"] = "password=a&password=b&code=1&code=2&reason=x&reason=y&first_name=a&first_name=b"
	bodies["bad escape"] = "reason=%zz"
	bodies["semicolons"] = "reason=a;b=c"
	names := slices.Sorted(maps.Keys(bodies))
	for i, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if method != "POST" || path == "/logout" {
			continue
		}
		b := alice
		if r.Need == portico.ManageCustomers { // globex, because this route may suspend the customer, and alice must stay active
			b, path = olga, strings.Replace(path, "/acme", "/globex", 1)
		}
		for j, name := range names {
			if (i+j)%porticotest.Amount(1, 4) != 0 { // with -short, a quarter: each form and each body
				continue
			}
			p := send(t, c, b, path, form, bodies[name])
			if p.Status >= 500 || p.Status == 200 && p.Path == path && p.Alert() != "" {
				t.Errorf("%s with %s: %d %s", r.Pattern, name, p.Status, p.Text())
			}
		}
		if p := send(t, c, b, path, form, "reason="+strings.Repeat("x", 70<<10)); p.Status != 413 && !strings.HasPrefix(p.Path, "/login") && r.Tag != "pending" &&
			p.Status != 415 && p.Status != 404 && (!r.Enters || p.Status != 403) && !bodyless[r.Pattern] {
			t.Errorf("%s with 70 KiB: %d", r.Pattern, p.Status)
		}
		if p := send(t, c, b, path, "application/json", `{"reason":"x","password":["a"]}`); p.Status >= 500 {
			t.Errorf("%s with JSON: %d", r.Pattern, p.Status)
		}
	}
	if strings.Contains(c.Logs.String(), "level=ERROR") {
		t.Errorf("errors were logged:\n%s", c.Logs.String())
	}
}

// TestUnreadableAddresses checks that addresses which are not valid text get a
// 404 on every route, and never reach the database.
func TestUnreadableAddresses(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice, olga := c.as(c.admin), c.operator()
	for i, r := range web.RouteTable() {
		for j, bad := range []string{"%ff", "%00", "a%00b"} {
			if (i+j)%porticotest.Amount(1, 3) != 0 { // with -short, one of them for each route
				continue
			}
			wild := strings.NewReplacer("{user}", bad, "{slug}", bad, "{token}", bad, "{hash}", bad, "{import}", bad, "{authenticator}", bad, "{$}", "").Replace(r.Pattern)
			method, path, _ := strings.Cut(wild, " ")
			if strings.Contains(r.Pattern, "/logout") {
				continue
			}
			addresses := []string{path + "?after=" + bad, path + "?" + bad + "=x", path + "?a=%zz&before=" + bad}
			if strings.Contains(path, bad) {
				addresses = append(addresses, path)
			}
			for _, address := range addresses {
				for who, b := range map[string]*porticotest.Client{"nobody": c.Client(), "alice": alice, "olga": olga} {
					if p := try(b, method, address); p.Status != 404 {
						t.Errorf("%s %s as %s: %d, want status 404", method, address, who, p.Status)
					}
				}
			}
		}
	}
	if strings.Contains(c.Logs.String(), "level=ERROR") {
		t.Errorf("errors were logged:\n%s", c.Logs.String())
	}
}

// bodyless routes do not read the body.
var bodyless = map[string]bool{
	"POST /not-me/{token}": true, "POST /unlock/{token}": true, "POST /email/{token}": true, "POST /account/email/cancel": true, "POST /account/recovery-codes": true, "POST /account/recovery-codes/saved": true,
	"POST /customers/{slug}/suspend": true, "POST /customers/{slug}/reactivate": true, "POST /customers/{slug}/delete/cancel": true, "POST /customers/{slug}/logo/remove": true, "POST /administration/branding/logo/remove": true,
	"POST /administration/access/{user}/end-sessions": true, "POST /administration/access/{user}/exemption/end": true,
	"POST /account/two-factor/disable": true, "POST /account/authenticators": true, "POST /account/authenticators/{authenticator}/delete": true, "POST /account/two-factor/delete": true,
	"POST /administration/access/{user}/unlock": true, "POST /administration/access/{user}/invite": true, "POST /administration/access/{user}/withdraw": true, "POST /administration/access/{user}/suspend": true,
	"POST /administration/access/{user}/reactivate": true, "POST /administration/access/{user}/password-link": true,
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	for path, status := range map[string]int{
		"/nowhere": 404, "/account/nothing": 404, "/static/": 404, "/login/nothing": 404, "/activate/x": 410, "/password/x": 410, "/setup/x": 404,
		"/logout": 405, disable: 405, confirm: 405,
	} {
		p := b.Get(path)
		if p.Status != status {
			t.Errorf("%s: %d, want %d", path, p.Status, status)
		}
		if path == "/logout" && p.Header.Get("Allow") != "POST" {
			t.Errorf("Allow: %q", p.Header.Get("Allow"))
		}
		if (status == 404 || status == 405) && !p.Has("Log out") && status != 410 && path != "/setup/x" {
			t.Errorf("%s is not in the layout: %s", path, p.Text())
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"} {
		r, err := http.NewRequest(method, c.URL+"/account", nil)
		must(t, err)
		if p := b.Do(r); p.Status != 405 && p.Status != 403 {
			t.Errorf("%s: %d, want not (p.Status != 405 && p.Status != 403)", method, p.Status)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/account", "//x", `/\x`, "/a?b=c", "https://x", "/%2f%2fx", "/\tx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := web.LocalPath(s)
		if got == "" {
			return
		}
		u, err := url.Parse("https://portal.example" + got)
		if err != nil || u.Host != "portal.example" || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t") {
			t.Errorf("%q leads to %q", s, got)
		}
	})
}
