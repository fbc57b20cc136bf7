package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// rows returns an import file with these login IDs.
func rows(logins ...string) string {
	var file strings.Builder
	file.WriteString("login_id,first_name,last_name,email,role\n")
	for _, login := range logins {
		fmt.Fprintf(&file, "%s,A,B,%s@example.com,user\n", login, login)
	}
	return file.String()
}

// TestC21_DryRunTellsNothingOfOthers checks that the validation of an import
// says the same about a login ID of another customer as about an unused one.
// Running the import reveals the difference, and is recorded.
func TestC21_DryRunTellsNothingOfOthers(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	free, taken := sendFile(b, rows("grete")), sendFile(b, rows("greta"))
	if a, b := strings.ReplaceAll(free.Text(), "grete", "greta"), taken.Text(); a != b {
		t.Errorf("the dry runs differ:\n%s\n%s", a, b)
	}
	if p := b.Get(path(taken) + "/refused.csv"); strings.Contains(p.Body, "greta") {
		t.Errorf("the refused rows: %s", p.Body)
	}
	if c.events(portico.LoginIDTaken, "") != 0 {
		t.Error("recorded before it was told")
	}
	done := b.Fill(taken, "Start import")
	if !done.Has("0 created, 0 updated, 0 unchanged, 1 refused") || !done.Has("This login ID is taken") || c.events(portico.LoginIDTaken, "line 2 of file.csv") != 1 {
		t.Errorf("carried out: %s", done.Text())
	}
}

// TestC21_TakenLoginIDsAreBounded checks that a customer can learn of at most a
// hundred login IDs per day that others use them.
func TestC21_TakenLoginIDsAreBounded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	file := rows(func() (logins []string) {
		for i := range 101 {
			logins = append(logins, fmt.Sprintf("other%03d", i))
		}
		return logins
	}()...)
	greta := c.as(c.other)
	if p := greta.Fill(sendFile(greta, file), "Start import"); !p.Has("101 created") {
		t.Fatalf(`pressing "Start import": got %s, want the text "101 created"`, p.Text())
	}
	b := c.as(c.admin)
	p := b.Fill(sendFile(b, file), "Start import")
	if p.Has("refused") && !p.Has("0 refused") || !p.Has("More than 100 login IDs") || p.Has("is taken") {
		t.Errorf("101 at once: %s", p.Text())
	}
	hundred := strings.Join(strings.Split(file, "\n")[:101], "\n") + "\n"
	if p := b.Fill(sendFile(b, hundred), "Start import"); !p.Has("100 refused") {
		t.Errorf("a hundred: %s", p.Text())
	}
	if p := b.Fill(sendFile(b, rows("greta")), "Start import"); p.Has("1 refused") || !p.Has("More than 100 login IDs") {
		t.Errorf("one more: %s", p.Text())
	}
	c.Clock.Advance(24 * time.Hour)
	b = c.as(c.admin)
	if p := b.Fill(sendFile(b, rows("greta")), "Start import"); !p.Has("1 refused") {
		t.Errorf("the next day: %s", p.Text())
	}
	if c.events(portico.LoginIDTaken, "") != 2 {
		t.Errorf("%d events", c.events(portico.LoginIDTaken, ""))
	}
	// The same for an invited person: ten per hour, each recorded.
	b.Fill(b.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
	u, err := url.Parse(c.Mails("eve@")[0].Link("/activate/"))
	must(t, err)
	eve := c.Client()
	for i := range 12 {
		p := eve.Fill(eve.Get(u.Path), "Activate", "Login ID", fmt.Sprintf("other%03d", i), "Password", "seven quiet rivers meet")
		if want := map[bool]int{true: 422, false: 429}[i < 10]; p.Status != want || want == 429 && p.Header.Get("Retry-After") != "3600" {
			t.Errorf("attempt %d: %d %s", i+1, p.Status, p.Alert())
		}
	}
	if c.events(portico.LoginIDTaken, "at the activation") != 10 {
		t.Error("not all of it is in the log")
	}
	c.Clock.Advance(time.Hour)
	if p := eve.Fill(eve.Get(u.Path), "Activate", "Login ID", "eve.il", "Password", "seven quiet rivers meet"); p.Path != "/?done=activated" {
		t.Errorf("an hour later: %d %s", p.Status, p.Text())
	}
}

// TestC21_ThrottleSameForUnknownUser checks that an unknown login ID is
// throttled exactly like a known one.
func TestC21_ThrottleSameForUnknownUser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	answers := func(loginID string) []string {
		var out []string
		for range 13 {
			p := c.Client().Login(loginID, "not the password at all", "")
			var cookies []string
			for _, cookie := range p.Header.Values("Set-Cookie") {
				name, _, _ := strings.Cut(cookie, "=")
				cookies = append(cookies, name)
			}
			sort.Strings(cookies)
			out = append(out, http.StatusText(p.Status)+p.Alert()+p.Header.Get("Retry-After")+strings.Join(cookies, ","))
		}
		return out
	}
	known, unknown := answers("ulla"), answers("nobody")
	for i := range known {
		if known[i] != unknown[i] {
			t.Errorf("%d: %q, unknown %q", i, known[i], unknown[i])
		}
	}
	if !strings.Contains(known[12], "Try again in") {
		t.Errorf("not throttled: %q", known[12])
	}
}

