package web_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/totp"
	"portico/internal/web"
)

// These fuzz tests call the server's handler directly, as its listener would.
// Each `go test` runs the seeds too.

// caller is a browser without a network.
type caller struct {
	p       *porticotest.Portal
	cookies map[string]string
}

// send sends one request and keeps the cookies that the response sets.
func (c caller) send(r *http.Request) *httptest.ResponseRecorder {
	r.RemoteAddr = "192.0.2.1:1234"
	var cookies []string // joined by hand, because http.Cookie would drop some bytes
	for name, value := range c.cookies {
		cookies = append(cookies, name+"="+value)
	}
	if len(cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(cookies, "; "))
	}
	w := httptest.NewRecorder()
	c.p.Web.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if c.cookies != nil {
			c.cookies[cookie.Name] = cookie.Value
		}
	}
	return w
}

func (c caller) post(path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return c.send(r)
}

const formType = "application/x-www-form-urlencoded"

// holds checks what must be true for each response: the portal has not failed,
// and has logged nobody in.
func holds(t *testing.T, p *porticotest.Portal, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d\n%s, want not (w.Code >= 500 && w.Code != http.StatusServiceUnavailable)", w.Code, p.Logs.String())
	}
	for _, cookie := range w.Result().Cookies() {
		if strings.HasSuffix(cookie.Name, "portico_session") && cookie.Value != "" {
			t.Error("a session")
		}
	}
}

// quiet returns a portal with one user, who has 2FA.
func quiet(f *testing.F) (p *porticotest.Portal, ulla portico.User, key []byte) {
	p = porticotest.New(f)
	acme := p.Customer("acme", "Acme Telecom")
	ulla = p.User(acme.ID, "ulla", portico.RoleUser)
	return p, ulla, p.Enrol(ulla)
}

// FuzzRequests checks that no request of a stranger makes the portal fail or
// logs anybody in.
func FuzzRequests(f *testing.F) {
	p, ulla, _ := quiet(f)
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, ulla.ID)
		f.Add(method, path, formType, "login_id=ulla&password=x&code=123456&next=//x", "portico_session=x; portico_login=y; portico_browser=z")
	}
	f.Add("GET", "http://evil.example/account?done=x&next=%zz", "", "", "portico_session=\"\"")
	f.Add("POST", "/login//code;x", "multipart/form-data; boundary=x", "--x\r\n\r\n--x--", "=; ;portico_login")
	f.Add("CONNECT", "*", "text/plain", "\x00\xff", "\x7f")
	f.Add("BREW", "/%2e%2e/static/../account", "application/json", `{"login_id":["ulla"]}`, "a=b; a=c; __Host-portico_session=x")
	f.Fuzz(func(t *testing.T, method, target, contentType, body, cookies string) {
		raw := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: portal.example\r\nContent-Type: %s\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s",
			method, target, contentType, cookies, len(body), body)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return // the listener would reject it
		}
		holds(t, p, caller{p: p}.send(r))
		if w := (caller{p: p}).send(httptest.NewRequest("GET", "/login", nil)); w.Code != http.StatusOK {
			t.Errorf("the log-in page afterwards: %d", w.Code)
		}
	})
}

// FuzzCookies checks that made-up cookies are neither a session nor a pending
// login.
func FuzzCookies(f *testing.F) {
	p, _, key := quiet(f)
	for _, v := range []string{"", "x", "portico_login", strings.Repeat("A", 43), `"quoted"`, "a,b;c", "\x00", "é", "../../x", "' OR 1=1 --", strings.Repeat("x", 9000)} {
		f.Add(v, "", "")
		f.Add(v, v, v)
	}
	f.Fuzz(func(t *testing.T, session, login, browser string) {
		b := func() caller {
			return caller{p, map[string]string{"portico_session": session, "portico_login": login, "portico_browser": browser}}
		}
		w := b().send(httptest.NewRequest("GET", "/session", nil))
		if holds(t, p, w); w.Code != http.StatusUnauthorized {
			t.Errorf("/session: %d", w.Code)
		}
		w = b().send(httptest.NewRequest("GET", "/account", nil))
		if holds(t, p, w); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Faccount" {
			t.Errorf("/account: %d to %s", w.Code, w.Header().Get("Location"))
		}
		// The right code is useless without the password.
		w = b().post("/login/code", formType, "code="+p.Code(key, 0))
		if holds(t, p, w); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") || strings.HasPrefix(w.Header().Get("Location"), "/login/") {
			t.Errorf("/login/code: %d to %s", w.Code, w.Header().Get("Location"))
		}
	})
}

