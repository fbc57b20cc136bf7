package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"portico"
	"portico/internal/locale"
	"portico/internal/porticotest"
)

var htmlLang = regexp.MustCompile(`^<!doctype html>\n<html lang="([^"]*)" dir="ltr">`)

// languageOf returns the language that a page says it is in. Its header must say
// the same, and that it depends on what the browser asks for.
func languageOf(t *testing.T, p *porticotest.Page) string {
	t.Helper()
	m := htmlLang.FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("%s: got %.100s, want a page with its language", p.Path, p.Body)
	}
	if got := p.Header.Get("Content-Language"); got != m[1] || p.Header.Get("Vary") != "Accept-Language, Cookie" {
		t.Errorf("%s in %s: got Content-Language %q and Vary %q", p.Path, m[1], got, p.Header.Get("Vary"))
	}
	return m[1]
}

// asking opens an address with a browser that asks for languages.
func (c *fixture) asking(t *testing.T, b *porticotest.Client, path, accept string) *porticotest.Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+path, nil)
	must(t, err)
	r.Header.Set("Accept-Language", accept)
	return b.Do(r)
}

// TestLanguageOfAReader checks who decides on the language of a page: the person,
// the customer, the choice in the browser, what the browser asks for, in this order.
// What the portal does not have counts as none.
func TestLanguageOfAReader(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	person := func(l string) { c.behind(t, `UPDATE users SET language = $1 WHERE id = $2`, l, string(c.user.ID)) }
	customer := func(l string) {
		c.behind(t, `UPDATE customers SET language = $1 WHERE id = $2`, l, string(c.acme.ID))
	}
	for _, row := range []struct{ person, customer, browser, accept, want string }{
		{"es", "fr", "de", "en", "es"},
		{"", "fr", "de", "en", "fr"},
		{"", "", "de", "en", "de"},
		{"", "", "", "fr-CA,en;q=0.5", "fr"},
		{"", "", "", "ja", "en"},
		{"", "", "", "", "en"},
		{"en", "fr", "de", "es", "en"},
		{"xx", "fr", "de", "en", "fr"},
		{"en-XA", "en-XA", "de", "en", "de"},
		{"../de", "DE", "en-XA", "es", "es"},
	} {
		person(row.person)
		customer(row.customer)
		b.SetCookie("portico_language", row.browser)
		for _, path := range []string{"/account", "/nowhere", "/administration/access"} { // a page, and errors
			if got := languageOf(t, c.asking(t, b, path, row.accept)); got != row.want {
				t.Errorf("%+v: GET %s: got %s", row, path, got)
			}
		}
	}
	person("de")
	if p := b.Get("/session"); p.Status != http.StatusNoContent || p.Header.Get("Vary") != "" || p.Header.Get("Content-Language") != "" {
		t.Errorf("GET /session: got %d %v, want no language", p.Status, p.Header)
	}
}

// TestLanguageOfAnOperator checks that an operator who is inside a customer reads
// its pages in their own language, or in that of the provider.
func TestLanguageOfAnOperator(t *testing.T) {
	c := newFixture(t)
	olga := c.operator()
	c.behind(t, `UPDATE customers SET language = 'fr' WHERE id = $1`, string(c.acme.ID))
	if got := languageOf(t, olga.Get(acme+"/access")); got != "en" {
		t.Errorf("inside a customer with a language: got %s, want en", got)
	}
	c.behind(t, `UPDATE customers SET language = 'es' WHERE id = $1`, string(portico.ProviderID))
	if got := languageOf(t, olga.Get(acme+"/access")); got != "es" {
		t.Errorf("with a language of the provider: got %s, want es", got)
	}
	c.behind(t, `UPDATE users SET language = 'de' WHERE customer_id = $1`, string(portico.ProviderID))
	if got := languageOf(t, olga.Get(acme+"/access")); got != "de" {
		t.Errorf("with a language of one's own: got %s, want de", got)
	}
}

