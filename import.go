package portico

import "time"

// ImportPhase says how far an import of people from a file has come.
type ImportPhase string

const (
	ImportSending ImportPhase = "sending" // the file is on its way here
	ImportLooking ImportPhase = "looking" // the dry run
	ImportLooked  ImportPhase = "looked"  // waits for somebody to carry it out
	ImportRunning ImportPhase = "running" // is being carried out
	ImportDone    ImportPhase = "done"
)

// ImportCounts says how many rows of an import do, or did, what.
type ImportCounts struct{ Created, Updated, Unchanged, Refused int }

// Plus adds two counts.
func (n ImportCounts) Plus(m ImportCounts) ImportCounts {
	return ImportCounts{n.Created + m.Created, n.Updated + m.Updated, n.Unchanged + m.Unchanged, n.Refused + m.Refused}
}

// Import is a file of people that was sent to a page, in chunks. It is looked
// at and then carried out chunk by chunk, each in one transaction together with
// the step from one state of this struct to the next.
type Import struct {
	ID         string
	CustomerID CustomerID
	FileName   string
	Invite     bool // new people are mailed an invitation

	// In whose name it goes on, where that person sat, and the epoch of the
	// account then: a change of it stops the import.
	UserID UserID
	By     string
	Origin Origin
	Epoch  int64

	Phase              ImportPhase
	Stopped            string // why it does not go on, "" while it does
	Chunks, ChunksDone int
	Rows, RowsDone     int
	Bytes              int64        // of the chunks, while they wait to be carried out
	Counts             ImportCounts // of the rows that are done

	CreatedAt time.Time
	ChangedAt time.Time
}

// Works reports whether there is a chunk to look at or to carry out.
func (i Import) Works() bool {
	return i.Stopped == "" && (i.Phase == ImportLooking || i.Phase == ImportRunning)
}

// Waits reports whether somebody may have it carried out, or go on.
func (i Import) Waits() bool {
	return i.Phase == ImportLooked && i.Counts.Created+i.Counts.Updated > 0 ||
		i.Stopped != "" && (i.Phase == ImportLooking || i.Phase == ImportRunning)
}

// Over reports whether nothing is left to be done.
func (i Import) Over() bool { return i.Phase == ImportDone }

// RunRows is how many rows were carried out.
func (i Import) RunRows() int {
	if i.Phase == ImportRunning || i.Phase == ImportDone {
		return i.RowsDone
	}
	return 0
}

// Start is the import in the name of whoever has it carried out, or go on
// where it was stopped.
func (i Import) Start(by Actor, epoch int64) (Import, error) {
	if !i.Waits() {
		return i, E(Conflict, "This import cannot be started now. Load the page again to see how far it is.")
	}
	i.UserID, i.By, i.Origin, i.Epoch, i.Stopped = by.UserID, by.Name, by.Origin, epoch, ""
	if i.Phase == ImportLooked {
		i.Phase, i.ChunksDone, i.RowsDone, i.Counts = ImportRunning, 0, 0, ImportCounts{}
	}
	return i, nil
}

// Stop is the import after it was stopped, with the reason.
func (i Import) Stop(why string) (Import, error) {
	if !i.Works() {
		return i, E(Conflict, "This import is not under way any more.")
	}
	i.Stopped = why
	return i, nil
}

// After is the import once its next chunk is done.
func (i Import) After(rows int, n ImportCounts) Import {
	i.ChunksDone, i.RowsDone, i.Counts = i.ChunksDone+1, i.RowsDone+rows, i.Counts.Plus(n)
	if i.ChunksDone < i.Chunks {
		return i
	}
	if i.Phase == ImportLooking {
		i.Phase = ImportLooked
	} else {
		i.Phase = ImportDone
	}
	return i
}

// RefusedRow is a line of an import that was not taken, and why.
type RefusedRow struct {
	Line    int
	LoginID string
	Reason  string
}
