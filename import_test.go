package portico_test

import (
	"encoding/json"
	"maps"
	"testing"

	"portico"
)

// TestImportSteps takes an import of two chunks through its states.
func TestImportSteps(t *testing.T) {
	anna := portico.Actor{Kind: portico.ActorUser, UserID: "anna", Name: "Anna"}
	i := portico.Import{Phase: portico.ImportReceiving, Chunks: 2, Rows: 5, UserID: "bert", By: "Bert"}
	state := func(want portico.ImportPhase, works, waits bool, rows int) {
		t.Helper()
		if i.Phase != want || i.Running() != works || i.Startable() != waits || i.RowsDone != rows {
			t.Fatalf("%+v, want %s %v %v %d", i, want, works, waits, rows)
		}
	}
	refuses := func(what string, err error) {
		t.Helper()
		if !portico.Conflict.Is(err) {
			t.Errorf("%s in %+v: %v, want the error portico.Conflict", what, i, err)
		}
	}
	start := func() error { _, err := i.Start(anna, 7); return err }
	stop := func() error { _, err := i.Stop(portico.Say("x")); return err }
	must := func(to portico.Import, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		i = to
	}

	state(portico.ImportReceiving, false, false, 0)
	refuses("start", start())
	refuses("stop", stop())
	i.Phase = portico.ImportValidating
	state(portico.ImportValidating, true, false, 0)
	refuses("start", start())
	i = i.Advance(3, portico.ImportCounts{Created: 3})
	state(portico.ImportValidating, true, false, 3)
	must(i.Stop(portico.Say("x")))
	state(portico.ImportValidating, false, true, 3)
	must(i.Start(anna, 7)) // continues where it was stopped
	state(portico.ImportValidating, true, false, 3)
	i = i.Advance(2, portico.ImportCounts{Refused: 2})
	state(portico.ImportValidated, false, true, 5)
	refuses("stop", stop())
	must(i.Start(anna, 8))
	state(portico.ImportRunning, true, false, 0)
	if i.UserID != "anna" || i.By != "Anna" || i.Epoch != 8 || i.Counts != (portico.ImportCounts{}) {
		t.Errorf(`got %+v, want i.UserID "anna", i.By "Anna", i.Epoch 8, i.Counts (portico.ImportCounts{})`, i)
	}
	i = i.Advance(3, portico.ImportCounts{Created: 3})
	refuses("start", start())
	must(i.Stop(portico.Say("x")))
	refuses("stop", stop())
	state(portico.ImportRunning, false, true, 3)
	must(i.Start(anna, 8))
	i = i.Advance(2, portico.ImportCounts{Updated: 2})
	state(portico.ImportDone, false, false, 5)
	refuses("start", start())
	refuses("stop", stop())
	if i.Counts != (portico.ImportCounts{Created: 3, Updated: 2}) {
		t.Errorf("got %+v, want i.Counts (portico.ImportCounts{Created: 3, Updated: 2})", i.Counts)
	}
	// Nothing can be run if every row is refused.
	i = portico.Import{Phase: portico.ImportValidating, Chunks: 1}.Advance(1, portico.ImportCounts{Refused: 1})
	state(portico.ImportValidated, false, false, 1)
}

// TestInvitationsOfAnImport takes a finished import through the invitations to
// those whom it created without one.
func TestInvitationsOfAnImport(t *testing.T) {
	anna := portico.Actor{Kind: portico.ActorUser, UserID: "anna", Name: "Anna"}
	for name, i := range map[string]portico.Import{
		"under way":         {Phase: portico.ImportRunning, Uninvited: 3},
		"not carried out":   {Phase: portico.ImportValidated, Uninvited: 3},
		"everybody invited": {Phase: portico.ImportDone, Invite: true},
	} {
		if _, err := i.SendInvitations(anna, 7); !portico.Conflict.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	done := portico.Import{Phase: portico.ImportDone, Chunks: 2, ChunksDone: 2, Rows: 5, RowsDone: 5, Bytes: 9, Counts: portico.ImportCounts{Created: 3}, Uninvited: 3}
	i, err := done.SendInvitations(anna, 7)
	if err != nil || !i.Running() || !i.Inviting || !i.Invite || i.RowsDone != 0 || i.Bytes != 0 || i.RunRows() != 5 || i.UserID != "anna" || i.Epoch != 7 {
		t.Fatalf("begun: %+v, %v", i, err)
	}
	if i, err = i.Advance(3, portico.ImportCounts{}).Stop(portico.Say("x")); err != nil || !i.Startable() || i.RowsDone != 3 {
		t.Fatalf("stopped: %+v, %v", i, err)
	}
	if i, err = i.Start(anna, 7); err != nil || !i.Inviting || i.RowsDone != 3 {
		t.Fatalf("continued: %+v, %v", i, err)
	}
	i = i.Advance(2, portico.ImportCounts{})
	if !i.Finished() || i.Inviting || i.Uninvited != 0 || i.Counts != done.Counts || i.Rows != 5 || i.RowsDone != 5 {
		t.Errorf("done: %+v", i)
	}
}

// TestStoredRowsOfImports checks how rows that were sent are stored, and that those of
// versions before are read: they had the first columns alone.
func TestStoredRowsOfImports(t *testing.T) {
	for stored, sent := range map[string]portico.SentRow{
		`[]`:                                    {},
		`["ann","Ann","Lee","a@b.c","user"]`:    {"login_id": "ann", "first_name": "Ann", "last_name": "Lee", "email": "a@b.c", "role": "user"},
		`["ann","Ann","Lee","a@b.c","user",""]`: {"login_id": "ann", "first_name": "Ann", "last_name": "Lee", "email": "a@b.c", "role": "user", "labels": ""},
		`["ann","Ann","Lee","a@b.c","user",null,null,"fr"]`:         {"login_id": "ann", "first_name": "Ann", "last_name": "Lee", "email": "a@b.c", "role": "user", "language": "fr"},
		`["ann","Ann","Lee","a@b.c","user","A;B","id-of-ann","fr"]`: {"login_id": "ann", "first_name": "Ann", "last_name": "Lee", "email": "a@b.c", "role": "user", "labels": "A;B", "id": "id-of-ann", "language": "fr"},
	} {
		if got, err := json.Marshal(sent); err != nil || string(got) != stored {
			t.Errorf("%v is stored as %s, %v; want %s", sent, got, err, stored)
		}
		var got portico.SentRow
		if err := json.Unmarshal([]byte(stored), &got); err != nil || !maps.Equal(got, sent) {
			t.Errorf("%s is read as %v, %v; want %v", stored, got, err, sent)
		}
	}
	var got portico.SentRow
	if err := json.Unmarshal([]byte(`["1","2","3","4","5","6","7","8","9"]`), &got); err == nil {
		t.Errorf("a row with a column more is read as %v, want an error", got)
	}
}