// TestC26_HostileLanguage checks that nothing that a browser sends makes a page
// other than in one of the languages.
func TestC26_HostileLanguage(t *testing.T) {
	c := newFixture(t)
	hostile := []string{
		"en-XA", "xx", "../../etc/passwd", `"><script>alert(1)</script>`, "%64%65", "i-klingon", ";;;", ",,,,", "-", "*;q=9",
		strings.Repeat("a-", 1000), strings.Repeat("ja,", 3000), strings.Repeat("a", 4000), "x-" + strings.Repeat("y", 500), "ja;q=\x00", "\xff",
	}
	for _, value := range hostile {
		b := c.Client()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/login", nil)
		must(t, err)
		r.Header.Set("Cookie", "portico_language="+strings.Map(printable, value))
		r.Header.Set("Accept-Language", strings.Map(printable, value))
		if p := b.Do(r); p.Status != http.StatusOK || languageOf(t, p) != "en" {
			t.Errorf("%.40q: got %d in %s, want 200 in English", value, p.Status, languageOf(t, p))
		}
		if p := b.Post("/language", "language", value, "next", "/login"); p.Status != http.StatusUnprocessableEntity || b.Cookie("portico_language") != "" {
			if !p.Has("could not be read") { // not text
				t.Errorf("choosing %.40q: got %d and the cookie %q, want 422 and none", value, p.Status, b.Cookie("portico_language"))
			}
		}
	}
}

// printable leaves out what no header can have.
func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// TestLanguageIsChosenWithoutSession checks the choice at the foot of the pages
// without a session, as a browser without script has it: it leads back to the page,
// also to one behind a link. The answer to a form has none, because coming back would
// lose what it says.
func TestLanguageIsChosenWithoutSession(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, invited := c.invited("ina")
	enrolled := c.pend(c.enrolled("petra"))
	for name, row := range map[string]struct {
		b    *porticotest.Client
		p    func(*porticotest.Client) *porticotest.Page
		path string
	}{
		"the log-in page": {c.Client(), get("/login?next=%2Faccount%2Fprofile"), "/login?next=%2Faccount%2Fprofile"},
		"after a notice":  {c.Client(), get("/login?done=logged-out"), "/login"},
		"forgotten":       {c.Client(), get("/login/forgot"), "/login/forgot"},
		"no page":         {c.Client(), get("/nowhere?a=b"), "/nowhere?a=b"},
		"no link":         {c.Client(), get("/password/no-such-token"), "/password/no-such-token?language=de"},
		"the code":        {enrolled, get("/login/code?next=%2Faccount"), "/login/code?next=%2Faccount"},
		"an invitation":   {c.Client(), get(invited.Path), invited.Path + "?language=de"},
	} {
		p := row.p(row.b)
		if got := languageOf(t, p); got != "en" || !strings.Contains(p.Body, `value="en" lang="en" aria-current="true">English</button>`) || strings.Count(p.Body, "aria-current") != 1 {
			t.Errorf("%s: got %s, want the choice with English as the current one", name, p.Body)
		}
		p = row.b.Fill(p, "Deutsch")
		if p.Path != row.path || languageOf(t, p) != "de" || !strings.Contains(p.Body, `lang="de" aria-current="true">Deutsch</button>`) {
			t.Errorf("%s: choosing German: got %s in %s, want %s in German", name, p.Path, languageOf(t, p), row.path)
		}
		if row.b.Cookie("portico_language") != "de" {
			t.Errorf("%s: got the cookie %q, want it to keep German", name, row.b.Cookie("portico_language"))
		}
	}
	_, later := c.invited("ida")
	for name, p := range map[string]*porticotest.Page{
		"the account page":   c.as(c.user).Get("/account"),
		"a refused log-in":   c.Client().Post("/login", "login_id", "nobody", "password", "x", "next", "/account"),
		"a refused password": c.Client().Post(later.Path, "login_id", "ida", "password", "x"),
		"a mailed link":      c.Client().Post("/login/forgot", "login_id", "ulla"),
		"a form of nothing":  c.Client().Post("/nowhere"),
	} {
		if languageOf(t, p) != "en" || strings.Contains(p.Body, `action="/language"`) {
			t.Errorf("%s: got %d with the choice of a browser, want none", name, p.Status)
		}
	}
}

func get(path string) func(*porticotest.Client) *porticotest.Page {
	return func(b *porticotest.Client) *porticotest.Page { return b.Get(path) }
}

