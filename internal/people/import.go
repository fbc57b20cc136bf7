package people

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// Bounds of one import. A file of this size is one transaction, and one page
// to look at.
const (
	ImportBytes = 1 << 20
	ImportRows  = 1000
)

// ReferenceFile is the file that people download to see what an import looks
// like.
const ReferenceFile = "login_id,first_name,last_name,email,role,labels\r\n" +
	"ann.lee,Ann,Lee,ann.lee@example.com,user,Sales;Berlin\r\n" +
	"ben.ode,Ben,Ode,ben.ode@example.com,helpdesk,\r\n"

// What a row of an import does.
const (
	RowCreate    = "create"
	RowUpdate    = "update"
	RowUnchanged = "unchanged"
	RowRefused   = "refused"
)

// ImportRow is one row of a file and what it would do, or did.
type ImportRow struct {
	Line int
	User portico.User
	Does string
	Why  string // for refused rows; for updates, what changes

	key    string        // canonical login ID
	labels bool          // the file has a column for them
	was    portico.User  // for updates
	acct   store.Account // for creates, with id once inserted
}

// Import is a file that was looked at.
type Import struct {
	ID     string
	Rows   []ImportRow
	Invite bool
}

var errNoImport = portico.E(portico.Gone, "This import was carried out or has run out. Send the file again.")

// LookAtImport keeps a file and says what each row would do, without doing it.
// Invalid when it cannot be read as the reference file can.
func (s *Service) LookAtImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, content []byte, invite bool) (Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return Import{}, errForbidden
	}
	parsed, err := parseImport(content)
	if err != nil {
		return Import{}, err
	}
	id, err := newID()
	if err != nil {
		return Import{}, err
	}
	var rows []ImportRow
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if rows, err = plan(&tx.Reader, actor, c, parsed); err != nil {
			return err
		}
		return tx.PutImport(c, store.Import{ID: id, UserID: actor.UserID, Content: content, Invite: invite, ExpiresAt: tx.Now.Add(portico.ImportTime)})
	})
	if err != nil {
		return Import{}, fmt.Errorf("looking at an import: %w", err)
	}
	return Import{ID: id, Rows: rows, Invite: invite}, nil
}

// CarryOutImport does what LookAtImport showed, as far as it is still so, all
// or nothing, once. ErrMail when people were created but could not be mailed.
func (s *Service) CarryOutImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) (Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return Import{}, errForbidden
	}
	type invitation struct {
		to    store.Account
		token string
		ends  time.Time
	}
	var done Import
	var invitations []invitation
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		invitations = nil
		kept, err := tx.Import(c, actor.UserID, id)
		if err != nil {
			return notFound(err, errNoImport)
		}
		parsed, err := parseImport(kept.Content)
		if err != nil {
			return err
		}
		rows, err := plan(&tx.Reader, actor, c, parsed)
		if err != nil {
			return err
		}
		done = Import{ID: id, Rows: rows, Invite: kept.Invite}
		for i := range rows {
			if err := carryOut(tx, actor, c, &rows[i]); err != nil {
				return err
			}
			if rows[i].Does == RowCreate && kept.Invite {
				token, ends, err := auth.IssueLink(tx, store.LinkActivate, rows[i].acct, portico.InvitationTime)
				if err != nil {
					return err
				}
				invitations = append(invitations, invitation{rows[i].acct, token, ends})
			}
		}
		return tx.DeleteImport(c, id)
	})
	if err != nil {
		return Import{}, fmt.Errorf("importing: %w", err)
	}
	for _, i := range invitations {
		// A mail server that refuses one will refuse the rest: each wait would
		// be for nothing.
		if err := s.mailLink(ctx, mail.Welcome, "/activate/", i.token, i.ends, i.to, actor); err != nil {
			return done, err
		}
	}
	return done, nil
}

func carryOut(tx *store.Tx, actor portico.Actor, c portico.CustomerID, row *ImportRow) error {
	switch row.Does {
	case RowCreate:
		customer, err := tx.Customer(c)
		if err != nil {
			return err
		}
		row.acct = store.Account{User: row.User, LoginKey: row.key, Epoch: 1, CustomerName: customer.Name}
		row.acct.Status = portico.Invited
		return insert(tx, actor, &row.acct, portico.UserInvited)
	case RowUpdate:
		if row.User.Role != row.was.Role {
			if err := changeRole(tx, actor, row.was, row.User.Role); err != nil {
				return err
			}
		}
		if err := tx.SaveProfile(c, row.User); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: actor, Details: "by import: " + row.Why}.Target(row.User))
	}
	return nil
}

