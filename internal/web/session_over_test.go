package web_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// nothingTyped are the forms that are not shown again after a log-in, and why.
var nothingTyped = map[string]string{
	"/account/password":           "passwords alone",
	"/account/two-factor/confirm": "a code alone",
	"/confirm":                    "a password and a code; the form that waits for it is shown, see TestFormThatWaitedIsKept",
	"/access/import":              "a file, which the page says",
	"/logo":                       "a file, which the page says",

	"/logout": "a button", "/vouch/{reset}": "a button",
	"/account/email/cancel": "a button", "/account/two-factor/enable": "a button", "/account/two-factor/disable": "a button",
	"/account/two-factor/delete": "a button", "/account/two-factor/keep": "a button",
	"/account/recovery-codes": "a button", "/account/recovery-codes/saved": "a button",
	"/account/sessions/end": "a button", "/account/sessions/end-others": "a button", "/account/sessions/forget": "a button",
	"/imports/{import}/start": "a button", "/imports/{import}/invite": "a button", "/imports/{import}/stop": "a button", "/imports/{import}/discard": "a button",
	"/access/{user}/invite": "a button", "/access/{user}/withdraw": "a button", "/access/{user}/suspend": "a button",
	"/access/{user}/reactivate": "a button", "/access/{user}/password-link": "a button", "/access/{user}/end-sessions": "a button",
	"/access/{user}/unlock": "a button", "/access/{user}/delete": "a button", "/access/{user}/exemption/end": "a button",
	"/resets/{reset}/call": "a button", "/resets/{reset}/approve": "a button", "/resets/{reset}/cancel": "a button", "/resets/{reset}/code": "a button",
	"/logo/remove": "a button", "/suspend": "a button", "/reactivate": "a button", "/delete/cancel": "a button",
}

// forms returns the addresses of the forms that need a session, by whether they
// are shown again.
func forms() (typed, not []web.RouteInfo) {
	for _, r := range web.RouteTable() {
		switch {
		case !strings.HasPrefix(r.Pattern, "POST ") || r.Tag == "public" || r.Tag == "pending":
		case web.Typed(r.Pattern):
			typed = append(typed, r)
		default:
			not = append(not, r)
		}
	}
	return typed, not
}

// TestEveryFormIsKeptOrArgued checks that no form loses what was typed when the
// session ends, unless nothingTyped has the reason.
func TestEveryFormIsKeptOrArgued(t *testing.T) {
	typed, not := forms()
	for _, r := range typed {
		if why := nothingTyped[web.WithoutBase(r.Pattern)]; why != "" {
			t.Errorf("%s is shown again, and said to be %s", r.Pattern, why)
		}
	}
	known := map[string]bool{}
	for _, r := range not {
		known[web.WithoutBase(r.Pattern)] = true
		if nothingTyped[web.WithoutBase(r.Pattern)] == "" {
			t.Errorf("%s: a form that is lost when the session ends; add it to typedPages, or give the reason here", r.Pattern)
		}
	}
	for path := range nothingTyped {
		if !known[path] {
			t.Errorf("there is no form at %s", path)
		}
	}
}

// formOn returns the fields of the largest form that a page sends to an
// address, with the values that a browser would send.
func formOn(t *testing.T, p *porticotest.Page, action string) (fields map[string]string, inputs map[string]*html.Node) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(p.Body))
	must(t, err)
	for n := range root.Descendants() {
		if n.Data != "form" || attribute(n, "action") != action || attribute(n, "method") != "post" {
			continue
		}
		found, in := map[string]string{}, map[string]*html.Node{}
		for f := range n.Descendants() {
			name := attribute(f, "name")
			if name == "" || f.Data == "button" {
				continue
			}
			kind := attribute(f, "type")
			if _, checked := attributes(f)["checked"]; (kind == "checkbox" || kind == "radio") && !checked {
				if kind == "checkbox" {
					in[name] = f
				}
				continue
			}
			in[name], found[name] = f, attribute(f, "value")
			if f.Data == "select" {
				found[name] = chosen(f)
			}
		}
		if len(in) > len(inputs) {
			fields, inputs = found, in
		}
	}
	if inputs == nil {
		t.Fatalf("no form to %s on %s: %s", action, p.Path, p.Text())
	}
	return fields, inputs
}