// invited returns the browser and the activation page of a new user of acme.
func (c *fixture) invited(name string) (*porticotest.Client, *porticotest.Page) {
	c.T.Helper()
	_, err := c.Users.Invite(c.T.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Ina", LastName: "New", Email: name + "@example.com", Role: portico.RoleUser})
	if err != nil {
		c.T.Fatal(err)
	}
	b := c.Client()
	return b, b.Get(c.lastMail(name + "@").Link("/activate/"))
}

// enrolled returns a new user of acme with 2FA.
func (c *fixture) enrolled(name string) portico.User {
	u := c.User(c.acme.ID, name, portico.RoleUser)
	c.Enrol(u)
	return u
}

// TestC26_LanguageLeadsBackHere checks that the choice of a language leads to no other host.
func TestC26_LanguageLeadsBackHere(t *testing.T) {
	c := newFixture(t)
	for _, next := range []string{
		"", "https://evil.example", "//evil.example", "///evil.example", `/\evil.example`, "/\t/evil.example", "evil.example", "javascript:alert(1)",
		"http:/evil.example", "/" + strings.Repeat("a", 3000),
	} {
		if to := c.chosen(t, next).Header.Get("Location"); to != "/login" {
			t.Errorf("%.40q: got %s, want the log-in page", next, to)
		}
	}
	for next, want := range map[string]string{
		"/login": "/login", "/login?next=%2Fa%3Fb": "/login?next=%2Fa%3Fb", "/activate/t": "/activate/t", "/login?done=logged-out": "/login",
	} {
		if to := c.chosen(t, next).Header.Get("Location"); to != want {
			t.Errorf("%s: got %s, want %s", next, to, want)
		}
	}
	if p := forged(t, c, c.Client(), "/language", "language=de", "Sec-Fetch-Site", "cross-site"); p.Status != http.StatusForbidden || p.Header.Get("Set-Cookie") != "" {
		t.Errorf("from another site: got %d and %q, want 403 and no cookie", p.Status, p.Header.Get("Set-Cookie"))
	}
}

// chosen returns the answer to a choice of German.
func (c *fixture) chosen(t *testing.T, next string) *porticotest.Page {
	b := c.Client()
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p := b.Post("/language", "language", "de", "next", next)
	if cookie := p.Header.Get("Set-Cookie"); p.Status != http.StatusSeeOther || cookie != "portico_language=de; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax" {
		t.Errorf("%.40q: got %d and %q, want a redirect and a cookie for a year", next, p.Status, cookie)
	}
	return p
}

// TestLanguageOfALink checks that the page behind a mailed link is in the language
// of whom it was mailed to, unless another one was chosen in the browser.
func TestLanguageOfALink(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, page := c.invited("ina")
	c.behind(t, `UPDATE customers SET language = 'fr' WHERE id = $1`, string(c.acme.ID))
	if got := languageOf(t, c.asking(t, c.Client(), page.Path, "es")); got != "fr" {
		t.Errorf("with a language of the customer: got %s, want fr", got)
	}
	c.behind(t, `UPDATE users SET language = 'de' WHERE email = 'ina@example.com'`)
	b := c.Client()
	if got := languageOf(t, c.asking(t, b, page.Path, "es")); got != "de" {
		t.Errorf("with a language of the person: got %s, want de", got)
	}
	refused := b.Post(page.Path, "login_id", "ina", "password", "short")
	if got := languageOf(t, refused); got != "de" || refused.Status != http.StatusUnprocessableEntity || !refused.Has(locale.Language("de").Text("Correct the fields that are marked below.")) && refused.Alert() == "" {
		t.Errorf("a refused password: got %d in %s: %s", refused.Status, got, refused.Text())
	}
	chosen := b.Fill(b.Get(page.Path), "Español")
	if got := languageOf(t, chosen); got != "es" || !strings.Contains(chosen.Body, `action="`+page.Path+`?language=es"`) {
		t.Errorf("after a choice: got %s, want es, also for the form: %s", got, chosen.Body)
	}
	if got := languageOf(t, b.Fill(chosen, "Français")); got != "fr" {
		t.Errorf("after another choice: got %s, want fr", got)
	}
	if got := languageOf(t, b.Get(page.Path)); got != "de" {
		t.Errorf("with a choice that may be somebody else's: got %s, want de", got)
	}
	c.behind(t, `UPDATE users SET language = 'fr' WHERE id = $1`, string(c.user.ID))
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if got := languageOf(t, c.Client().Get(c.lastMail("ulla@").Link("/password/"))); got != "fr" {
		t.Errorf("a password link: got %s, want fr", got)
	}
}

// TestLanguageChosenAtActivation checks that the language which somebody has chosen on the
// page of their activation is that of their account from then on, and that a choice of
// somebody else who uses the browser is not.
func TestLanguageChosenAtActivation(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for name, row := range map[string]struct{ given, chosen, want string }{
		"ina": {"de", "Español", "es"}, "ida": {"", "Français", "fr"}, "iris": {"de", "", "de"}, "ilse": {"de", "English", "en"}, "igor": {"", "", "en"},
	} {
		b, page := c.invited(name)
		b.Fill(b.Get("/login"), "Français") // somebody else, before
		c.behind(t, `UPDATE users SET language = $1 WHERE email = $2`, row.given, name+"@example.com")
		if row.chosen != "" {
			page = b.Fill(page, row.chosen)
		}
		b.Post(page.Path, "login_id", name, "password", porticotest.Password)
		p := c.Client().Post("/login", "login_id", name, "password", porticotest.Password)
		if p.Status != 200 || p.Path != "/" || languageOf(t, p) != row.want {
			t.Errorf("%s %+v: in another browser got %d %s in %s", name, row, p.Status, p.Path, languageOf(t, p))
		}
	}
}

// TestErrorsOutsideAreInTheSession checks that a request which reaches no page gets
// its error as other pages of a session are: in the person's language, with the menu
// and without the way to the log-in.
func TestErrorsOutsideAreInTheSession(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.behind(t, `UPDATE users SET language = 'de' WHERE id = $1`, string(c.admin.ID))
	b := c.as(c.admin)
	for _, path := range []string{"/nowhere", access + "?q=%FF", access + "?q=%00", access + "?label=%00", "/%00", "/login?next=%FF"} {
		p := b.Get(path)
		if p.Status != http.StatusNotFound || languageOf(t, p) != "de" || strings.Contains(p.Body, `href="/login"`) || strings.Contains(p.Body, `action="/language"`) || !strings.Contains(p.Body, `action="/logout"`) {
			t.Errorf("%s: got %d in %s: %s", path, p.Status, languageOf(t, p), p.Text())
		}
		if p := c.Client().Get(path); p.Status != http.StatusNotFound || languageOf(t, p) != "en" || !strings.Contains(p.Body, `href="/login"`) {
			t.Errorf("%s without a session: got %d in %s: %s", path, p.Status, languageOf(t, p), p.Text())
		}
	}
}

// TestProblemsAreInTheLanguage checks that the answer to a form that was refused is
// in the language of the reader, also when a confirmation came between.
func TestProblemsAreInTheLanguage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	de := locale.Language("de")
	b := c.Client()
	b.SetCookie("portico_language", "de")
	p := b.Post("/login/forgot", "login_id", "")
	if want := de.Text("Enter your login ID or your email address."); languageOf(t, p) != "de" || p.Status != 422 || p.Alert() != want {
		t.Errorf("without a session: got %d in %s and %q, want 422 in German and %q", p.Status, languageOf(t, p), p.Alert(), want)
	}
	b = c.as(c.user)
	b.SetCookie("portico_language", "de")
	c.Clock.Advance(portico.ConfirmationTTL)
	p = b.Post("/account/profile", "first_name", "", "last_name", "", "email", "ulla@example.com")
	if p.Status != http.StatusForbidden || languageOf(t, p) != "de" {
		t.Fatalf("a form that asks for a confirmation: got %d in %s", p.Status, languageOf(t, p))
	}
	p = b.Fill(p, de.Text("Confirm"), de.Text("Password"), porticotest.Password)
	if languageOf(t, p) != "de" || p.Status != 422 || p.Alert() == "" {
		t.Errorf("after the confirmation: got %d in %s: %s", p.Status, languageOf(t, p), p.Text())
	}
}

