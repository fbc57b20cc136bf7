package archive_test

import (
	"testing"
	"time"

	"portico/internal/store"
	"portico/internal/store/storetest"
	"portico/internal/testdb"
)

// written are the tables of which an archive holds something, by the file.
var written = map[string]string{
	"customers": "customer.json", "policies": "customer.json", "logos": "logo.png", "users": "people.csv", "events": "audit-log.jsonl", "audit_logs": "audit-log.jsonl", "audit_tiles": "audit-log.jsonl",
}

const (
	secret  = "it could let somebody in"
	done    = "what came of it is in the audit log"
	passing = "it ends by itself"
	derived = "it is computed from other rows"
	portal  = "it is the portal's, and of no customer"
)

// left are the tables of which an archive holds nothing, by the reason.
var left = map[string]string{
	"authenticators": secret, "browsers": secret, "enrolments": secret, "links": secret, "pending_logins": secret, "recovery_codes": secret, "recovery_sets": secret, "reset_codes": secret, "sessions": secret,
	"import_chunks": done, "import_refused": done, "imports": done, "reset_requests": done,
	"earlier_addresses": passing, "mail_refusals": passing, "mails": passing, "reset_holds": passing, "throttle": passing,
	"event_counts": derived, "people_counts": derived, "reindexing": derived, "user_words": derived,
	"audit_stream": portal, "deleted_customers": portal, "goose_db_version": portal, "held_login_ids": portal, "nodes": portal, "passkey_challenges": portal, "portal_id": portal, "portal_secrets": portal, "portal_times": portal,
}

// TestEveryTableIsConsidered fails when a table is new, until somebody has decided
// whether the file with everything of a customer holds what is in it.
func TestEveryTableIsConsidered(t *testing.T) {
	at := store.Place{Dir: t.TempDir(), URL: testdb.New(t, nil)}
	db, err := store.Open(t.Context(), at, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for table := range storetest.Contents(t, at.Dir, at.URL) {
		if (written[table] == "") == (left[table] == "") {
			t.Errorf("the table %s: got %q in written and %q in left, want one of them", table, written[table], left[table])
		}
	}
}
