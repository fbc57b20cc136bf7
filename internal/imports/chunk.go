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
	names, ids, speak := []string{"line", "refused"}, false, false
	if len(rows) > 0 {
		names, ids, speak = slices.Concat(names, personColumns[:len(rows[0].sent)]), rows[0].ids, rows[0].speaks
	}
	refused := slices.ContainsFunc(rows, func(row Row) bool { return row.Action == RowRefused || row.hash != "" })
	suspended := slices.ContainsFunc(rows, func(row Row) bool { return row.suspended })
	if ids {
		names = slices.Concat(names, []string{idColumn})
	}
	if speak {
		names = slices.Concat(names, []string{languageColumn})
	}
	if suspended { // a column that the version before ignores
		names = slices.Concat(names, []string{statusColumn})
	}
	if refused {
		names = slices.Concat(names, []string{toldColumn})
	}
	_ = w.Write(names) // Error below returns it
	for i := range rows {
		row := &rows[i]
		if row.hash != "" {
			row.refuse(noHashes)
		}
		reason := portico.Message{}
		if row.Action == RowRefused {
			reason = row.Reason
		}
		record := slices.Concat([]string{strconv.Itoa(row.Line), reason.String()}, row.sent)
		if ids {
			record = append(record, string(row.id))
		}
		if speak {
			record = append(record, row.User.Language)
		}
		switch {
		case row.suspended:
			record = append(record, string(portico.Suspended))
		case suspended:
			record = append(record, "")
		}
		if refused {
			record = append(record, reason.Stored())
		}
		_ = w.Write(record) // Error below returns it
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
