package web_test

import (
	"maps"
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
	"/branding/logo":              "a file, which the page says",

	newPasskey:                "an answer of the browser, which it gives once",
	"/account/authenticators": "a button", "/account/authenticators/{authenticator}/delete": "a button",

	"/account/language": "one choice, as quick to make again as to check",

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
	"/logo/remove": "a button", "/branding/logo/remove": "a button", "/suspend": "a button", "/reactivate": "a button", "/delete/cancel": "a button",
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
	address = strings.NewReplacer("{user}", string(w.user.ID), "{reset}", w.reset, "{import}", w.upload, "{slug}", "acme", "{authenticator}", "factor-"+string(w.admin.ID)).Replace(address)
	page = address
	switch {
	case strings.HasSuffix(address, "/selected"), strings.HasSuffix(address, "/selected/apply"):
		page, _, _ = strings.Cut(address, "/selected")
	case strings.HasSuffix(address, "/proof"):
		page = strings.TrimSuffix(address, "/proof")
	}
	if strings.HasPrefix(address, "/customers") || address == "/administration/branding" {
		return w.olga, page, address
	}
	return w.admin, page, address
}

// TestFormsAreKeptOverALogin fills in every form, lets the session end, sends
// the form and logs in. It checks that nothing was changed, and that the page
// then shows every field as it was typed, once.
func TestFormsAreKeptOverALogin(t *testing.T) {
	if testing.Short() {
		return // long
	}
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
	if testing.Short() {
		return // long
	}
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
	if testing.Short() {
		return // long
	}
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

// TestEndedSessionIsSaid checks that the log-in page says that a session has ended
// to the browser that had it, whatever has ended it, and to no other browser.
func TestEndedSessionIsSaid(t *testing.T) {
	const over = "Your session has ended. Log in again."
	c := newFixture(t)
	b := c.as(c.user)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if p := b.Get("/account"); p.Path != "/login?next=%2Faccount" || !p.Has(over) {
		t.Errorf("after a suspension: got %s %s, want the log-in page with %q", p.Path, p.Text(), over)
	}
	if p := c.Client().Get("/login"); p.Has(over) {
		t.Errorf("a stranger: got %s, want no word of a session", p.Text())
	}
	help := c.as(c.help)
	if p := help.Post("/logout"); p.Has(over) {
		t.Errorf("after a log-out: got %s, want no word of a session that has ended", p.Text())
	}
}
