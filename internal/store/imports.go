package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico"
)

const importColumns = `id, customer_id, file_name, invite, user_id, by_name, address, browser, epoch, phase, stopped,
	chunks, chunks_done, row_count, rows_done, created, updated, unchanged, refused, created_at, changed_at, bytes, encoding, ignored, uninvited, inviting, told`

// importValues returns the values of an import, in the order of importColumns.
func importValues(i portico.Import) []any {
	return []any{
		i.ID, i.CustomerID, i.FileName, i.Invite, i.UserID, i.By, i.Origin.Address, i.Origin.Browser, i.Epoch, i.Phase, i.Stopped,
		i.Chunks, i.ChunksDone, i.Rows, i.RowsDone, i.Counts.Created, i.Counts.Updated, i.Counts.Unchanged, i.Counts.Refused,
		toMillis(i.CreatedAt), toMillis(i.ChangedAt), i.Bytes, i.Encoding, i.Ignored, i.Uninvited, i.Inviting, i.Told.Stored(),
	}
}

func scanImport(row scanner) (portico.Import, error) {
	var i portico.Import
	var created, changed int64
	var told string
	err := row.Scan(&i.ID, &i.CustomerID, &i.FileName, &i.Invite, &i.UserID, &i.By, &i.Origin.Address, &i.Origin.Browser, &i.Epoch, &i.Phase, &i.Stopped,
		&i.Chunks, &i.ChunksDone, &i.Rows, &i.RowsDone, &i.Counts.Created, &i.Counts.Updated, &i.Counts.Unchanged, &i.Counts.Refused,
		&created, &changed, &i.Bytes, &i.Encoding, &i.Ignored, &i.Uninvited, &i.Inviting, &told)
	i.CreatedAt, i.ChangedAt, i.Told = fromMillis(created), fromMillis(changed), portico.Recall(i.Stopped, told)
	return i, err
}

// Import returns a customer's import.
func (r *Reader) Import(c portico.CustomerID, id string) (portico.Import, error) {
	i, err := scanImport(r.q.QueryRowContext(r.ctx, `SELECT `+importColumns+` FROM imports WHERE customer_id = $1 AND id = $2`, c, id))
	return i, scanned("finding the import", err)
}

// Imports lists a customer's imports, newest first, at most limit.
func (r *Reader) Imports(c portico.CustomerID, limit int) ([]portico.Import, error) {
	return all(r, "listing imports", scanImport, `SELECT `+importColumns+` FROM imports WHERE customer_id = $1 ORDER BY id DESC LIMIT $2`, c, limit)
}

// UnfinishedImports counts a customer's imports that still hold a file, and
// returns their total size in bytes.
func (r *Reader) UnfinishedImports(c portico.CustomerID) (n int, bytes int64, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM imports WHERE customer_id = $1 AND phase <> 'done'`, c).Scan(&n, &bytes)
	return n, bytes, scanned("counting imports", err)
}

// ForgetFinishedImports removes a customer's finished imports except the newest
// keep, with their refused rows.
func (tx *Tx) ForgetFinishedImports(c portico.CustomerID, keep int) error {
	_, err := tx.exec("removing finished imports", `DELETE FROM imports WHERE customer_id = $1 AND phase = 'done' AND id NOT IN
		(SELECT id FROM imports WHERE customer_id = $1 AND phase = 'done' ORDER BY id DESC LIMIT $2)`, c, keep)
	return err
}

// WorkingImports lists at most a hundred imports of all customers that have a
// chunk to be done, oldest first.
func (r *Reader) WorkingImports() ([]portico.Import, error) {
	return all(r, "finding imports to work on", scanImport, `SELECT `+importColumns+` FROM imports
		WHERE phase IN ('looking', 'running') AND stopped = '' ORDER BY id LIMIT 100`)
}

// ImportsBy lists the imports, of any customer, that have a chunk to be done in
// somebody's name.
func (r *Reader) ImportsBy(id portico.UserID) ([]portico.Import, error) {
	return all(r, "finding somebody's imports", scanImport, `SELECT `+importColumns+` FROM imports
		WHERE user_id = $1 AND phase IN ('looking', 'running') AND stopped = '' ORDER BY id`, id)
}

// CreateImport adds an import of i.CustomerID.
func (tx *Tx) CreateImport(i portico.Import) error {
	_, err := tx.exec("adding the import", `INSERT INTO imports (`+importColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`, importValues(i)...)
	return err
}