// TestOwnLanguage checks that a person chooses the language of their pages on the
// Account page, that the answer is in it, and that the log-in page is, too.
func TestOwnLanguage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.behind(t, `UPDATE customers SET language = 'es' WHERE id = $1`, string(c.acme.ID))
	b := c.as(c.user)
	save := func(l locale.Language, choice string) *porticotest.Page {
		return b.Fill(b.Get("/account"), l.Text("Save language"), l.Text("Language of pages and emails"), choice)
	}
	events := len(c.Events(c.acme.ID))
	p := save("es", "fr")
	if p.Path != "/account?done=language-saved" || languageOf(t, p) != "fr" || !p.Has(locale.Language("fr").Text("Your language was saved.")) || !strings.Contains(p.Body, `value="fr" lang="fr" selected>Français</option>`) {
		t.Errorf("choosing French: got %s in %s: %s", p.Path, languageOf(t, p), p.Text())
	}
	if c.Account(c.user.ID).Language != "fr" || len(c.Events(c.acme.ID)) != events {
		t.Errorf("got %q and %d events, want French and none", c.Account(c.user.ID).Language, len(c.Events(c.acme.ID))-events)
	}
	if got := languageOf(t, c.as(c.user).Get("/")); got != "fr" {
		t.Errorf("in another browser: got %s, want fr", got)
	}
	if p := b.Post("/account/language", "language", "en-XA"); p.Status != 422 || c.Account(c.user.ID).Language != "fr" {
		t.Errorf("a language that there is not: got %d and %q, want 422 and French as before", p.Status, c.Account(c.user.ID).Language)
	}
	b.Post("/logout")
	if got := languageOf(t, b.Get("/login")); got != "fr" {
		t.Errorf("after logging out: got %s, want fr", got)
	}
	b = c.as(c.user)
	if p := save("fr", ""); languageOf(t, p) != "es" || c.Account(c.user.ID).Language != "" || b.Cookie("portico_language") != "" {
		t.Errorf("choosing none: got %s, %q and the cookie %q, want the customer's", languageOf(t, p), c.Account(c.user.ID).Language, b.Cookie("portico_language"))
	}
}