// TestC21_ForgottenSaysTheSame checks that asking for a password link does not
// reveal whether the account exists.
func TestC21_ForgottenSaysTheSame(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	suspended := c.User(c.acme.ID, "gustav", "user")
	admin := c.as(c.admin)
	admin.Post(access + "/" + string(suspended.ID) + "/suspend")
	answers := map[string]bool{}
	twice := c.User(c.globex.ID, "twin", "user")
	for _, id := range []string{"ulla", "nobody", "gustav", "greta@example.com", "nobody@example.com", "gustav@example.com", twice.Email} {
		b := c.Client()
		p := b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", id)
		answers[strings.ReplaceAll(p.Text(), id, "X")] = true
		if p.Status != 200 || len(p.Header.Values("Set-Cookie")) != 0 {
			t.Errorf(`%s: %d, want status 200, 0 of p.Header.Values("Set-Cookie")`, id, p.Status)
		}
	}
	if len(answers) != 1 {
		t.Errorf("got %v, want 1 of answers", answers)
	}
	if len(c.Mails("ulla@")) != 1 || len(c.Mails("gustav@")) != 0 {
		t.Errorf("%d and %d mails", len(c.Mails("ulla@")), len(c.Mails("gustav@")))
	}
	// Repeated requests neither flood the mailbox nor end the links.
	for range 9 {
		b := c.Client()
		b.Post("/login/forgot", "login_id", "ulla")
	}
	mails := c.Mails("ulla@")
	if len(mails) != 3 {
		t.Errorf("%d mails", len(mails))
	}
	if p := c.Client().Get(mails[0].Link("/password/")); p.Status != 200 {
		t.Errorf("the first link: %d", p.Status)
	}
}

// TestC21_NoStatusToOthers checks that only the person and the customer's own
// administration can see whether the person has 2FA.
func TestC21_NoStatusToOthers(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	colleague := c.as(c.User(c.acme.ID, "victor", "user"))
	for _, path := range []string{"/", "/account", access, access + "/" + string(c.user.ID), "/session"} {
		if p := colleague.Get(path); strings.Contains(p.Body, "2FA enabled") || p.Has("Ulla") {
			t.Errorf("a colleague reads it on %s", path)
		}
	}
	if p := c.as(c.other).Get(access); p.Has("Ulla") {
		t.Error("another customer's administrator reads it")
	}
	// A wrong password does not reveal whether a code would be asked for.
	with, without := c.Client().Login("ulla", "not the password at all", ""), c.Client().Login("hedda", "not the password at all", "")
	if with.Status != without.Status || with.Alert() != without.Alert() {
		t.Error("a wrong password is answered differently with 2FA")
	}
}

// TestC21_SuspendedSaysNothingOfPasswords: while an account or its customer is
// suspended, a right password is answered as a wrong one is, and as often, and
// as one of a login ID that nobody has.
func TestC21_SuspendedSaysNothingOfPasswords(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for i, loginID := range []string{"right", "wrong", "known-right", "known-wrong"} {
		u := c.User(c.acme.ID, loginID, portico.RoleUser)
		c.User(c.globex.ID, "g-"+loginID, portico.RoleUser)
		if i < 2 {
			must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, u.ID))
		}
	}
	browsers := map[string]*porticotest.Client{}
	for _, loginID := range []string{"known-right", "known-wrong", "g-known-right", "g-known-wrong"} {
		browsers[loginID] = c.Client()
		browsers[loginID].Login(loginID, porticotest.Password, "")
		browsers[loginID].Post("/logout")
	}
	for _, loginID := range []string{"known-right", "known-wrong"} {
		a, err := c.DB.Read(t.Context()).AccountByLogin(loginID)
		must(t, err)
		must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, a.ID))
	}
	must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.globex.ID))
	answers := func(loginID, password string) (all []string) {
		for range 25 {
			b := browsers[loginID]
			if b == nil {
				b = c.Client()
			}
			p := b.Login(loginID, password, "")
			all = append(all, http.StatusText(p.Status)+p.Alert()+p.Header.Get("Retry-After"))
			c.Clock.Advance(100 * time.Millisecond)
		}
		c.Clock.Advance(20 * time.Minute) // the source has its failures free again
		return all
	}
	for _, known := range []string{"", "known-"} {
		want := answers(known+"wrong", "not the password at all")
		if !strings.Contains(want[24], "Try again in") {
			t.Errorf("never throttled: %q", want[24])
		}
		for _, loginID := range []string{known + "right", "g-" + known + "right"} {
			if got := answers(loginID, porticotest.Password); !slices.Equal(got, want) {
				t.Errorf("%s:\n%q\nwrong passwords:\n%q", loginID, got, want)
			}
		}
	}
}

func TestC21_IdenticalFailureResponses(t *testing.T) {
	c := newFixture(t)
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