// StepImport stores the next state of a customer's import. It returns
// ErrNotFound if the import is no longer in the state from, because somebody
// else was faster.
func (tx *Tx) StepImport(c portico.CustomerID, from, to portico.Import) error {
	to.ID, to.CustomerID, to.ChangedAt = from.ID, c, tx.Now
	return tx.execOne("saving the import", `UPDATE imports SET file_name = $3, invite = $4, user_id = $5, by_name = $6, address = $7, browser = $8,
		epoch = $9, phase = $10, stopped = $11, chunks = $12, chunks_done = $13, row_count = $14, rows_done = $15, created = $16, updated = $17,
		unchanged = $18, refused = $19, created_at = $20, changed_at = $21, bytes = $22, encoding = $23, ignored = $24,
		uninvited = $25, inviting = $26, told = $27
		WHERE id = $1 AND customer_id = $2 AND phase = $28 AND chunks_done = $29 AND stopped = $30`,
		append(importValues(to), from.Phase, from.ChunksDone, from.Stopped)...)
}

// DeleteImport removes a customer's import and everything that belongs to it.
func (tx *Tx) DeleteImport(c portico.CustomerID, id string) error {
	return tx.execOne("removing the import", `DELETE FROM imports WHERE customer_id = $1 AND id = $2`, c, id)
}

// OldImports lists at most a hundred imports of all customers that have not
// changed since the given times: sending for those that were only partly
// uploaded, waiting for those that nobody has run or continued, over for those
// that are finished, but for invitations.
func (r *Reader) OldImports(sending, waiting, over time.Time) ([]portico.Import, error) {
	return all(r, "finding old imports", scanImport, `SELECT `+importColumns+` FROM imports WHERE phase = 'sending' AND changed_at < $1
		OR (phase = 'looked' OR stopped <> '' AND NOT inviting) AND changed_at < $2 OR (phase = 'done' OR inviting) AND changed_at < $3 LIMIT 100`,
		toMillis(sending), toMillis(waiting), toMillis(over))
}

// PutImportChunk stores a chunk of an uploaded file. It returns ErrNotFound if
// the customer has no such import.
func (tx *Tx) PutImportChunk(c portico.CustomerID, id string, seq int, content []byte) error {
	return tx.execOne("keeping a chunk", `INSERT INTO import_chunks (import_id, seq, content)
		SELECT id, $3, $4 FROM imports WHERE customer_id = $1 AND id = $2`, c, id, seq, content)
}

// ImportChunk returns a chunk of an uploaded file.
func (r *Reader) ImportChunk(c portico.CustomerID, id string, seq int) ([]byte, error) {
	var content []byte
	err := r.q.QueryRowContext(r.ctx, `SELECT k.content FROM import_chunks k JOIN imports i ON i.id = k.import_id
		WHERE i.customer_id = $1 AND i.id = $2 AND k.seq = $3`, c, id, seq).Scan(&content)
	return content, scanned("reading a chunk", err)
}

// DeleteImportChunk removes a chunk that was run.
func (tx *Tx) DeleteImportChunk(c portico.CustomerID, id string, seq int) error {
	return tx.execOne("removing a chunk", `DELETE FROM import_chunks WHERE seq = $3
		AND import_id IN (SELECT id FROM imports WHERE customer_id = $1 AND id = $2)`, c, id, seq)
}

// ReplaceImportChunk stores other content for a chunk.
func (tx *Tx) ReplaceImportChunk(c portico.CustomerID, id string, seq int, content []byte) error {
	return tx.execOne("replacing a chunk", `UPDATE import_chunks SET content = $4 WHERE seq = $3
		AND import_id IN (SELECT id FROM imports WHERE customer_id = $1 AND id = $2)`, c, id, seq, content)
}

