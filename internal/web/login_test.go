package web_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

func TestC21_IdenticalFailureResponses(t *testing.T) {
	c := newCast(t)
	suspended := c.User(c.acme.ID, "gustav", portico.RoleUser)
	b := c.as(c.admin)
	b.Post("/administration/access/" + string(suspended.ID) + "/suspend")
	answers := map[string]string{}
	for who, login := range map[string][2]string{
		"wrong password": {"ulla", "not the password at all"},
		"unknown":        {"nobody", porticotest.Password},
		"suspended":      {"gustav", porticotest.Password},
		"no login ID":    {"", ""},
		"hostile":        {"<script>", "x"},
	} {
		p := c.Client().Login(login[0], login[1], "")
		if p.Status != 422 || p.Value("Login ID") != login[0] || p.Value("Password") != "" {
			t.Errorf("%s: %d, login ID %q", who, p.Status, p.Value("Login ID"))
		}
		answers[p.Alert()] += who + " "
	}
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}
}

func TestLoginIDIsFoundWithoutRegardToCase(t *testing.T) {
	c := newCast(t)
	for _, id := range []string{"ULLA", " ulla ", "ｕｌｌａ"} {
		if p := c.Client().Login(id, porticotest.Password, ""); !p.Has("Hello Ulla") {
			t.Errorf("%q: %s", id, p.Text())
		}
	}
}

// TestC07_CodesAtLogin checks that the codes of the previous, the current and
// the next time step are accepted once. Wrong, older, later and used codes are
// rejected with the right sentence.
func TestC07_CodesAtLogin(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	at := func(code string) *porticotest.Page {
		t.Helper()
		return c.Client().Login("ulla", porticotest.Password, code)
	}
	wrong, used := "This code is not right", "This code was already used"
	for _, step := range []struct {
		name string
		off  int64
		says string
	}{
		{"two steps old", -2, wrong},
		{"next but one", 2, wrong},
		{"previous", -1, ""},
		{"previous again", -1, used},
		{"now", 0, ""},
		{"previous after now", -1, used},
		{"now again", 0, used},
		{"next", 1, ""},
		{"now after next", 0, used},
		{"next again", 1, used},
	} {
		p := at(c.Code(key, step.off))
		if step.says == "" && !p.Has("Hello Ulla") || step.says != "" && (p.Status != 422 || !strings.Contains(p.Alert(), step.says)) {
			t.Errorf("%s: %d %q", step.name, p.Status, p.Alert())
		}
	}
	for _, none := range []string{"12345", "abcdef", "1234567", "１２３４５６"} {
		if p := at(none); p.Status != 422 || !strings.Contains(p.Alert(), "6 digits") || p.Value("Enter the code here") != "" {
			t.Errorf("%q: %d %q", none, p.Status, p.Alert())
		}
	}
}

// TestC07_ReplayAfterRestart checks that a used code stays used, in another
// program over the same data and after the clock was set back.
func TestC07_ReplayAfterRestart(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	if p := c.Client().Login("ulla", porticotest.Password, code); !p.Has("Hello Ulla") {
		t.Fatal(p.Text())
	}
	again := porticotest.Start(t, c.Dir, c.Clock)
	if p := again.Client().Login("ulla", porticotest.Password, code); !strings.Contains(p.Alert(), "already used") {
		t.Errorf("after a restart: %s", p.Text())
	}
	c.Clock.Advance(-time.Minute)
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(key, 0)); p.Has("Hello Ulla") {
		t.Error("the clock going back opens old steps")
	}
}

