package store

import (
	"reflect"
	"testing"

	"portico"
)

// TestImportsKeepWhatWasSent checks that an import keeps what its page says of
// the file, and refused rows as they were sent, also those of before they were
// kept so.
func TestImportsKeepWhatWasSent(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	sent := portico.SentRow{"login_id": "a;b", "first_name": `'=x "q"`, "last_name": "Zoë\n\\", "email": "", "role": "\u2028😀", "id": "A;B"}
	update(t, db, func(tx *Tx) error {
		from, err := tx.Import("acme", "acme-import")
		if err != nil {
			return err
		}
		to := from
		to.Encoding, to.Ignored, to.Uninvited, to.Inviting = "UTF-16", "status, two_factor", 3, true
		if err := tx.StepImport("acme", from, to); err != nil {
			return err
		}
		if err := tx.ReplaceImportChunk("acme", "acme-import", 0, []byte("1\nx")); err != nil {
			return err
		}
		return tx.RefuseRows("acme", "acme-import", 3, 4, []portico.RefusedRow{{Line: 3, Reason: portico.Say("Line {0} already has this login ID.", 2), Sent: sent}, {Line: 4, LoginID: "l", Reason: portico.Verbatim("r")}})
	})
	r := db.Read(t.Context())
	i, err := r.Import("acme", "acme-import")
	if err != nil || i.Encoding != "UTF-16" || i.Ignored != "status, two_factor" || i.Uninvited != 3 || !i.Inviting {
		t.Errorf("the import is %+v, %v", i, err)
	}
	if content, err := r.ImportChunk("acme", "acme-import", 0); err != nil || string(content) != "1\nx" {
		t.Errorf("the chunk is %q, %v", content, err)
	}
	if content, err := r.ImportChunk("globex", "globex-import", 0); err != nil || string(content) != "x" {
		t.Errorf("another import's chunk is %q, %v", content, err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `UPDATE import_refused SET sent = '' WHERE line = 4`); err != nil {
		t.Fatal(err)
	}
	rows, err := r.RefusedRows("acme", "acme-import", 2, 10)
	if err != nil || len(rows) != 2 || !reflect.DeepEqual(rows[0].Sent, sent) || rows[0].Reason.Stored() != `{"text":"Line {0} already has this login ID.","values":[2]}` || rows[1].Reason.Stored() != "" || rows[1].Sent != nil || rows[1].LoginID != "l" {
		t.Errorf("%+v, want %q; %v", rows, sent, err)
	}
}

// TestPeopleAreFoundByAddress checks that people are found by the email address
// as it was written or in lower case, in their own customer, and not all of
// those who share one.
func TestPeopleAreFoundByAddress(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	update(t, db, func(tx *Tx) error {
		for id, email := range map[portico.UserID]string{
			"lower": "ann@example.com", "upper": "Ben@Example.com", "one": "both@example.com", "two": "both@example.com", "three": "both@example.com", "accent": "zoë@example.com",
		} {
			a := person("acme", id, portico.RoleUser)
			a.Email = email
			if err := tx.CreateUser(a); err != nil {
				return err
			}
		}
		a := person("globex", "elsewhere", portico.RoleUser)
		a.Email = "else@example.com"
		return tx.CreateUser(a)
	})
	found, err := db.Read(t.Context()).UsersByEmails("acme", []string{
		"ANN@example.com", "ann@example.com", "Ben@Example.com", "both@example.com", "else@example.com", "Zoë@example.com", "nobody@example.com", "",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for email, people := range found {
		got[email] = len(people)
	}
	want := map[string]int{"ann@example.com": 1, "ben@example.com": 1, "both@example.com": 2, "zoë@example.com": 1}
	if !reflect.DeepEqual(got, want) || found["ann@example.com"][0].ID != "lower" {
		t.Errorf("found %v, want %v", got, want)
	}
}