// RefuseRows stores the refused rows of a customer's import between two lines,
// in place of those that were stored before.
func (tx *Tx) RefuseRows(c portico.CustomerID, id string, first, last int, refused []portico.RefusedRow) error {
	if _, err := tx.Import(c, id); err != nil {
		return err
	}
	if _, err := tx.exec("removing refused rows", `DELETE FROM import_refused WHERE import_id = $1 AND line >= $2 AND line <= $3`, id, first, last); err != nil {
		return err
	}
	sent := make([]string, len(refused))
	for i, row := range refused {
		text, err := json.Marshal(row.Sent)
		if err != nil {
			return fmt.Errorf("keeping refused rows: %w", err)
		}
		sent[i] = string(text)
	}
	return tx.insert("keeping refused rows", `INSERT INTO import_refused (import_id, line, login_id, reason, status, sent, told) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		len(refused), func(i int) []any {
			return []any{id, refused[i].Line, refused[i].LoginID, refused[i].Reason.String(), refused[i].Status, sent[i], refused[i].Reason.Stored()}
		})
}

// RefusedRows lists the refused rows of a customer's import after a line, at
// most limit.
func (r *Reader) RefusedRows(c portico.CustomerID, id string, after, limit int) ([]portico.RefusedRow, error) {
	return all(r, "listing refused rows", func(row scanner) (portico.RefusedRow, error) {
		var f portico.RefusedRow
		var sent, reason, told string
		err := row.Scan(&f.Line, &f.LoginID, &reason, &f.Status, &sent, &told)
		f.Reason = portico.Recall(reason, told)
		if err == nil && sent != "" { // "" before the row was kept with it
			err = json.Unmarshal([]byte(sent), &f.Sent)
		}
		return f, err
	}, `SELECT f.line, f.login_id, f.reason, f.status, f.sent, f.told FROM import_refused f JOIN imports i ON i.id = f.import_id
		WHERE i.customer_id = $1 AND i.id = $2 AND f.line > $3 ORDER BY f.line LIMIT $4`, c, id, after, limit)
}

// atOnce is how many keys one statement looks up. It is small because the
// driver searches all arguments for each of them.
const atOnce = 50

// UsersByLogins returns the people, in any customer, who have one of the
// canonical login IDs, by that login ID.
func (r *Reader) UsersByLogins(keys []string) (map[string]portico.User, error) {
	found := map[string]portico.User{}
	marks := make([]string, atOnce)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	query := `SELECT u.login_key, ` + userColumns + userFrom + `
		WHERE u.login_key IN (` + strings.Join(marks, ", ") + `) AND u.login_key <> ''`
	args := make([]any, atOnce)
	for some := range slices.Chunk(keys, atOnce) {
		for i := range args {
			args[i] = some[min(i, len(some)-1)]
		}
		if err := r.usersBy(query, args, func(key string, u portico.User) { found[key] = u }); err != nil {
			return nil, fmt.Errorf("looking up login IDs: %w", err)
		}
	}
	return found, nil
}

// usersBy calls f with each person that a query finds, and the canonical login
// ID.
func (r *Reader) usersBy(query string, args []any, f func(key string, u portico.User)) error {
	rows, err := r.q.QueryContext(r.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below returns what matters
	for rows.Next() {
		var key string
		var u portico.User
		dest, done := r.userDest(&u)
		if err := rows.Scan(append([]any{&key}, dest...)...); err != nil {
			return err
		}
		done()
		f(key, u)
	}
	return rows.Err()
}

// UsersByEmails returns the people of a customer who have one of the email
// addresses, as it is written here or in lower case, by the address in lower
// case. It returns at most two of those who share an address.
func (r *Reader) UsersByEmails(c portico.CustomerID, emails []string) (map[string][]portico.User, error) {
	found := map[string][]portico.User{}
	if len(emails) == 0 {
		return found, nil
	}
	const query = `SELECT u.login_key, ` + userColumns + userFrom + ` WHERE u.customer_id = $1 AND u.email IN ($2, $3) LIMIT 2`
	for _, email := range emails {
		key := strings.ToLower(email)
		err := r.usersBy(query, []any{c, email, key}, func(_ string, u portico.User) {
			if !slices.ContainsFunc(found[key], func(v portico.User) bool { return v.ID == u.ID }) {
				found[key] = append(found[key], u)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("looking up email addresses: %w", err)
		}
	}
	return found, nil
}