func attributes(n *html.Node) map[string]string {
	out := map[string]string{}
	for _, a := range n.Attr {
		out[a.Key] = a.Val
	}
	return out
}

func attribute(n *html.Node, key string) string { return attributes(n)[key] }

// chosen returns the value of a list of choices.
func chosen(list *html.Node) string {
	first, value := true, ""
	for o := range list.Descendants() {
		if _, selected := attributes(o)["selected"]; o.Data == "option" && (first || selected) {
			first, value = false, attribute(o, "value")
		}
	}
	return value
}

// typeInto changes every field of a form.
func typeInto(fields map[string]string, inputs map[string]*html.Node) map[string]string {
	fields = maps.Clone(fields)
	for name, n := range inputs {
		switch kind := attribute(n, "type"); {
		case n.Data == "select":
			for o := range n.Descendants() { // the last choice
				if o.Data == "option" {
					fields[name] = attribute(o, "value")
				}
			}
		case kind == "checkbox":
			if _, was := fields[name]; was && !strings.HasPrefix(name, "id.") {
				delete(fields, name)
			} else {
				fields[name] = attribute(n, "value")
			}
		case kind == "date":
			fields[name] = "2031-02-03"
		case kind == "email":
			fields[name] = "zoë@example.org"
		case kind == "text" || kind == "":
			fields[name] = "typed 1"
			if attribute(n, "inputmode") == "numeric" {
				fields[name] = "17"
			}
		}
	}
	return fields
}

func pairs(fields map[string]string) (out []string) {
	for name, value := range fields {
		out = append(out, name, value)
	}
	return out
}

// holder is a person with an address for a form.
func (w *waiting) holder(pattern string) (who portico.User, page, address string) {
	_, address, _ = strings.Cut(pattern, " ")
	address = strings.NewReplacer("{user}", string(w.user.ID), "{reset}", w.reset, "{import}", w.upload, "{slug}", "acme").Replace(address)
	page = address
	switch {
	case strings.HasSuffix(address, "/selected"), strings.HasSuffix(address, "/selected/apply"):
		page, _, _ = strings.Cut(address, "/selected")
	case strings.HasSuffix(address, "/proof"):
		page = strings.TrimSuffix(address, "/proof")
	}
	if strings.HasPrefix(address, "/customers") {
		return w.olga, page, address
	}
	return w.admin, page, address
}

// TestFormsAreKeptOverALogin fills in every form, lets the session end, sends
// the form and logs in. It checks that nothing was changed, and that the page
// then shows every field as it was typed, once.
func TestFormsAreKeptOverALogin(t *testing.T) {
	w := newWaiting(t)
	w.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true, CallerCheck: true, TwoPeople: true}})
	must(t, w.Customers.RevokeProviderAccess(t.Context(), w.Actor(w.admin), w.acme.ID))
	typed, _ := forms()
	tried := 0
	try := func(which func(web.RouteInfo) bool) {
		for _, r := range typed {
			if which(r) {
				tried++
				t.Run(r.Pattern, func(t *testing.T) { w.keeps(t, r.Pattern) })
			}
		}
	}
	proof := func(r web.RouteInfo) bool { return strings.HasSuffix(r.Pattern, "/proof") }
	operators := func(r web.RouteInfo) bool { return strings.HasPrefix(r.Pattern, "POST /customers") }
	// The request for a reset expires, and is the administrator's.
	try(func(r web.RouteInfo) bool { return proof(r) && !r.Enters })
	try(func(r web.RouteInfo) bool { return !proof(r) && !operators(r) })
	must(t, w.Customers.GrantProviderAccess(t.Context(), w.Actor(w.admin), w.acme.ID, 0))
	try(func(r web.RouteInfo) bool { return !proof(r) && operators(r) })
	if tried != len(typed)-1 {
		t.Errorf("only %d forms were tried", tried)
	}
}

