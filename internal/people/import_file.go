package people

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"portico"
	"portico/internal/auth"
)

// columns that a file has to have, and may have.
var (
	needed   = []string{"login_id", "first_name", "last_name", "email", "role"}
	optional = []string{"labels", "password_hash"}
)

// parseImport reads a file: UTF-8 with or without BOM, comma or semicolon,
// columns by their name in the first line. Rows that cannot be taken come back
// refused; a file that cannot be read at all is Invalid.
func parseImport(content []byte, most int) ([]ImportRow, error) {
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
		if len(rows) == most {
			return nil, portico.FieldError("file", fmt.Sprintf("Send at most %d people in one file.", most))
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
	row.key, row.hash = key, get("password_hash")
	switch {
	case len(record) != width:
		row.refuse(fmt.Sprintf("This line has %d columns, the first line has %d.", len(record), width))
	case err != nil:
		row.refuseBecause(err)
	case row.hash != "" && auth.CheckHash(row.hash) != nil:
		row.refuse("This password_hash cannot be read, or asks for too much work. Give argon2, scrypt, PBKDF2 or bcrypt, or leave it empty.")
	}
	return row
}
