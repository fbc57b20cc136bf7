package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// waiting is a customer in which each confirmed route has something to act on.
type waiting struct {
	*fixture
	carl   portico.User // has 2FA and may vouch
	key    []byte
	olga   portico.User
	reset  string // for ulla's setup, with rules that make it wait
	upload string // a validated import
}

func newWaiting(t *testing.T) *waiting {
	t.Helper()
	w := &waiting{fixture: newFixture(t, porticotest.Named)}
	w.carl, w.olga = w.User(w.acme.ID, "carl", portico.RoleUser), w.User(portico.ProviderID, "olga", portico.RoleOperator)
	w.User(w.acme.ID, "anna", portico.RoleAdministrator)
	w.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true, TwoPeople: true}})
	w.key = w.Enrol(w.carl)
	w.Enrol(w.user)
	w.EnrolDisabled(w.admin)
	alice := w.as(w.admin)
	w.reset = path(w.askFor(alice, w.user))
	w.reset = w.reset[strings.LastIndex(w.reset, "/")+1:]
	w.upload = path(sendFile(alice, crowd(2)))
	w.upload = w.upload[strings.LastIndex(w.upload, "/")+1:]
	return w
}

// at returns the method and the address of a confirmed route, and a browser of
// a person who may use the route but has not confirmed recently.
func (w *waiting) at(r web.RouteInfo) (b *porticotest.Client, method, address string) {
	method, address, _ = strings.Cut(r.Pattern, " ")
	address = strings.NewReplacer("{user}", string(w.user.ID), "{reset}", w.reset, "{import}", w.upload, "{slug}", "acme", "{authenticator}", "factor-"+string(w.admin.ID)).Replace(address)
	w.Clock.Advance(time.Minute) // so that each log-in has its own code
	switch {
	case strings.HasPrefix(address, "/customers"), address == "/administration/branding":
		b = w.as(w.olga)
	case strings.HasPrefix(address, "/vouch"):
		b = w.asWith(w.carl, w.key)
	default:
		b = w.as(w.admin)
	}
	w.Clock.Advance(portico.ConfirmationTTL)
	return b, method, address
}

func confirmedRoutes() (out []web.RouteInfo) {
	for _, r := range web.RouteTable() {
		if r.Fresh {
			out = append(out, r)
		}
	}
	return out
}

// everything returns all events of all customers.
func (w *waiting) everything() (out []portico.Event) {
	for _, c := range []portico.CustomerID{w.acme.ID, w.globex.ID, portico.ProviderID} {
		out = append(out, w.Events(c)...)
	}
	return out
}

