package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// isFailure checks that a page says that something went wrong, and that the log
// has the cause.
func (c *fixture) isFailure(t *testing.T, did string, p *porticotest.Page, cause string) {
	t.Helper()
	if p.Status != 500 || !p.Has("Something went wrong on our side") {
		t.Errorf("%s: got status %d and %q, want 500 and that something went wrong", did, p.Status, p.Text())
	}
	if logs := c.Logs.String(); !strings.Contains(logs, "request failed") || !strings.Contains(logs, cause) {
		t.Errorf("%s: the log has no line with the cause %q", did, cause)
	}
}

// TestFailedCheckOfRequesterIsNoRefusal checks that a requester whose account
// cannot be read is not told that the account is new.
func TestFailedCheckOfRequesterIsNoRefusal(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	c.User(c.acme.ID, "anna", portico.RoleAdministrator) // could approve, so two people are needed
	b := c.as(c.admin)
	form := b.Get(access + "/" + string(c.user.ID) + "/two-factor/delete")
	unreadable := `UPDATE users SET lead_until = 'x' WHERE id = $1` // SQLite takes a text in a column of numbers
	if porticotest.DatabaseFor(t, c.Dir) != "" {
		c.behind(t, `ALTER TABLE users ALTER COLUMN lead_until DROP NOT NULL`)
		unreadable = `UPDATE users SET lead_until = NULL WHERE id = $1`
	}
	c.behind(t, unreadable, c.admin.ID)
	p := b.Fill(form, "Delete 2FA setup", "Reason", "lost phone")
	c.isFailure(t, "asking for a reset", p, "finding changes of the account")
}

// TestFailedCancellationIsNoRefusal checks that a person is not told that a
// request was cancelled if the cancellation could not be stored.
func TestFailedCancellationIsNoRefusal(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	b.Fill(c.askFor(b, c.user), "Cancel this request")
	p := c.askFor(b, c.user)
	c.behind(t, `CREATE UNIQUE INDEX one ON events (action) WHERE action = 'two_factor.reset_cancelled'`)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	for form, typed := range map[string][]string{"/call": nil, "/proof": {"kind", "in person", "seen_by", "me"}} {
		c.isFailure(t, "posting "+form, b.Post(path(p)+form, typed...), "writing the audit event")
	}
	if p := b.Get(path(p)); !p.Has("Who is calling?") {
		t.Errorf("the request is not open after its cancellation failed: %s", p.Text())
	}
}