// plan says what each row does to the people as they are now.
func plan(r *store.Reader, actor portico.Actor, c portico.CustomerID, parsed []ImportRow) ([]ImportRow, error) {
	rows := slices.Clone(parsed)
	lineOf := map[string]int{}
	for i := range rows {
		row := &rows[i]
		if row.Does == RowRefused {
			continue
		}
		if first := lineOf[row.key]; first != 0 {
			row.refuse(fmt.Sprintf("Line %d has this login ID already.", first))
			continue
		}
		lineOf[row.key] = row.Line
		row.User.CustomerID = c
		if err := planRow(r, actor, c, row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func planRow(r *store.Reader, actor portico.Actor, c portico.CustomerID, row *ImportRow) error {
	if err := checkUser(actor, row.User); err != nil {
		row.refuseBecause(err)
		return nil
	}
	was, err := r.AccountByLogin(row.key)
	if errors.Is(err, store.ErrNotFound) {
		row.Does = RowCreate
		return nil
	}
	if err != nil {
		return err
	}
	if was.CustomerID != c {
		row.refuseBecause(auth.TakenLoginID())
		return nil
	}
	to := was.User
	to.FirstName, to.LastName, to.Email, to.Role = row.User.FirstName, row.User.LastName, row.User.Email, row.User.Role
	if row.labels {
		to.Labels = row.User.Labels
	}
	row.User, row.was = to, was.User
	row.Why = changes(was.User, to)
	if to.Role != was.Role {
		row.Why = strings.TrimPrefix(row.Why+", role", ", ")
	}
	if row.Why == "" {
		row.Does = RowUnchanged
		return nil
	}
	row.Does = RowUpdate
	if err := may(actor, portico.ManagePeople, was.User); err != nil {
		row.refuseBecause(err)
	} else if to.Role != was.Role && was.Role == portico.LeadRole(c) {
		row.refuse("Change the role of an administrator on the person's own page.")
	}
	return nil
}

func (row *ImportRow) refuse(why string) { row.Does, row.Why = RowRefused, why }

// refuseBecause takes the sentence for people out of an error.
func (row *ImportRow) refuseBecause(err error) {
	var e *portico.Error
	if !errors.As(err, &e) {
		row.refuse("This row cannot be taken.")
		return
	}
	texts := []string{}
	for _, text := range e.Fields {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	if len(texts) == 0 {
		texts = append(texts, e.Text)
	}
	row.refuse(strings.Join(texts, " "))
}

// columns that a file has to have, and may have.
var (
	needed   = []string{"login_id", "first_name", "last_name", "email", "role"}
	optional = []string{"labels", "password_hash"}
)

// parseImport reads a file: UTF-8 with or without BOM, comma or semicolon,
// columns by their name in the first line. Rows that cannot be taken come back
// refused; a file that cannot be read at all is Invalid.
func parseImport(content []byte) ([]ImportRow, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, portico.FieldError("file", "Choose a CSV file with at least one person in it.")
	}
	if !utf8.Valid(content) {
		return nil, portico.FieldError("file", "Save the file as CSV in UTF-8, and send it again.")
	}
	r := csv.NewReader(bytes.NewReader(content))
	head, _, _ := bytes.Cut(content, []byte("\n"))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	names, err := r.Read()
	if err != nil {
		return nil, unreadable(err)
	}
	column, err := columns(names)
	if err != nil {
		return nil, err
	}
	var rows []ImportRow
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if len(rows) == ImportRows {
			return nil, portico.FieldError("file", fmt.Sprintf("Send at most %d people in one file.", ImportRows))
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, parseRow(line, record, column, len(names)))
	}
	if len(rows) == 0 {
		return nil, portico.FieldError("file", "The file has a first line with names of columns, but nobody below it.")
	}
	return rows, nil
}

func unreadable(err error) error {
	var e *csv.ParseError
	if errors.As(err, &e) {
		return portico.FieldError("file", fmt.Sprintf("Line %d of the file cannot be read: its quotation marks do not match.", e.Line))
	}
	return portico.FieldError("file", "The file cannot be read as CSV.")
}

// columns finds where each column stands.
func columns(names []string) (map[string]int, error) {
	column := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(needed, name) && !slices.Contains(optional, name) {
			return nil, portico.FieldError("file", fmt.Sprintf("The column %q is not known. Name the columns as in the reference file.", name))
		}
		if _, twice := column[name]; twice {
			return nil, portico.FieldError("file", fmt.Sprintf("The column %q stands there twice.", name))
		}
		column[name] = i
	}
	for _, name := range needed {
		if _, has := column[name]; !has {
			return nil, portico.FieldError("file", fmt.Sprintf("The column %q is missing. Name the columns as in the reference file.", name))
		}
	}
	return column, nil
}

func parseRow(line int, record []string, column map[string]int, width int) ImportRow {
	get := func(name string) string {
		if i, has := column[name]; has && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	_, labels := column["labels"]
	row := ImportRow{Line: line, labels: labels, User: portico.User{
		LoginID: get("login_id"), FirstName: get("first_name"), LastName: get("last_name"), Email: get("email"),
		Role: portico.Role(strings.ToLower(get("role"))), Labels: portico.ParseLabels(get("labels")),
	}}
	key, err := auth.CanonicalLoginID(row.User.LoginID)
	row.key = key
	switch {
	case len(record) != width:
		row.refuse(fmt.Sprintf("This line has %d columns, the first line has %d.", len(record), width))
	case err != nil:
		row.refuseBecause(err)
	case get("password_hash") != "":
		row.refuse("Leave password_hash empty: each person chooses an own password.")
	}
	return row
}