func (w *waiting) keeps(t *testing.T, pattern string) {
	who, page, address := w.holder(pattern)
	b := w.as(who)
	on := b.Get(page)
	back := address
	if strings.Contains(page, "/two-factor/delete") { // w.user has a request that waits
		page = strings.Replace(page, string(w.user.ID), string(w.carl.ID), 1)
		address, back = page, page
		on = b.Get(page)
	}
	if strings.HasSuffix(address, "/selected") {
		back = address + "/apply"
	}
	action := address
	if strings.HasSuffix(address, "/apply") {
		on = b.Post(strings.TrimSuffix(address, "/apply"), "action", "add-label", "id."+string(w.user.ID), "1")
	}
	fields, inputs := formOn(t, on, action)
	fields = typeInto(fields, inputs)
	if strings.HasSuffix(address, "/selected") {
		fields["action"] = "add-label"
		delete(fields, "id."+string(w.admin.ID)) // nobody labels themselves
	}
	w.Clock.Advance(13 * time.Hour) // the session is over
	before := w.byAction()
	p := b.Post(address, pairs(fields)...)
	if !strings.HasPrefix(p.Path, "/login?next=") || !p.Has("shown as you filled it in") {
		t.Fatalf("sent to %d %s: %s", p.Status, p.Path, p.Text())
	}
	p = b.Fill(p, "Log in", "Login ID", who.LoginID, "Password", porticotest.Password)
	if p.Status != 200 || !p.Has("Check what you entered, and send it again") {
		t.Fatalf("after the log-in %d %s: %s", p.Status, p.Path, p.Text())
	}
	for action, n := range w.byAction() {
		if n != before[action] && action != portico.LoginDone && action != portico.ResetHasExpired {
			t.Errorf("the form was carried out: %s", action)
		}
	}
	got, _ := formOn(t, p, back)
	for name, want := range fields {
		if name != "seen" && name != "call_code" && got[name] != want {
			t.Errorf("field %s is %q, typed was %q", name, got[name], want)
		}
	}
	if p := b.Get(page); p.Has("Check what you entered") || strings.Contains(p.Body, "typed 1") {
		t.Errorf("the form is shown a second time")
	}
}

// byAction counts the events of all customers.
func (w *waiting) byAction() map[portico.Action]int {
	n := map[portico.Action]int{}
	for _, e := range w.everything() {
		n[e.Action]++
	}
	return n
}

// lapsed is a browser whose session has ended while a form for a new user was
// filled in.
func lapsed(t *testing.T, c *fixture, end func(b *porticotest.Client)) (*porticotest.Client, *porticotest.Page) {
	t.Helper()
	b := c.as(c.admin)
	end(b)
	return b, b.Post("/administration/access/new", newUser...)
}

var newUser = []string{"first_name", "Zoë", "last_name", "Ångström", "email", "zoe@example.org", "labels", "night shift", "role", "user"}

// TestSessionsEndInManyWays checks that the form is kept however the session
// has ended, also when its row is gone.
func TestSessionsEndInManyWays(t *testing.T) {
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	for name, end := range map[string]func(b *porticotest.Client){
		"idle":                func(*porticotest.Client) { c.Clock.Advance(13 * time.Hour) },
		"row deleted":         func(*porticotest.Client) { c.behind(t, `DELETE FROM sessions`) },
		"seen by another tab": func(b *porticotest.Client) { c.Clock.Advance(13 * time.Hour); b.Get("/account") },
		"ended by an administrator": func(*porticotest.Client) {
			c.as(anna).Post("/administration/access/" + string(c.admin.ID) + "/end-sessions")
		},
		"in another browser": func(*porticotest.Client) { c.as(c.admin).Post("/account/sessions/end-others") },
	} {
		b, p := lapsed(t, c, end)
		if !p.Has("shown as you filled it in") {
			t.Errorf("%s: the log-in page says %s", name, p.Text())
			continue
		}
		p = b.Fill(p, "Log in", "Login ID", "alice", "Password", porticotest.Password)
		if p.Path != "/administration/access/new" || p.Value("First name") != "Zoë" || p.Value("Labels") != "night shift" {
			t.Errorf("%s: %s shows %q", name, p.Path, p.Value("First name"))
		}
	}
}

