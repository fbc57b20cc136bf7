package portico

import (
	"encoding/json"
	"fmt"
	"time"
)

// ImportPhase says how far an import of people has got.
type ImportPhase string

const (
	ImportReceiving  ImportPhase = "sending" // the file is being uploaded
	ImportValidating ImportPhase = "looking" // the rows are being validated
	ImportValidated  ImportPhase = "looked"  // validated; an administrator can run it
	ImportRunning    ImportPhase = "running" // it is being run
	ImportDone       ImportPhase = "done"
)

// ImportCounts counts the rows of an import by what they do.
type ImportCounts struct{ Created, Updated, Unchanged, Refused int }

// Plus returns the sum of two counts.
func (n ImportCounts) Plus(m ImportCounts) ImportCounts {
	return ImportCounts{n.Created + m.Created, n.Updated + m.Updated, n.Unchanged + m.Unchanged, n.Refused + m.Refused}
}

// Import is a file of people that was uploaded on a page, in chunks. It is
// validated and then run chunk by chunk. Each chunk is one transaction, which
// also stores the next state of this struct.
type Import struct {
	ID         string
	CustomerID CustomerID
	FileName   string
	Invite     bool // mail an invitation to new people

	// UserID and By are the administrator in whose name the import runs, and
	// Origin is where they started it. Epoch is the epoch of their account at
	// that time: the import stops when it changes.
	UserID UserID
	By     string
	Origin Origin
	Epoch  int64

	Phase              ImportPhase
	Stopped            string  // why the import was stopped; "" if it was not
	Told               Message // what Stopped says
	Chunks, ChunksDone int
	Rows, RowsDone     int
	Bytes              int64        // size of the chunks that wait to be run
	Counts             ImportCounts // of the rows that are done

	Encoding string // that the file was converted from; "" for UTF-8
	Ignored  string // columns of the file that an import ignores, for the page

	Uninvited int  // people whom the import created and mailed no invitation
	Inviting  bool // in the phase running: every row is done, and these are mailed their invitations

	CreatedAt time.Time
	ChangedAt time.Time
}

// Running reports whether there is a chunk to validate or to run.
func (i Import) Running() bool {
	return i.Stopped == "" && (i.Phase == ImportValidating || i.Phase == ImportRunning)
}

// Startable reports whether an administrator can run the import, or continue it
// after it was stopped.
func (i Import) Startable() bool {
	return i.Phase == ImportValidated && i.Counts.Created+i.Counts.Updated > 0 ||
		i.Stopped != "" && (i.Phase == ImportValidating || i.Phase == ImportRunning)
}

// Finished reports whether the import is finished.
func (i Import) Finished() bool { return i.Phase == ImportDone }

// RunRows returns how many rows were run.
func (i Import) RunRows() int {
	switch {
	case i.Inviting:
		return i.Rows
	case i.Phase == ImportRunning || i.Phase == ImportDone:
		return i.RowsDone
	}
	return 0
}

// SendInvitations returns the import when it begins to invite the people whom
// it created without an invitation, in the actor's name. It returns a Conflict
// error if there are none.
func (i Import) SendInvitations(by Actor, epoch int64) (Import, error) {
	if !i.Finished() || i.Uninvited == 0 {
		return i, E(Conflict, "This import has nobody to invite. Reload the page to see its progress.")
	}
	i.UserID, i.By, i.Origin, i.Epoch = by.UserID, by.Name, by.Origin, epoch
	i.Phase, i.Inviting, i.Invite, i.ChunksDone, i.RowsDone, i.Bytes = ImportRunning, true, true, 0, 0, 0
	return i, nil
}

// Start returns the import after the actor has started it, or has continued it
// where it was stopped. The import runs in the actor's name from then on. It
// returns a Conflict error unless Waits.
func (i Import) Start(by Actor, epoch int64) (Import, error) {
	if !i.Startable() {
		return i, E(Conflict, "This import cannot be started now. Reload the page to see its progress.")
	}
	i.UserID, i.By, i.Origin, i.Epoch, i.Stopped, i.Told = by.UserID, by.Name, by.Origin, epoch, "", Message{}
	if i.Phase == ImportValidated {
		i.Phase, i.ChunksDone, i.RowsDone, i.Counts = ImportRunning, 0, 0, ImportCounts{}
	}
	return i, nil
}

// Stop returns the import after it was stopped for the reason why. It returns a
// Conflict error unless Works.
func (i Import) Stop(why Message) (Import, error) {
	if !i.Running() {
		return i, E(Conflict, "This import is no longer running.")
	}
	i.Stopped, i.Told = why.String(), why
	return i, nil
}

// Advance returns the import after its next chunk is done.
func (i Import) Advance(rows int, n ImportCounts) Import {
	i.ChunksDone, i.RowsDone, i.Counts = i.ChunksDone+1, i.RowsDone+rows, i.Counts.Plus(n)
	if i.ChunksDone < i.Chunks {
		return i
	}
	if i.Phase == ImportValidating {
		i.Phase = ImportValidated
		return i
	}
	if i.Inviting {
		i.Uninvited, i.Inviting = 0, false
	}
	i.Phase = ImportDone
	return i
}

// RefusedRow is a row of an import that was refused, and why.
type RefusedRow struct {
	Line    int
	LoginID string
	Email   string  // for the command line; pages find it in Sent
	Reason  Message // all that is wrong with it
	Status  Status  // Suspended if the file says so; "" otherwise
	Sent    SentRow // empty if it was refused before rows were kept
}

// SentRow is a row of an import as it was sent: its cells by the names of their
// columns. It has only the columns that the file has.
type SentRow map[string]string

// SentColumns are the columns of a SentRow. The order is that of the stored cells, so
// a new one comes last.
var SentColumns = []string{"login_id", "first_name", "last_name", "email", "role", "labels", "id", "language"}

// MarshalJSON returns the cells in the order of SentColumns, with null for a column
// that the file does not have. The version before reads that too.
func (s SentRow) MarshalJSON() ([]byte, error) {
	cells := make([]*string, 0, len(SentColumns))
	for i, name := range SentColumns {
		if cell, has := s[name]; has {
			cells = append(cells, make([]*string, i-len(cells))...)
			cells = append(cells, &cell)
		}
	}
	return json.Marshal(cells)
}

// UnmarshalJSON reads what MarshalJSON returned.
func (s *SentRow) UnmarshalJSON(b []byte) error {
	var cells []*string
	if err := json.Unmarshal(b, &cells); err != nil {
		return err
	}
	if len(cells) > len(SentColumns) {
		return fmt.Errorf("the row has %d columns, of which %d are known", len(cells), len(SentColumns))
	}
	*s = SentRow{}
	for i, cell := range cells {
		if cell != nil {
			(*s)[SentColumns[i]] = *cell
		}
	}
	return nil
}
