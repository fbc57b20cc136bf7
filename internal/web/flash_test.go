package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestFailuresAreNoSuccess checks that a page which says after a redirect that
// something failed says so in an alert, not in the box of what succeeded.
func TestFailuresAreNoSuccess(t *testing.T) {
	const success = `class="said"`
	for name, fails := range map[string]func(*testing.T, *fixture) (p *porticotest.Page, want string){
		"too many wrong codes": func(t *testing.T, c *fixture) (p *porticotest.Page, want string) {
			key := c.Enrol(c.user)
			b := c.pend(c.user)
			for range portico.CodesPerLogin {
				p = b.Post("/login/code", "code", c.wrongCode(key))
			}
			return p, "took too long or had too many wrong codes"
		},
		"the set-up ran out": func(t *testing.T, c *fixture) (*porticotest.Page, string) {
			b := c.as(c.user)
			key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
			c.Clock.Advance(portico.EnrolmentTTL)
			return b.Post(confirm, "code", c.Code(key, 0)), "This set-up has ended"
		},
		"the recovery codes are hidden": func(t *testing.T, c *fixture) (*porticotest.Page, string) {
			b := c.as(c.user)
			c.enrol(t, b)
			return b.Get("/account/recovery-codes/file"), "no longer shown"
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, want := fails(t, newFixture(t))
			if !strings.Contains(p.Alert(), want) || strings.Contains(p.Body, success) {
				t.Errorf("got alert %q, success box %v, want the alert %q: %s", p.Alert(), strings.Contains(p.Body, success), want, p.Text())
			}
		})
	}
	c := newFixture(t)
	b := c.as(c.user)
	p := b.Fill(b.Get("/account/profile"), "Save")
	if !strings.Contains(p.Body, success) || p.Alert() != "" {
		t.Errorf("after saving the profile: got alert %q, want the box of success: %s", p.Alert(), p.Text())
	}
}