// TestKeptOverWrongPasswordAndCode checks that detours of the log-in lose
// nothing.
func TestKeptOverWrongPasswordAndCode(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.admin)
	b := c.asWith(c.admin, key)
	c.Clock.Advance(13 * time.Hour)
	p := b.Post("/administration/access/new", newUser...)
	p = b.Fill(p, "Log in", "Login ID", "alice", "Password", "wrong")
	b.Get("/login/forgot")
	p = b.Fill(p, "Log in", "Login ID", "alice", "Password", porticotest.Password)
	p = b.Fill(p, "Submit", "Enter the code here", c.wrongCode(key))
	c.Clock.Advance(time.Minute)
	p = b.Fill(p, "Submit", "Enter the code here", c.Code(key, 0))
	if p.Value("Last name") != "Ångström" {
		t.Errorf("%s shows %q: %s", p.Path, p.Value("Last name"), p.Text())
	}
	if p = b.Fill(p, "Create user"); !p.Has("Zoë Ångström was created") {
		t.Errorf("sending it again: %d %s", p.Status, p.Text())
	}
}

// TestFormThatWaitedIsKept lets the session end on the confirmation page. What
// was typed is the form that waits there.
func TestFormThatWaitedIsKept(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	c.Clock.Advance(portico.ConfirmationTTL)
	asked := b.Post("/administration/access/new", newUser...)
	c.Clock.Advance(13 * time.Hour)
	p := b.Fill(asked, "Confirm", "Password", porticotest.Password)
	if !p.Has("shown as you filled it in") {
		t.Fatal(p.Text())
	}
	if p = b.Fill(p, "Log in", "Login ID", "alice", "Password", porticotest.Password); p.Value("Last name") != "Ångström" {
		t.Errorf("%s shows %s", p.Path, p.Text())
	}
}

// TestC14_KeptFormsBelongToTheAccount checks that nobody else sees a form that
// was kept, in the same browser or with its cookies, and that a form whose
// account is not known is not kept.
func TestC14_KeptFormsBelongToTheAccount(t *testing.T) {
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	idle := func(*porticotest.Client) { c.Clock.Advance(13 * time.Hour) }
	b, p := lapsed(t, c, idle)
	kept := b.Cookie("portico_form")
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	must(t, err)
	if len(sealed) == 0 || bytes.Contains(sealed, []byte("Zoë")) {
		t.Fatalf("cookie %q", kept)
	}
	p = b.Fill(p, "Log in", "Login ID", anna.LoginID, "Password", porticotest.Password)
	if p.Status != 200 || strings.Contains(p.Body, "Zoë") || b.Cookie("portico_form") != "" {
		t.Errorf("another account in the same browser: %s, cookie %q", p.Text(), b.Cookie("portico_form"))
	}
	other := c.as(anna)
	other.SetCookie("portico_form", kept)
	if p := other.Get("/administration/access/new"); strings.Contains(p.Body, "Zoë") {
		t.Errorf("another account with the cookie: %s", p.Text())
	}
	c.Clock.Advance(31 * time.Minute)
	late := c.as(c.admin)
	late.SetCookie("portico_form", kept)
	if p := late.Get("/administration/access/new"); strings.Contains(p.Body, "Zoë") || late.Cookie("portico_form") != "" {
		t.Errorf("after 31 minutes: %s", p.Text())
	}
	for name, spoil := range map[string]func(b *porticotest.Client){
		"no account":        func(b *porticotest.Client) { b.SetCookie("portico_account", "") },
		"no such account":   func(b *porticotest.Client) { b.SetCookie("portico_account", "nobody") },
		"another account":   func(b *porticotest.Client) { b.SetCookie("portico_account", string(anna.ID)) },
		"an unknown device": func(b *porticotest.Client) { b.SetCookie("portico_browser", "") },
		"another's device":  func(b *porticotest.Client) { b.SetCookie("portico_browser", other.Cookie("portico_browser")) },
		"no session":        func(b *porticotest.Client) { b.SetCookie("portico_session", "") },
	} {
		b, p := lapsed(t, c, func(b *porticotest.Client) { idle(b); spoil(b) })
		if !p.Has("could not be kept") || b.Cookie("portico_form") != "" {
			t.Errorf("%s: %s, cookie %q", name, p.Text(), b.Cookie("portico_form"))
		}
	}
	b = c.as(c.admin)
	b.Post("/logout")
	if b.Cookie("portico_account") != "" {
		t.Error("after the log-out, the browser still says whose session it had")
	}
}

