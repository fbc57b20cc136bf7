package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestForgedResetIsNotCarriedOut checks that a request is cancelled if somebody
// changed what decides about it in the database.
func TestForgedResetIsNotCarriedOut(t *testing.T) {
	copied := `INSERT INTO reset_requests SELECT 'forged', customer_id, target_id, target_name, factor_id, by_kind, by_id, by_customer, by_role, by_name, by_login, by_address,
		by_browser, by_epoch, 'bribed', rule, alone, hand_over, phrase, asked_at, proof_kind, proof_text, proof_by, proof_name, proof_at, approved_by, approved_epoch,
		approved_name, approved_at, 'open', 0, '', '', look_at, call_hash, call_until, call_tries, calls, code_shown_at, frozen, flagged_at, mac,
		only_id, only_kind, only_name FROM reset_requests`
	for name, statements := range map[string][]string{
		"approved": {`UPDATE reset_requests SET look_at = 1, approved_by = (SELECT id FROM users WHERE login_key = 'anna'),
			approved_epoch = (SELECT epoch FROM users WHERE login_key = 'anna'), approved_name = 'Anna', approved_at = asked_at`},
		"given everything": {`UPDATE reset_requests SET look_at = 1, asked_at = asked_at - 36000000, proof_kind = 'in person', proof_text = 'the boss', proof_by = by_id,
			proof_name = by_name, proof_at = asked_at - 36000000, approved_by = (SELECT id FROM users WHERE login_key = 'anna'),
			approved_epoch = (SELECT epoch FROM users WHERE login_key = 'anna'), approved_name = 'Anna', approved_at = asked_at - 36000000`},
		"another rule":    {`UPDATE reset_requests SET look_at = 1, rule = '{}'`},
		"asked for long":  {`UPDATE reset_requests SET look_at = 1, asked_at = asked_at - 36000000`},
		"proved":          {`UPDATE reset_requests SET look_at = 1, proof_kind = 'in person', proof_text = 'the boss', proof_by = by_id, proof_name = by_name, proof_at = asked_at`},
		"no proof at all": {`UPDATE reset_requests SET look_at = 1, mac = NULL`},
		"another one":     {`UPDATE reset_requests SET state = 'cancelled'`, copied, `UPDATE reset_requests SET look_at = 1 WHERE id = 'forged'`},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.User(c.acme.ID, "anna", portico.RoleAdministrator)
			c.User(c.acme.ID, "anton", portico.RoleAdministrator)
			c.Clock.Advance(8 * 24 * time.Hour)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, CallerCheck: true, DelayHours: 4}})
			c.Enrol(c.user)
			c.askFor(c.as(c.admin), c.user)
			for _, statement := range statements {
				c.behind(t, statement)
			}
			c.carryOut(t)
			if !c.has(c.user) || c.events(portico.TwoFactorReset, "") != 0 {
				t.Error("it was carried out")
			}
			var why string
			for _, e := range allEvents(t, c.Portal, c.acme.ID) {
				if e.Action == portico.ResetWasCancelled {
					why += fmt.Sprintln(e.TargetName, e.Details)
				}
			}
			if !strings.Contains(why, "changed it in the database") {
				t.Errorf("the log says %q", why)
			}
		})
	}
}

// TestCancelledResetIsOfThePerson checks that the log does not repeat a name that
// somebody wrote into a request, somebody who ends it.
func TestCancelledResetIsOfThePerson(t *testing.T) {
	for name, end := range map[string]func(*fixture, *porticotest.Page){
		"by an administrator": func(c *fixture, p *porticotest.Page) { c.as(c.admin).Post(path(p) + "/cancel") },
		"with the button in the email": func(c *fixture, _ *porticotest.Page) {
			b := c.Client()
			b.Fill(b.Get(c.lastMail("ulla@").Link("/not-me/")), "This wasn't me")
		},
		"by itself": func(c *fixture, _ *porticotest.Page) {
			c.behind(t, `UPDATE reset_requests SET look_at = 1`)
			c.carryOut(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
			c.Enrol(c.user)
			p := c.askFor(c.as(c.admin), c.user)
			c.behind(t, `UPDATE reset_requests SET target_name = 'Somebody Else (else)'`)
			end(c, p)
			var found []string
			for _, e := range c.Events(c.acme.ID) {
				if e.Action == portico.ResetWasCancelled {
					found = append(found, e.TargetName)
				}
			}
			if len(found) != 1 || !strings.HasSuffix(found[0], "(ulla)") {
				t.Errorf("the log names %q", found)
			}
		})
	}
}
