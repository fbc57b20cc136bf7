package portico_test

import (
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
	stop := func() error { _, err := i.Stop("x"); return err }
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
	must(i.Stop("x"))
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
	must(i.Stop("x"))
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