// TestC14_KeptFormsAreOnlyShown checks that a form from another site is not
// kept, and that neither the log-in nor an address carries a kept form out.
func TestC14_KeptFormsAreOnlyShown(t *testing.T) {
	c := newFixture(t)
	before := c.events(portico.UserInvited, "")
	b := c.as(c.admin)
	c.Clock.Advance(13 * time.Hour)
	for _, site := range []string{"cross-site", "same-site"} {
		if p := forged(t, c, b, "/administration/access/new", "first_name=Mallory", "Sec-Fetch-Site", site); p.Status != 403 || b.Cookie("portico_form") != "" {
			t.Errorf("%s: %d, cookie %q", site, p.Status, b.Cookie("portico_form"))
		}
	}
	b, p := lapsed(t, c, func(*porticotest.Client) { c.Clock.Advance(13 * time.Hour) })
	kept := b.Cookie("portico_form")
	b.Fill(p, "Log in", "Login ID", "alice", "Password", porticotest.Password)
	for _, address := range []string{"/administration/access/new", "/administration/access", "/", "/confirm?next=/administration/access/new&form=" + kept, "/login?next=/administration/access/new"} {
		b.SetCookie("portico_form", kept)
		b.Get(address)
	}
	b.SetCookie("portico_form", kept)
	b.Post("/confirm", "password", porticotest.Password, "next", "/administration/access/new", "form", kept)
	if n := c.events(portico.UserInvited, "") - before; n != 0 {
		t.Errorf("%d users were invited by forms that were only kept", n)
	}
}

// TestWhatIsNotKept checks what the log-in page says where nothing can be kept.
func TestWhatIsNotKept(t *testing.T) {
	c := newFixture(t)
	over := func() *porticotest.Client {
		b := c.as(c.admin)
		c.Clock.Advance(13 * time.Hour)
		return b
	}
	large := []string{"first_name", "Zoë", "labels", strings.Join(noise(900), ", ")}
	user := "/administration/access/" + string(c.user.ID)
	for name, p := range map[string]*porticotest.Page{
		"Files are not kept":  over().Upload("/administration/access/import", "file", "login_id\n"),
		"press it again":      over().Post(user + "/suspend"),
		"press it again.":     over().Post("/account/sessions/end-others"),
		"could not be kept":   over().Post("/administration/access/new", large...),
		"could not be kept. ": over().Post("/account/profile", "first_name", "a", "first_name", "b"),
	} {
		if !strings.HasPrefix(p.Path, "/login") || !p.Has(name) || !p.Has("nothing was changed") {
			t.Errorf("%q: %s says %s", name, p.Path, p.Text())
		}
	}
	b := over()
	if p := b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet"); !p.Has("press it again") || b.Cookie("portico_form") != "" {
		t.Errorf("passwords: %s, cookie %q", p.Text(), b.Cookie("portico_form"))
	}
}

// noise returns n words that compress badly.
func noise(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("%x", i*7919*104729%99999989))
	}
	return out
}

// TestKeptFormsFitProxies sends the largest forms that the pages allow, and
// checks that the headers of the answer fit into nginx's buffer of 4 KiB.
func TestKeptFormsFitProxies(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	c.Clock.Advance(13 * time.Hour)
	selected := []string{"action", "suspend", "back", "filter=none&q=" + strings.Repeat("x", 100)}
	for range 50 {
		u := c.User(c.acme.ID, "p"+strings.ToLower(noise(1)[0])+fmt.Sprint(len(selected)), portico.RoleUser)
		selected = append(selected, "id."+string(u.ID), "1")
	}
	text := func(n int) string {
		return string([]rune(strings.Repeat("電話を失くしたので新しい端末に移します。", n/20+1))[:n])
	}
	for address, fields := range map[string][]string{
		"/administration/access/selected":                                    selected,
		"/administration/access/new":                                         {"first_name", text(100), "last_name", text(100), "email", strings.Repeat("x", 254), "labels", text(500), "role", "user"},
		"/administration/access/" + string(c.user.ID) + "/two-factor/delete": {"reason", text(200), "hand_over", "yes"},
	} {
		b.SetCookie("portico_form", "")
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		p := b.Post(address, fields...)
		size := 0
		for name, values := range p.Header {
			for _, v := range values {
				size += len(name) + len(v) + 4
			}
		}
		to, err := url.QueryUnescape(p.Header.Get("Location"))
		must(t, err)
		if !strings.Contains(to, "done=session-over-typed") || size > 4000 {
			t.Errorf("%s: %d bytes of headers, to %s", address, size, to)
		}
	}
}