// TestC07_ReplayRace sends one code from forty log-ins at once to two programs,
// and checks that there is only one session.
func TestC07_ReplayRace(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	code := c.Code(key, 0)
	browsers := make([]*porticotest.Client, 40)
	for i := range browsers {
		browsers[i] = []*porticotest.Portal{c.Portal, second}[i%2].Client()
		browsers[i].Login("ulla", porticotest.Password, "")
	}
	var wg sync.WaitGroup
	for _, b := range browsers {
		wg.Go(func() { b.Post("/login/code", "code", code) })
	}
	wg.Wait()
	in := 0
	for _, b := range browsers {
		if b.Get("/account").Has("Log out") {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d sessions from one code", in)
	}
}

// TestC01_PendSingleUse checks that a pending login accepts one right code,
// checks at most five, and expires after five minutes.
func TestC01_PendSingleUse(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	twice := c.copied(b, "portico_login", "portico_browser") // as a thief who has copied all cookies
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Fatal(p.Text())
	}
	c.Clock.Advance(time.Minute)
	if p := twice.Post("/login/code", "code", c.Code(key, 0)); !p.Has("took too long or had too many wrong codes") {
		t.Errorf("a used log-in goes on: %s", p.Text())
	}

	b = c.Client()
	b.Login("ulla", porticotest.Password, "")
	pend := b.Cookie("portico_login")
	for i := 1; i <= portico.CodesPerLogin; i++ {
		if p := b.Post("/login/code", "code", "000000"); strings.HasPrefix(p.Path, "/login?done=login-over") != (i == portico.CodesPerLogin) {
			t.Errorf("after wrong code %d: %s", i, p.Path)
		}
	}
	b.SetCookie("portico_login", pend)
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" {
		t.Errorf("a sixth code is looked at: %s %s", p.Path, p.Text())
	}

	late := c.Client()
	late.Login("ulla", porticotest.Password, "")
	c.Clock.Advance(portico.PendingLoginTime)
	if p := late.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" {
		t.Errorf("after five minutes: %s", p.Text())
	}
}

// TestC04_TwoTabsTwoUsers checks that the pending login determines the account,
// not the request, and that a new log-in in a browser replaces the previous
// one.
func TestC04_TwoTabsTwoUsers(t *testing.T) {
	c := newCast(t)
	ulla, alice := c.Enrol(c.user), c.Enrol(c.admin)
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	replaced := c.copied(b, "portico_login", "portico_browser")
	b.Login("alice", porticotest.Password, "")
	if p := b.Post("/login/code", "code", c.Code(ulla, 0), "login_id", "ulla", "user", string(c.user.ID)); p.Has("Log out") {
		t.Error("the code of another tab's person opens")
	}
	if p := replaced.Post("/login/code", "code", c.Code(ulla, 0)); p.Has("Log out") {
		t.Error("a replaced log-in goes on")
	}
	if p := b.Post("/login/code", "code", c.Code(alice, 0)); !p.Has("Hello Alice") {
		t.Errorf("alice's own code: %s", p.Text())
	}
}

// TestC02_DoubtDenies checks that a broken authenticator lets nobody in.
func TestC02_DoubtDenies(t *testing.T) {
	for name, spoil := range map[string]func(*store.Authenticator){
		"unknown kind":         func(f *store.Authenticator) { f.Kind = "passkey" },
		"key does not open":    func(f *store.Authenticator) { f.Secret[len(f.Secret)-1] ^= 1 },
		"key is cut off":       func(f *store.Authenticator) { f.Secret = f.Secret[:1] },
		"key is lost":          func(f *store.Authenticator) { f.Secret = []byte{} }, // as keys replace --lost leaves it
		"another person's key": nil,
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			key := c.Enrol(c.user)
			other := c.Enrol(c.admin)
			must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
				f, err := tx.Authenticator(c.user.ID)
				if err != nil {
					return err
				}
				if spoil == nil {
					theirs, err := tx.Authenticator(c.admin.ID)
					if err != nil {
						return err
					}
					f.Secret, key = theirs.Secret, other
				} else {
					spoil(&f)
				}
				return tx.PutAuthenticator(f)
			}))
			b := c.Client()
			p := b.Login("ulla", porticotest.Password, "")
			if !p.Has("Enter your code") {
				t.Fatalf("the password alone: %s", p.Text())
			}
			p = b.Post("/login/code", "code", c.Code(key, 0))
			want := 500
			if name == "key is lost" { // the person is told, because there are other ways to log in
				want = 422
			}
			if p.Status != want || p.Has("has lost the keys") != (want == 422) || b.Get("/account").Has("Log out") {
				t.Errorf("%d %s", p.Status, p.Text())
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestC02_FactorChangedDuringLogin checks that a 2FA reset ends a pending
// login.
func TestC02_FactorChangedDuringLogin(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	c.Reset(c.user, "lost phone")
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" {
		t.Errorf("a pending log-in outlives the reset: %s", p.Text())
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("by password alone after the reset: %s", p.Text())
	}
}

