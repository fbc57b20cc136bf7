package web_test

import (
	"strings"
	"testing"

	"portico/internal/porticotest"
)

// TestC28_UndoOnlyTheCurrentChange checks two rules. When an administrator
// changes an address, all older links end, and the link in the mail about that
// change restores nothing. When people change their own address, the mail to
// the address before lets them restore it, even after several changes.
func TestC28_UndoOnlyTheCurrentChange(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	thief := c.as(c.user)
	c.changeOwnAddress(thief, c.user, "thief@example.net")
	thief.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet") // mails the thief
	c.repair(c.as(c.admin), c.user, "ulla@example.com")
	if p := c.press(c.lastMail("thief@").Link("/not-me/"), ""); !p.Has("The administrators of Acme Telecom were told") {
		t.Errorf("the link to the replaced address: %d %s", p.Status, p.Text())
	}
	for _, link := range c.links("thief@", "/not-me/") {
		c.press(link, "")
	}
	if a := c.Account(c.user.ID); a.Email != "ulla@example.com" || a.PasswordExpired {
		t.Errorf("the thief undid the repair: %s, the password has ended: %v", a.Email, a.PasswordExpired)
	}
	if n := len(c.links("thief@", "/password/")); n > 0 {
		t.Errorf("the thief was mailed %d links", n)
	}
	if m := c.lastMail("alice@"); !strings.Contains(m.Subject, "Someone says that") {
		t.Errorf(`c.lastMail("alice@"): got %+v, want "Someone says that" in m.Subject`, m)
	}
	// Two changes made with the account: the first address wins.
	thief = c.Client()
	thief.Login("ulla", "seven quiet rivers meet", "")
	c.changeOwnAddress(thief, c.user, "thief@example.net")
	c.changeOwnAddress(thief, c.user, "thief2@example.net")
	c.press(c.lastMail("thief@").Link("/not-me/"), "")
	if got := c.Account(c.user.ID).Email; got != "thief@example.net" {
		t.Errorf("the second step is not undone: %s", got)
	}
	c.press(c.lastMail("ulla@example.com").Link("/not-me/"), "")
	if got := c.Account(c.user.ID).Email; got != "ulla@example.com" {
		t.Errorf("the first step is not undone: %s", got)
	}
	for _, box := range []string{"thief@", "thief2@"} {
		for _, link := range c.links(box, "/not-me/") {
			c.press(link, "")
		}
	}
	if got := c.Account(c.user.ID).Email; got != "ulla@example.com" {
		t.Errorf("undone once more, by the thief: %s", got)
	}
}
