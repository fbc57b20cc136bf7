package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
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
	c := newCast(t)
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
	done := b.Fill(taken, "Carry out the import")
	if !done.Has("0 created, 0 updated, 0 unchanged, 1 refused") || !done.Has("This login ID is taken") || c.events(portico.LoginIDTaken, "1 of lines 2 to 2 of file.csv") != 1 {
		t.Errorf("carried out: %s", done.Text())
	}
}

// TestC21_TakenLoginIDsAreBounded checks that a customer can learn of at most a
// hundred login IDs per day that others use them.
func TestC21_TakenLoginIDsAreBounded(t *testing.T) {
	c := newCast(t)
	file := rows(func() (logins []string) {
		for i := range 101 {
			logins = append(logins, fmt.Sprintf("other%03d", i))
		}
		return logins
	}()...)
	greta := c.as(c.other)
	if p := greta.Fill(sendFile(greta, file), "Carry out the import"); !p.Has("101 created") {
		t.Fatal(p.Text())
	}
	b := c.as(c.admin)
	p := b.Fill(sendFile(b, file), "Carry out the import")
	if p.Has("refused") && !p.Has("0 refused") || !p.Has("More than 100 login IDs") || p.Has("is taken") {
		t.Errorf("101 at once: %s", p.Text())
	}
	hundred := strings.Join(strings.Split(file, "\n")[:101], "\n") + "\n"
	if p := b.Fill(sendFile(b, hundred), "Carry out the import"); !p.Has("100 refused") {
		t.Errorf("a hundred: %s", p.Text())
	}
	if p := b.Fill(sendFile(b, rows("greta")), "Carry out the import"); p.Has("1 refused") || !p.Has("More than 100 login IDs") {
		t.Errorf("one more: %s", p.Text())
	}
	c.Clock.Advance(24 * time.Hour)
	b = c.as(c.admin)
	if p := b.Fill(sendFile(b, rows("greta")), "Carry out the import"); !p.Has("1 refused") {
		t.Errorf("the next day: %s", p.Text())
	}
	if c.events(portico.LoginIDTaken, "") != 2 {
		t.Errorf("%d events", c.events(portico.LoginIDTaken, ""))
	}
	// The same for an invited person: ten per hour, each recorded.
	b.Fill(b.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "E-mail", "eve@example.com")
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
	if p := eve.Fill(eve.Get(u.Path), "Activate", "Login ID", "eve.il", "Password", "seven quiet rivers meet"); !p.Has("Log in") || p.Status != 200 {
		t.Errorf("an hour later: %d %s", p.Status, p.Text())
	}
}
