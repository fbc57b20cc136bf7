package imports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

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
	return newReader(bytes.NewReader(content), append(slices.Clone(optionalColumns), chunkColumns...))
}

func (row *Row) length() int {
	u := &row.User
	return len(u.LoginID) + len(u.FirstName) + len(u.LastName) + len(u.Email) + len(u.Role) + len(row.hash) + 20*len(u.Labels)
}

// writeChunk writes rows as a file that newChunkReader can read. It never stores
// password hashes: rows with one are refused, because people must not choose
// passwords for others on a page.
func writeChunk(rows []Row) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	names := append(slices.Clone(requiredColumns), chunkColumns...)
	labels := len(rows) > 0 && rows[0].labels
	if labels {
		names = append(names, "labels")
	}
	_ = w.Write(names) // Error below returns it
	for i := range rows {
		row := &rows[i]
		if row.Action != RowRefused && row.hash != "" {
			row.refuse(noHashes)
		}
		reason := ""
		if row.Action == RowRefused {
			reason = row.Reason
		}
		u := row.User
		record := []string{u.LoginID, u.FirstName, u.LastName, u.Email, string(u.Role), strconv.Itoa(row.Line), reason}
		if labels {
			record = append(record, strings.Join(u.Labels, ";"))
		}
		_ = w.Write(record) // Error below returns it
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