// FuzzLogin checks that only the right login ID, password and codes work, and
// that no input makes the portal fail.
func FuzzLogin(f *testing.F) {
	p, ulla, key := quiet(f)
	for i, s := range []string{"", "ulla", "Ulla ", "ul\u200bla", "ＵＬＬＡ", "123456", "１２３４５６", "12 34-56", "\x00", "\xff", "' OR 1=1 --", "AAAA-BBBB-CCCC-DDDD", strings.Repeat("x", 5000)} {
		if i%porticotest.Amount(1, 3) != 0 {
			continue
		}
		f.Add("ulla", s, s)
		f.Add(s, porticotest.Password, s)
	}
	f.Fuzz(func(t *testing.T, loginID, password, code string) {
		// Clear the failures, so that the throttle does not reject the next attempts
		// unchecked.
		must(t, p.Users.Unlock(t.Context(), portico.CommandLine(), ulla.CustomerID, ulla.ID))
		p.Clock.Advance(24 * time.Hour)
		b := caller{p, map[string]string{}}
		form := func(fields ...string) string {
			var out []string
			for i := 0; i < len(fields); i += 2 {
				out = append(out, fields[i]+"="+url.QueryEscape(fields[i+1]))
			}
			return strings.Join(out, "&")
		}
		w := b.post("/login", formType, form("login_id", loginID, "password", password))
		holds(t, p, w)
		if w.Code == http.StatusSeeOther {
			if to := w.Header().Get("Location"); to != "/login/code" || password != porticotest.Password {
				t.Errorf("%q and %q lead to %s", loginID, password, to)
			}
		}
		b.post("/login", formType, form("login_id", "ulla", "password", porticotest.Password))
		if typed, ok := totp.ParseCode(code); ok && totp.Verify(key, typed, p.Clock.Now(), 1, 0).Verdict != totp.Refused {
			return
		}
		holds(t, p, b.post("/login/code", formType, form("code", code)))
		holds(t, p, b.post("/login/recovery", formType, form("recovery_code", code)))
	})
}

// FuzzForms checks that the portal responds to any form of an administrator,
// and that the session stays that person's or ends.
func FuzzForms(f *testing.F) {
	p, ulla, _ := quiet(f)
	var paths []string
	for _, r := range web.RouteTable() {
		if method, path := fill(r.Pattern, ulla.ID); method == "POST" {
			paths = append(paths, path)
		}
	}
	for i := 0; i < len(paths); i += porticotest.Amount(1, 3) {
		f.Add(uint8(i), formType, "first_name=A&last_name=B&email=a@example.com&role=user&labels=a,b&reason=x&code=123456&password=x&new_password=y&session=z&id=1&move=yes")
		f.Add(uint8(i), formType, "first_name=%00&reason=%ff&carried.reason=x&next=%2Fadministration%2Faccess")
		f.Add(uint8(i), "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\nlogin_id,first_name\n\"a\r\n--x--\r\n")
	}
	n := 0
	var who string
	b := caller{p, map[string]string{}}
	f.Fuzz(func(t *testing.T, which uint8, contentType, body string) {
		w := b.send(httptest.NewRequest("GET", "/session", nil))
		if w.Code == http.StatusUnauthorized { // an earlier request has ended the session
			n++
			who = fmt.Sprintf("admin-%d", n)
			_, err := p.Users.Create(t.Context(), portico.CommandLine(), ulla.CustomerID, portico.User{
				LoginID: who, FirstName: "Ada", LastName: "Admin", Email: who + "@example.com", Role: portico.RoleAdministrator,
			}, porticotest.Password)
			must(t, err)
			b.cookies = map[string]string{}
			if w := b.post("/login", formType, "login_id="+who+"&password="+porticotest.Password); w.Code != http.StatusSeeOther {
				t.Fatalf("%s cannot log in: %d", who, w.Code)
			}
		}
		w = b.post(paths[int(which)%len(paths)], contentType, body)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("b.post(paths[int(which)%%len(paths)], contentType, body): got %d\n%s, want not (w.Code >= 500 && w.Code != http.StatusServiceUnavailable)", w.Code, p.Logs.String())
		}
		w = b.send(httptest.NewRequest("GET", "/session", nil))
		if id := w.Header().Get("Portico-Login-ID"); w.Code != http.StatusUnauthorized && id != who {
			t.Errorf("the session of %s is %q's: %d", who, id, w.Code)
		}
	})
}
