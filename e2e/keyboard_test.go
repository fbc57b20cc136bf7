package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"portico"
	"portico/internal/porticotest"
)

// press presses a key.
func (b *tab) press(key string) {
	b.t.Helper()
	b.must(chromedp.Do(b.ctx, chromedp.KeyEvent(key)))
}

// enterKey presses Enter or Space on the focused element, and waits for the
// next page.
func (b *tab) enterKey(key string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(key)))
	b.must(err)
}

// focusName returns the name of the focused element, with a prefix if the focus
// is not visible.
const focusName = `(() => {
	const e = document.activeElement
	if (!e) return "" // while the page loads
	const name = e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") && document.getElementById(e.getAttribute("aria-labelledby")).innerText) ||
		e.labels?.[0]?.innerText || e.innerText || e.id
	const seen = getComputedStyle(e).outlineStyle !== "none" || e === document.body
	return (seen ? "" : "unseen: ") + name.trim().replaceAll(/\s+/g, " ")
})()`

// tabTo presses Tab until the element with this name has the focus. It fails if
// the focus is not visible on the way.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	var way []string
	for range 80 {
		b.press("\t")
		at := b.eval(focusName)
		if strings.HasPrefix(at, "unseen: ") {
			b.t.Fatalf("the focus cannot be seen on %q", at)
		}
		if at == name {
			return
		}
		way = append(way, at)
	}
	b.t.Fatalf("no way to %q by keyboard, only to %q", name, way)
}

// standsOn fails unless the element with this name gets the focus, visibly.
func (b *tab) standsOn(name string) {
	b.t.Helper()
	at := ""
	if b.eventually(func() bool { at = b.eval(focusName); return at == name }) {
		return
	}
	b.t.Fatalf("the focus is on %q, not on %q", at, name)
}

// TestKeyboardAlone enrols, logs out and in, and helps a colleague, without a
// mouse. While it runs, no other test has the focus.
func TestKeyboardAlone(t *testing.T) {
	p := portal(t)
	c := p.Customer("acme", "Acme Telecom")
	p.User(c.ID, "alice", portico.RoleAdministrator)
	p.Enrol(p.User(c.ID, "bob", portico.RoleUser))
	b := browse(t, p, desktop)
	b.open("/login")
	b.standsOn("Login ID")
	b.press("alice")
	b.tabTo("Password")
	b.press(porticotest.Password)
	b.tabTo("Show password")
	b.press(" ")
	if got := b.eval(passwordType); got != "text" {
		t.Errorf("after Space on \"Show password\": got a field of type %q, want %q", got, "text")
	}
	b.tabTo("Log in")
	b.enterKey("\r")
	b.tabTo("Skip to the content")
	b.press("\r")
	b.tabTo("Set up Two Factor Authentication") // past the menu
	b.enterKey("\r")
	b.tabTo("Two Factor Authentication")
	b.enterKey(" ")
	key := b.eval(`document.querySelector("[data-testid=setup-key]").textContent`)
	b.standsOn("Set up your authenticator app")
	if title := b.eval(`document.title`); !strings.HasPrefix(title, "Set up Two Factor Authentication") {
		t.Errorf("after moving the switch: got the title %q, want one of its own", title)
	}
	for range 3 {
		b.press("\t")
	}
	b.standsOn("Enter the code here")
	b.press("000000")
	b.enterKey("\r")
	b.standsOn("Enter the code here")
	b.press(appCode(t, key, p.Clock.Now()))
	b.enterKey("\r")
	b.tabTo("I have saved my recovery codes")
	b.enterKey("\r")

	// The account menu opens, closes with Escape, and returns the focus.
	const account = "AT Alice Tester Acme Telecom"
	b.tabTo(account)
	b.press("\r")
	b.tabTo("Account")
	b.press("\x1b")
	b.standsOn(account)
	b.press("\r")
	b.tabTo("Log out")
	b.enterKey("\r")
	p.Clock.Advance(30 * time.Second)
	b.standsOn("Login ID")
	b.press("alice")
	b.tabTo("Password")
	b.press(porticotest.Password)
	b.enterKey("\r")
	b.standsOn("Enter the code here")
	b.enterKey(appCode(t, key, p.Clock.Now())) // the form is sent by itself
	b.reads("Hello Alice")

	b.tabTo("Administration and Access")
	b.enterKey("\r")
	b.tabTo("Delete 2FA setup") // Alice's own
	b.tabTo("Delete 2FA setup") // Bob's
	b.press("\r")
	b.standsOn("Reason")
	b.press("\x1b") // changes nothing and returns the focus
	b.standsOn("Delete 2FA setup")
	b.press("\r")
	b.standsOn("Reason")
	b.tabTo("Cancel")
	b.press("\r") // so does Cancel, which comes before the button that deletes
	b.standsOn("Delete 2FA setup")
	b.press("\r")
	b.standsOn("Reason")
	b.press("lost phone")
	b.tabTo("Delete 2FA setup")
	b.enterKey("\r")
	if got := b.rowOf("bob"); !strings.Contains(got, "2FA not Enabled") {
		t.Fatalf("bob is %q on:\n%s", got, b.text())
	}
}
