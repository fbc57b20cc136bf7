package web_test

import (
	"net/http"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestC21_ThrottleSameForUnknownUser checks that an unknown login ID is
// throttled exactly like a known one.
func TestC21_ThrottleSameForUnknownUser(t *testing.T) {
	c := newCast(t)
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
	c := newCast(t)
	suspended := c.User(c.acme.ID, "gustav", "user")
	admin := c.as(c.admin)
	admin.Post(access + "/" + string(suspended.ID) + "/suspend")
	answers := map[string]bool{}
	for _, id := range []string{"ulla", "nobody", "gustav"} {
		b := c.Client()
		p := b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", id)
		answers[strings.ReplaceAll(p.Text(), id, "X")] = true
		if p.Status != 200 || len(p.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %d", id, p.Status)
		}
	}
	if len(answers) != 1 {
		t.Errorf("%v", answers)
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
	c := newCast(t)
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
	c := newCast(t)
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