func TestC17_SessionFixationAndFlags(t *testing.T) {
	c := newCast(t)
	b := c.Client()
	b.SetCookie("portico_session", "planted-by-somebody")
	b.Login("ulla", porticotest.Password, "")
	first := b.Cookie("portico_session")
	if first == "planted-by-somebody" || len(first) < 43 {
		t.Fatalf("the session is %q", first)
	}
	if p := b.Post("/login", "login_id", "alice", "password", porticotest.Password); !p.Has("Hello Alice") {
		t.Fatal(p.Text())
	}
	old := c.Client()
	old.SetCookie("portico_session", first)
	if !denied(try(old, "GET", "/account")) {
		t.Error("the session of the person before goes on in the same browser")
	}
	req, err := http.NewRequest("POST", c.URL+"/login", strings.NewReader("login_id=ulla&password="+porticotest.Password))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	fresh := c.Client()
	fresh.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, cookie := range fresh.Do(req).Header.Values("Set-Cookie") {
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/") {
			t.Errorf("cookie without flags: %s", cookie)
		}
	}
}

// TestC18_IdleAndAbsoluteTimeout checks that the sessions of users end after an
// hour without use and after a day, and those of the other roles after half of
// that.
func TestC18_IdleAndAbsoluteTimeout(t *testing.T) {
	for _, who := range []struct {
		login         string
		overall, idle time.Duration
	}{{"ulla", 24 * time.Hour, time.Hour}, {"hedda", 12 * time.Hour, 30 * time.Minute}, {"alice", 12 * time.Hour, 30 * time.Minute}} {
		c := newCast(t)
		b := c.Client()
		b.Login(who.login, porticotest.Password, "")
		c.Clock.Advance(who.idle - time.Second)
		if !b.Get("/account").Has("Log out") {
			t.Errorf("%s: ended before idle for %v", who.login, who.idle)
		}
		c.Clock.Advance(who.idle)
		if !denied(try(b, "GET", "/account")) {
			t.Errorf("%s: goes on after idle for %v", who.login, who.idle)
		}
		b.Login(who.login, porticotest.Password, "")
		for spent := time.Duration(0); spent+who.idle/2 < who.overall; spent += who.idle / 2 {
			if !b.Get("/account").Has("Log out") {
				t.Fatalf("%s: ended after %v of use", who.login, spent)
			}
			c.Clock.Advance(who.idle / 2)
		}
		if !b.Get("/account").Has("Log out") { // in use until the end
			t.Errorf("%s: ended before %v of use", who.login, who.overall)
		}
		c.Clock.Advance(who.idle / 2)
		if !denied(try(b, "GET", "/account")) {
			t.Errorf("%s: goes on after %v of use", who.login, who.overall)
		}
	}
}

func TestC18_LogoutServerSide(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	stolen := c.Client()
	stolen.SetCookie("portico_session", b.Cookie("portico_session"))
	if p := b.Post("/logout"); p.Path != "/login?done=logged-out" {
		t.Fatal(p.Path)
	}
	if !denied(try(stolen, "GET", "/account")) {
		t.Error("a copied cookie outlives the log-out")
	}
}

func TestC26_OpenRedirectNext(t *testing.T) {
	c := newCast(t)
	for next, want := range map[string]string{
		"/account": "/account", "/administration/access?after=x": "/administration/access?after=x", "": "/",
		"https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", "/%2F/evil": "/",
		"javascript:alert(1)": "/", "/login": "/", "/logout": "/", "/account\r\nX: y": "/", "account": "/",
	} {
		b := c.Client()
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if got := b.Post("/login", "login_id", "ulla", "password", porticotest.Password, "next", next).Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestSessionCheckForProxies(t *testing.T) {
	c := newCast(t)
	if p := c.Client().Get("/session"); p.Status != 401 || p.Body != "" {
		t.Errorf("nobody: %d %q", p.Status, p.Body)
	}
	p := c.as(c.user).Get("/session")
	if p.Status != 204 || p.Header.Get("Portico-Login-ID") != "ulla" || p.Header.Get("Portico-Role") != "user" || p.Header.Get("Portico-Customer") != "acme" {
		t.Errorf("%d %v", p.Status, p.Header)
	}
}

func TestHealth(t *testing.T) {
	c := newCast(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if p := c.Client().Get(path); p.Status != 200 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}
