package imports

import (
	"cmp"
	"errors"

	"portico"
	"portico/internal/store"
)

// existing are the users whom the rows of a chunk are about: by the login ID in
// any customer, and for rows without one by the ID or the email address in the
// customer.
type existing struct {
	byLogin map[string]portico.User
	byID    map[portico.UserID]portico.User
	byEmail map[string][]portico.User
}

func findExisting(r *store.Reader, c portico.CustomerID, rows []Row) (found existing, err error) {
	logins, emails := make([]string, 0, len(rows)), []string{}
	for i := range rows {
		row := &rows[i]
		if row.key != "" {
			logins = append(logins, row.key)
		} else if row.withoutLogin() && row.User.Email != "" {
			emails = append(emails, row.User.Email)
		}
	}
	if found.byLogin, err = r.UsersByLogins(logins); err != nil {
		return found, err
	}
	if found.byEmail, err = r.UsersByEmails(c, emails); err != nil {
		return found, err
	}
	found.byID = map[portico.UserID]portico.User{}
	for i := range rows {
		row := &rows[i]
		if u, is := found.byLogin[row.key]; row.id == "" || is && u.CustomerID == c {
			continue // the login ID tells
		}
		u, err := r.User(c, row.id)
		if err == nil {
			found.byID[row.id] = u
		} else if !errors.Is(err, store.ErrNotFound) {
			return found, err
		}
	}
	return found, nil
}

// of returns the user whom a row is about. It refuses the row if the email
// address does not tell, or if the login ID of a downloaded row was changed.
func (e existing) of(row *Row) (portico.User, bool) {
	downloaded, known := e.byID[row.id]
	if !row.withoutLogin() {
		u, is := e.byLogin[row.key]
		is = is && row.key != ""
		if known && (!is || u.CustomerID != downloaded.CustomerID) {
			row.refuse("This row belongs to {0} in the downloaded list. An import changes no login ID: edit that user instead. For a different user, leave id empty.", cmp.Or(downloaded.LoginID, downloaded.Name()))
		}
		return u, is
	}
	if known {
		return downloaded, true
	}
	switch people := e.byEmail[row.emailKey()]; len(people) {
	case 0:
		return portico.User{}, false
	case 1:
		return people[0], true
	}
	row.refuse("Several users have this email address. Enter the login ID of the one that you mean.")
	return portico.User{}, false
}

// creations are the rows of a chunk that create people, by the email address
// in lower case: the first with a login ID, and the first without.
type creations map[string]struct{ with, without int }

// add adds a row. A row without a login ID and one with the same email address
// could be about one person or about two, so add refuses the later one.
func (created creations) add(row *Row) {
	if row.Action != RowCreate {
		return
	}
	key := row.emailKey()
	lines := created[key]
	other := lines.without
	if row.withoutLogin() {
		other = lines.with
	}
	switch {
	case other > 0:
		row.refuse(repeatedEmail, other)
	case row.withoutLogin():
		lines.without = row.Line
	case lines.with == 0:
		lines.with = row.Line
	}
	created[key] = lines
}
