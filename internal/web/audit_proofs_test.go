package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/audit"
)

// TestAuditLogWithProofs checks that administrators can download the log with
// its proofs and a checkpoint, and that both verify without the portal.
func TestAuditLogWithProofs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	admin := c.as(c.admin)
	if p := admin.Get(auditPath); p.Has("Proof that this log was not changed") {
		t.Error("signed before it was")
	}
	for _, path := range []string{"/proofs.jsonl", "/checkpoint.txt"} {
		if p := admin.Get(auditPath + path); p.Status != 404 {
			t.Errorf("%s before it was signed: %d", path, p.Status)
		}
	}
	must(t, c.Audit.Sequence(t.Context()))
	p := admin.Get(auditPath)
	if !p.Has("are signed, last 23 Nov 2026") || !p.Has(c.Audit.Key()) {
		t.Errorf(`GET %v: got %s, want the text "are signed, last 23 Nov 2026", the text c.Audit.Key()`, auditPath, p.Text())
	}
	checkpoint, proofs := admin.Get(auditPath+"/checkpoint.txt"), admin.Get(auditPath+"/proofs.jsonl")
	if !strings.HasPrefix(checkpoint.Header.Get("Content-Disposition"), `attachment; filename="acme-audit-checkpoint-`) ||
		proofs.Header.Get("Content-Disposition") != `attachment; filename="acme-audit-log-with-proofs.jsonl"` {
		t.Errorf(`got %v, %v, want checkpoint.Header.Get("Content-Disposition") to begin with "attachment; filename=\"acme-audit-checkpoint-", proofs.Header.Get("Content-Disposition") "attachment; filename=\"acme-audit-log-with-proofs.jsonl\""`, checkpoint.Header, proofs.Header)
	}
	r, err := audit.Verify(strings.NewReader(proofs.Body), []string{c.Audit.Key()}, []string{checkpoint.Body})
	if err != nil || r.Found != 0 || r.Customer != "acme" || r.Signed.Size != int64(len(c.Events(c.acme.ID))) || len(r.Outside) != 1 {
		t.Errorf(`Verify: got %+v %v, want no error, r.Found 0, r.Customer "acme", r.Signed.Size int64(len(c.Events(c.acme.ID))), 1 of r.Outside`, r, err)
	}
	for _, path := range []string{"/proofs.jsonl", "/checkpoint.txt"} {
		if p := c.as(c.help).Get(auditPath + path); p.Status != 403 {
			t.Errorf("%s for the help desk: %d", path, p.Status)
		}
		operator := c.as(c.User(portico.ProviderID, "olga-"+path[1:3], portico.RoleOperator))
		if p := operator.Get("/customers/acme/audit" + path); p.Status != 200 {
			t.Errorf("%s for an operator: %d", path, p.Status)
		}
	}
}