// TestC14_ConfirmRunsOnlyCarriedForms checks that a link on another site, which
// may name the address of any form, runs no form. After the confirmation the
// portal shows the form's page.
func TestC14_ConfirmRunsOnlyCarriedForms(t *testing.T) {
	if testing.Short() {
		return // long
	}
	w := newWaiting(t)
	routes := confirmedRoutes()
	if len(routes) < 30 {
		t.Fatalf("only %d confirmed routes", len(routes))
	}
	for i, r := range routes {
		if i%porticotest.Amount(1, 3) != 0 {
			continue
		}
		b, method, address := w.at(r)
		if method != "POST" {
			continue
		}
		asked := b.Get("/confirm?next=" + url.QueryEscape(address) + "&form=" + strings.Repeat("A", 200))
		if asked.Status != 200 || !asked.Has("Nothing happens before you press its button") {
			t.Errorf("%s: the link says %d %s", r.Pattern, asked.Status, asked.Text())
			continue
		}
		before := len(w.everything())
		fields := []string{"Password", porticotest.Password}
		if strings.HasPrefix(address, "/vouch") {
			fields = append(fields, "Enter the code here", w.Code(w.key, 0))
		}
		p := b.Fill(asked, "Confirm", fields...)
		if p.Status != 200 {
			t.Errorf("%s: %d %s %s, want status 200", r.Pattern, p.Status, p.Path, p.Text())
		}
		events := w.everything()
		if n := len(events) - before; n != 1 || w.newest(portico.ConfirmDone) != 1 {
			t.Errorf("%s: %d events after the confirmation", r.Pattern, n)
		}
		// Fields beside the confirmation are no form either.
		b, _, address = w.at(r)
		if !strings.HasPrefix(address, "/vouch") {
			before = len(w.everything())
			b.Post("/confirm", "password", porticotest.Password, "next", address, "carried.reason", "forged", "carried.move", "1", "reason", "forged")
			if n := len(w.everything()) - before; n != 1 {
				t.Errorf("%s with fields: %d events", r.Pattern, n)
			}
		}
	}
	if a := w.Account(w.user.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Status != portico.Active || a.Epoch != 1 {
		t.Errorf("w.Account(w.user.ID): got %+v, want a.TwoFactor %v, status %v, a.Epoch 1", a.User, portico.TwoFactorEnabled, portico.Active)
	}
	// The same after a log-in.
	b := w.Client()
	approve := "/administration/resets/" + w.reset + "/approve"
	p := b.Fill(b.Get("/login?next="+url.QueryEscape(approve)), "Log in", "Login ID", "anna", "Password", porticotest.Password)
	if path(p) != "/administration/resets/"+w.reset || p.Status != 200 || !w.has(w.user) {
		t.Errorf("after a log-in: %d %s", p.Status, p.Path)
	}
}

// newest counts the events of an action at the current time.
func (w *waiting) newest(action portico.Action) (n int) {
	now := w.Clock.Now()
	for _, e := range w.everything() {
		if e.Action == action && e.At.Equal(now) {
			n++
		}
	}
	return n
}

var formPattern = regexp.MustCompile(`name="form" value="([^"]+)"`)

// TestC14_CarriedFormIsBound checks that a carried form runs only unchanged, in
// its own session, once, and within half an hour.
func TestC14_CarriedFormIsBound(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	remove := access + "/" + string(c.user.ID) + "/two-factor/delete"
	begin := func(b *porticotest.Client) string {
		c.Clock.Advance(portico.ConfirmationTTL)
		found := formPattern.FindStringSubmatch(b.Post(remove, "reason", "lost phone").Body)
		if found == nil {
			t.Fatal("no form is carried")
		}
		return found[1]
	}
	send := func(b *porticotest.Client, form string) *porticotest.Page {
		return b.Post("/confirm", "password", porticotest.Password, "form", form, "next", remove)
	}
	b, other := c.as(c.admin), c.as(c.admin)
	form := begin(b)
	if strings.Contains(form, "lost") {
		t.Error("the form is not sealed")
	}
	altered := []byte(form)
	altered[len(altered)/2] ^= 1
	for name, p := range map[string]*porticotest.Page{
		"another session": send(other, form), "another person": send(c.as(c.help), form), "altered": send(b, string(altered)),
	} {
		if path(p) != remove || !c.has(c.user) {
			t.Fatalf("%s: %s, want path(p) %v, c.has(c.user)", name, p.Path, remove)
		}
	}
	// The confirmation with the altered form has exchanged the token.
	if p := send(b, form); path(p) != remove || !c.has(c.user) {
		t.Fatalf("after another confirmation: %s", p.Path)
	}
	form = begin(b)
	c.Clock.Advance(30*time.Minute - time.Second - portico.ConfirmationTTL)
	if b.Get("/account"); !isLoggedIn(b) {
		t.Fatal("the session has ended")
	}
	c.Clock.Advance(portico.ConfirmationTTL + time.Second)
	if p := send(b, form); path(p) != remove || !c.has(c.user) {
		t.Fatalf("after half an hour: %s", p.Path)
	}
	form = begin(b)
	if p := send(b, form); p.Path != access+"?done=reset-done" || c.has(c.user) {
		t.Fatalf("it does not go on: %s %s", p.Path, p.Text())
	}
	c.Enrol(c.user)
	c.Clock.Advance(portico.ConfirmationTTL)
	if p := send(b, form); path(p) != remove || !c.has(c.user) {
		t.Fatalf("a second time: %s", p.Path)
	}
	// The form of the switch has no fields, and runs after the confirmation as
	// well.
	p := b.Fill(b.Get("/account"), "Two Factor Authentication")
	if c.Clock.Advance(portico.ConfirmationTTL); p.TestID("setup-key") == "" {
		t.Fatalf(`got %s, want some p.TestID("setup-key")`, p.Text())
	}
	help := c.as(c.help)
	page := help.Get("/account")
	c.Clock.Advance(portico.ConfirmationTTL)
	p = help.Fill(page, "Two Factor Authentication")
	if path(p) != "/confirm" || !p.Has("You are about to set up Two Factor Authentication for Hedda Tester (hedda)") {
		t.Fatalf("the slider: %s %s", p.Path, p.Text())
	}
	if p = help.Fill(p, "Confirm", "Password", porticotest.Password); path(p) != enable || p.TestID("setup-key") == "" {
		t.Errorf("the slider does not go on: %s", p.Path)
	}
}

var aboutPattern = regexp.MustCompile(`(?s)You are about to (\S.*?)\s*<strong>([^<]+)</strong>`)

// TestC14_ConfirmationNamesWhatHappens checks that the confirmation page says
// for each confirmed route what it does, and to whom.
func TestC14_ConfirmationNamesWhatHappens(t *testing.T) {
	if testing.Short() {
		return // long
	}
	w := newWaiting(t)
	sentences := map[string]string{}
	for _, r := range confirmedRoutes() {
		b, method, address := w.at(r)
		p := b.Get("/confirm?next=" + url.QueryEscape(address))
		if method == "POST" {
			p = b.Post(address, "email", "eve@example.com", "first_name", "Eve", "last_name", "Il", "name", "Initech", "role", "administrator")
			if p.Has("comes next") {
				t.Errorf("%s: the form is not carried", r.Pattern)
			}
		} else if q := b.Get(address); path(q) != "/confirm" || q.Text() != p.Text() {
			t.Errorf("%s leads to %s", r.Pattern, q.Path)
		}
		said := aboutPattern.FindStringSubmatch(p.Body)
		if said == nil {
			t.Errorf("%s says %s", r.Pattern, p.Text())
			continue
		}
		whom := "Alice Tester (alice)"
		switch {
		case strings.Contains(r.Pattern, "{user}"), strings.Contains(r.Pattern, "{reset}"):
			whom = "Ulla Tester (ulla)"
		case strings.Contains(r.Pattern, "{import}"):
			whom = "file.csv"
		case strings.HasSuffix(r.Pattern, "/customers/new"):
			whom = "Initech"
		case strings.HasSuffix(r.Pattern, "/access/new"):
			whom = "Eve Il (eve@example.com), Administrator, Acme Telecom"
		case strings.HasSuffix(r.Pattern, "/branding"):
			whom = "Portico"
		case strings.Contains(r.Pattern, "/administration"), strings.Contains(r.Pattern, "/customers"):
			whom = "Acme Telecom"
		}
		if said[2] != whom {
			t.Errorf("%s is about %q, not %q", r.Pattern, said[2], whom)
		}
		// Two routes share a sentence only if they do the same.
		thing := web.WithoutBase(r.Pattern)
		if before, is := sentences[said[1]]; is && before != thing && !strings.HasSuffix(before, "/two-factor/delete") {
			t.Errorf("%q is said of %s and of %s", said[1], before, thing)
		}
		sentences[said[1]] = thing
	}
	// For several people, it names each.
	b := w.as(w.admin)
	w.Clock.Advance(portico.ConfirmationTTL)
	p := b.Post(access+"/selected/apply", "action", "suspend", "id."+string(w.user.ID), "yes", "id."+string(w.carl.ID), "yes")
	if !p.Has("You are about to suspend all of these: Carl Tester (carl), Ulla Tester (ulla)") {
		t.Errorf("several: %s", p.Text())
	}
	// It does not name what the reader may not change.
	greta := w.as(w.other)
	for _, hidden := range []string{"/administration/access/" + string(w.user.ID) + "/two-factor/delete", "/administration/resets/" + w.reset + "/approve", "/customers/acme/suspend"} {
		if p := greta.Get("/confirm?next=" + url.QueryEscape(hidden)); p.Status != 403 && p.Status != 200 || p.Has("Ulla") || p.Has("Acme") {
			t.Errorf("%s to another customer's: %d %s", hidden, p.Status, p.Text())
		}
	}
}

// TestConfirmationOfNobody: where nobody has the id in an address, the page does
// not say that something is about to happen to nobody.
func TestConfirmationOfNobody(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	c.Clock.Advance(portico.ConfirmationTTL)
	for _, action := range []string{"/suspend", "/two-factor/delete", "/end-sessions"} {
		if p := b.Post(access + "/nobody" + action); p.Has("You are about to") {
			t.Errorf(`%s: %s, want no text "You are about to"`, action, p.Text())
		}
	}
}
