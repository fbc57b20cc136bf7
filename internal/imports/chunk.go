package imports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"portico"
	"portico/internal/store"
)

// storedChunk reads and parses a stored chunk.
func storedChunk(r *store.Reader, c portico.CustomerID, id string, seq int) ([]Row, error) {
	content, err := r.ImportChunk(c, id, seq)
	if err != nil {
		return nil, err
	}
	ir, err := newChunkReader(content)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for {
		row, err := ir.next()
		if errors.Is(err, io.EOF) && len(rows) > 0 {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading chunk %d of import %s: %w", seq, id, err)
		}
		rows = append(rows, row)
	}
}

// newChunkReader begins to read a chunk that writeChunk wrote.
func newChunkReader(content []byte) (*reader, error) {
	ir, err := newReader(bytes.NewReader(content), slices.Concat(optionalColumns, chunkColumns), false)
	if err == nil {
		ir.keeps = true
	}
	return ir, err
}

// length returns about how many bytes a row takes up.
func (row *Row) length() int {
	u := &row.User
	n := len(u.LoginID) + len(u.FirstName) + len(u.LastName) + len(u.Email) + len(u.Role) + len(u.Language) + len(row.hash) + 20*len(u.Labels)
	for _, s := range row.sent {
		n += len(s)
	}
	return n
}

// writeChunk writes rows as they were sent, as a file that newChunkReader can
// read. It never stores password hashes: rows with one are refused, because
// people must not choose passwords for others on a page.
func writeChunk(rows []Row) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	l := layoutOf(rows)
	_ = w.Write(l.names()) // Error below returns it
	for i := range rows {
		if rows[i].hash != "" {
			rows[i].refuse(noHashes)
		}
		_ = w.Write(l.record(&rows[i])) // Error below returns it
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// chunkLayout is which columns a chunk has: those that were sent, and more where a
// row needs them.
type chunkLayout struct {
	sent                           int
	ids, languages, statuses, told bool
}

func layoutOf(rows []Row) chunkLayout {
	if len(rows) == 0 {
		return chunkLayout{}
	}
	return chunkLayout{
		sent: len(rows[0].sent), ids: rows[0].ids, languages: rows[0].speaks,
		statuses: slices.ContainsFunc(rows, func(row Row) bool { return row.suspended }),
		told:     slices.ContainsFunc(rows, func(row Row) bool { return row.Action == RowRefused || row.hash != "" }),
	}
}

func (l chunkLayout) names() []string {
	names := slices.Concat([]string{"line", "refused"}, personColumns[:l.sent])
	if l.ids {
		names = append(names, idColumn)
	}
	if l.languages {
		names = append(names, languageColumn)
	}
	if l.statuses { // a column that the version before ignores
		names = append(names, statusColumn)
	}
	if l.told {
		names = append(names, toldColumn)
	}
	return names
}

// record returns a row in the order of names.
func (l chunkLayout) record(row *Row) []string {
	var reason portico.Message
	if row.Action == RowRefused {
		reason = row.Reason
	}
	record := slices.Concat([]string{strconv.Itoa(row.Line), reason.String()}, row.sent)
	if l.ids {
		record = append(record, string(row.id))
	}
	if l.languages {
		record = append(record, row.User.Language)
	}
	if l.statuses {
		status := ""
		if row.suspended {
			status = string(portico.Suspended)
		}
		record = append(record, status)
	}
	if l.told {
		record = append(record, reason.Stored())
	}
	return record
}