// TestLanguageOfAUser checks that an administrator gives a user a language, in a
// new account and later.
func TestLanguageOfAUser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice := c.as(c.admin)
	alice.Fill(alice.Get(access+"/new"), "Create user", "First name", "Ina", "Email", "ina@example.com", "Language", "de")
	if got := languageOf(t, c.Client().Get(c.lastMail("ina@").Link("/activate/"))); got != "de" {
		t.Errorf("a new user's invitation: got %s, want de", got)
	}
	page := access + "/" + string(c.user.ID)
	p := alice.Fill(alice.Get(page), "Save", "Language", "fr")
	if got := c.Account(c.user.ID).Language; p.Status != 200 || got != "fr" || c.events(portico.UserEdited, "language") != 1 {
		t.Errorf("got %d, %q and the events %v, want French, and a change of the language", p.Status, got, c.Events(c.acme.ID))
	}
	p = alice.Fill(p, "Save", "Language", "xx")
	if got := c.Account(c.user.ID).Language; p.Status != 422 || got != "fr" || !strings.Contains(p.Body, `<select id="language" name="language" aria-invalid="true" aria-describedby="alert language-hint" autofocus>`) {
		t.Errorf("a language that there is not: got %d and %q, want it refused at its field", p.Status, got)
	}
	p = alice.Fill(alice.Get(page), "Save", "First name", "", "Language", "es")
	if p.Status != 422 || p.Value("Language") != "es" {
		t.Errorf("a form that was refused: got %d and %q, want the language as it was chosen", p.Status, p.Value("Language"))
	}
	alice.Fill(alice.Get(page), "Save", "Labels", "a")
	if got := c.Account(c.user.ID).Language; got != "fr" {
		t.Errorf("after another change: got %q, want fr", got)
	}
}

// TestDefaultLanguage checks that an operator sets the language of a customer's
// people, and that of the provider's.
func TestDefaultLanguage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	p := olga.Fill(olga.Get(acme), "Save", "Default language", "de")
	if p.Status != 200 || p.Value("Default language") != "de" || c.events(portico.CustomerChanged, "default language: Deutsch") != 1 {
		t.Errorf("got %d, %q and the events %v, want German", p.Status, p.Value("Default language"), c.Events(c.acme.ID))
	}
	if p := olga.Get("/customers/acme" + auditPath[len("/administration"):]); !p.Has("Olga Tester changed the name, brand, logo or default language.") {
		t.Errorf("the audit log: got %s, want that the default language may have changed", p.Text())
	}
	b := c.as(c.user)
	if got := languageOf(t, b.Get("/")); got != "de" {
		t.Errorf("a user of the customer: got %s, want de", got)
	}
	if p := olga.Fill(p, "Save", "Default language", "en-XA"); p.Status != 422 || languageOf(t, b.Get("/")) != "de" {
		t.Errorf("a language that there is not: got %d, want it refused", p.Status)
	}
	olga.Fill(olga.Get(acme), "Save", "Default language", "")
	if got := languageOf(t, b.Get("/")); got != "en" || c.events(portico.CustomerChanged, "default language: none") != 1 {
		t.Errorf("without one again: got %s, want en, and the event", got)
	}
	if p := olga.Fill(olga.Get("/administration/branding"), "Save", "Default language", "fr"); languageOf(t, p) != "fr" || languageOf(t, b.Get("/")) != "en" {
		t.Errorf("the provider's: got %s for the operator and %s for a customer's user, want fr and en", languageOf(t, p), languageOf(t, b.Get("/")))
	}
}

// TestMissingStaticFileIsToldInTheReadersLanguage checks that an address of a static
// file that is gone is answered as every other address without a page.
func TestMissingStaticFileIsToldInTheReadersLanguage(t *testing.T) {
	c := newFixture(t)
	r, err := http.NewRequest("GET", c.URL+"/static/x", nil)
	must(t, err)
	r.Header.Set("Accept-Language", "es")
	if p := c.Client().Do(r); p.Status != 404 || p.Header.Get("Content-Language") != "es" || !p.Has("Página no encontrada") {
		t.Errorf("got %d in %q: %s, want the page in Spanish", p.Status, p.Header.Get("Content-Language"), p.Text())
	}
}
