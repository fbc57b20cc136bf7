package store

import (
	"slices"
	"strconv"
	"strings"

	"portico"
)

// smallResult is the largest number of matches of a search that are sorted as
// requested. If more people match, the list follows the order of an index
// instead, so that a page costs the same among a million people.
const smallResult = 200

// People is a page of a list of people.
type People struct {
	Users []portico.User
	// ByMatch is set if more people match a search than can be sorted. They are
	// then in the order of the words that matched.
	ByMatch bool
	// ExactFirst is set if the people whose words begin as typed come before
	// those whose words differ in their marks.
	ExactFirst bool
}

// People lists at most limit of a customer's people, after one of them or from
// the beginning. It returns ErrNotFound if after is not one of the customer's
// people, except in a search with few results, where the list is then empty.
func (r *Reader) People(c portico.CustomerID, q portico.PeopleQuery, after portico.UserID, limit int) (People, error) {
	searched := words(q.Search)
	if len(searched) == 0 && q.Search != "" {
		return People{}, nil // only punctuation: no word can match
	}
	by, err := r.sortColumns()
	if err != nil {
		return People{}, err
	}
	p := listing{q, by}
	if len(searched) == 0 {
		users, err := r.scanIndex(c, p, after, limit)
		return People{Users: users}, err
	}
	term, n, err := r.mostSelectiveTerm(c, searched)
	if err != nil {
		return People{}, err
	}
	if n <= smallResult {
		return r.sortSmall(c, p, searched, term, after, limit)
	}
	users, err := r.scanWords(c, p, searched, term, after, limit)
	return People{Users: users, ByMatch: true}, err
}

// listing is a query, with the columns that hold the sort keys.
type listing struct {
	portico.PeopleQuery
	by sortColumns
}

// order returns the columns that a list is sorted by. The ID is last, so that
// the order is total.
func (p listing) order() []string {
	switch p.Sort {
	case portico.SortLogin:
		return []string{p.by.login, "u.id"}
	case portico.SortLastLogin:
		return []string{"u.last_login_at", "u.id"}
	case portico.SortStatus:
		return []string{"u.status", p.by.name, "u.id"}
	}
	return []string{p.by.name, "u.id"}
}

// orderBy returns the ORDER BY for people that were found by another index than
// that of the order. Each column is wrapped in an expression, so that the
// database does not scan the index of the order.
func orderBy(q listing) string {
	columns := q.order()
	for i, column := range columns {
		if column == "u.last_login_at" {
			columns[i] += " + 0"
		} else {
			columns[i] += " || ''"
		}
		if q.Descending {
			columns[i] += " DESC"
		}
	}
	return " ORDER BY " + strings.Join(columns, ", ")
}

// query is a statement under construction, with its arguments.
type query struct {
	sql  string
	args []any
}

// arg adds an argument and returns its placeholder.
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

// filter adds the condition of a filter, in a form that does not make the
// database use an index for it.
func (q *query) filter(r *Reader, c portico.CustomerID, f portico.PeopleFilter) {
	switch f {
	case portico.FilterEnabled:
		q.sql += ` AND u.two_factor || '' = 'enabled'`
	case portico.FilterDisabled:
		q.sql += ` AND u.two_factor || '' = 'disabled'`
	case portico.FilterNone:
		q.sql += ` AND u.two_factor || '' = 'none'`
	case portico.FilterInvited, portico.FilterSuspended:
		q.sql += ` AND u.status || '' = ` + q.arg(f)
	case portico.FilterLocked:
		q.sql += ` AND u.id IN (` + q.locked(r, c) + `)`
	}
}

// locked returns a query for the IDs of people who are locked out.
func (q *query) locked(r *Reader, c portico.CustomerID) string {
	return `SELECT DISTINCT user_id FROM throttle WHERE customer_id = ` + q.arg(c) + ` AND locked_until > ` + q.arg(toMillis(r.Now))
}

// from begins a statement that first finds people by the query ids and then
// reads them. SQLite keeps the order of a CROSS JOIN.
func (q *query) from(ids string) {
	q.sql = `SELECT ` + userColumns + ` FROM (` + ids + `) found CROSS JOIN users u LEFT JOIN factors f ON f.user_id = u.id WHERE u.id = found.user_id AND `
}

// scanIndex lists people by scanning an index in the order of the list. There is an
// index for each order, divided by kind. A filter passes one or several kinds,
// whose results are merged.
func (r *Reader) scanIndex(c portico.CustomerID, p listing, from portico.UserID, limit int) ([]portico.User, error) {
	var key []any
	if from != "" {
		var err error
		if key, err = r.sortKey(c, p, from); err != nil {
			return nil, err
		}
	}
	if p.Filter == portico.FilterLocked {
		return r.sortLocked(c, p, key, limit)
	}
	kinds, err := r.kinds(c, p.Filter)
	if err != nil || len(kinds) == 0 {
		return nil, err
	}
	if p.Sort == portico.SortStatus {
		return r.scanStatuses(c, p, kinds, key, limit)
	}
	return r.scanKinds(c, p, kinds, key, limit)
}

// sortLocked lists the people who are locked out, and sorts them. They are few,
// unless somebody guesses at everybody.
func (r *Reader) sortLocked(c portico.CustomerID, p listing, key []any, limit int) ([]portico.User, error) {
	q := &query{}
	q.from(q.locked(r, c))
	q.sql += `u.customer_id = ` + q.arg(c)
	q.after(p, p.order(), key)
	q.sql += orderBy(p) + ` LIMIT ` + q.arg(limit)
	return all(r, "listing people", scanUser, q.sql, q.args...)
}

// after adds the condition that a row follows a key, if there is a key.
func (q *query) after(p listing, columns []string, key []any) {
	if len(key) == 0 {
		return
	}
	marks := make([]string, len(key))
	for i, v := range key {
		marks[i] = q.arg(v)
	}
	way := " > "
	if p.Descending {
		way = " < "
	}
	q.sql += ` AND (` + strings.Join(columns, ", ") + `)` + way + `(` + strings.Join(marks, ", ") + `)`
}

// kinds returns the kinds of a customer's people that pass a filter.
func (r *Reader) kinds(c portico.CustomerID, f portico.PeopleFilter) ([]Count, error) {
	counts, err := r.Counts(c)
	var kinds []Count
	for _, k := range counts {
		passes := k.Passes(f)
		k.Role, k.People = "", 0 // the indexes do not contain roles
		if passes && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds, err
}

// statusLiterals are written into the text of a statement. One of the indexes
// holds active people only, so SQLite would plan a statement again for each
// value of a parameter.
var statusLiterals = map[portico.Status]string{portico.Active: `'active'`, portico.Invited: `'invited'`, portico.Suspended: `'suspended'`}

// scanKinds scans the index of each kind, up to limit people, and merges the
// results.
func (r *Reader) scanKinds(c portico.CustomerID, p listing, kinds []Count, key []any, limit int) ([]portico.User, error) {
	way := ""
	if p.Descending {
		way = " DESC"
	}
	column := p.order()[0]
	if p.Sort == portico.SortStatus { // within one status
		column = p.by.name
	}
	q := &query{}
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		q.sql = `SELECT u.id AS user_id, ` + column + ` AS place FROM users u WHERE u.customer_id = ` + q.arg(c) +
			` AND u.status = ` + statusLiterals[k.Status] + ` AND u.two_factor = ` + q.arg(k.TwoFactor)
		q.after(p, []string{column, "u.id"}, key)
		q.sql += ` ORDER BY ` + column + way + `, u.id` + way + ` LIMIT ` + q.arg(limit)
		parts[i] = `SELECT user_id, place FROM (` + q.sql + `) AS k` + strconv.Itoa(i)
	}
	q.from(strings.Join(parts, ` UNION ALL `) + ` ORDER BY place` + way + `, user_id` + way + ` LIMIT ` + q.arg(limit))
	q.sql += `u.customer_id = ` + q.arg(c) + ` ORDER BY found.place` + way + `, u.id` + way
	return all(r, "listing people", scanUser, q.sql, q.args...)
}

// scanStatuses is scanKinds for one status after the other. key begins with a
// status.
func (r *Reader) scanStatuses(c portico.CustomerID, p listing, kinds []Count, key []any, limit int) ([]portico.User, error) {
	statuses := []portico.Status{portico.Active, portico.Invited, portico.Suspended} // in alphabetical order
	if p.Descending {
		slices.Reverse(statuses)
	}
	if len(key) > 0 {
		at := slices.Index(statuses, portico.Status(key[0].(string)))
		statuses, key = statuses[max(0, at):], key[1:]
	}
	var users []portico.User
	for _, status := range statuses {
		var of []Count
		for _, k := range kinds {
			if k.Status == status {
				of = append(of, k)
			}
		}
		if len(of) > 0 && len(users) < limit {
			more, err := r.scanKinds(c, p, of, key, limit-len(users))
			if err != nil {
				return nil, err
			}
			users = append(users, more...)
		}
		key = nil // start the next status at its beginning
	}
	return users, nil
}

// sortKey returns the position of a person in an order.
func (r *Reader) sortKey(c portico.CustomerID, p listing, id portico.UserID) ([]any, error) {
	var name, login any // text or bytes
	var status string
	var last int64
	err := r.q.QueryRowContext(r.ctx, `SELECT `+p.by.name+`, `+p.by.login+`, u.last_login_at, u.status FROM users u WHERE u.customer_id = $1 AND u.id = $2`, c, id).
		Scan(&name, &login, &last, &status)
	key := map[portico.PeopleSort][]any{
		portico.SortName: {name, id}, portico.SortLogin: {login, id}, portico.SortLastLogin: {last, id}, portico.SortStatus: {status, name, id},
	}[p.Sort]
	return key, scanned("finding the place in the list", err)
}

// Passes reports whether the people of a count pass a filter. It cannot decide
// FilterLocked.
func (k Count) Passes(f portico.PeopleFilter) bool {
	switch f {
	case portico.FilterAll:
		return true
	case portico.FilterEnabled:
		return k.TwoFactor == portico.TwoFactorEnabled
	case portico.FilterDisabled:
		return k.TwoFactor == portico.TwoFactorDisabled
	case portico.FilterNone:
		return k.TwoFactor == portico.TwoFactorNone
	case portico.FilterInvited:
		return k.Status == portico.Invited
	case portico.FilterSuspended:
		return k.Status == portico.Suspended
	}
	return false
}

// LockedOut counts a customer's people who have to wait before their next
// attempt, up to most.
func (r *Reader) LockedOut(c portico.CustomerID, most int) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT DISTINCT user_id FROM throttle
		WHERE customer_id = $1 AND locked_until > $2 LIMIT $3) AS locked`, c, toMillis(r.Now), most).Scan(&n)
	return n, scanned("counting people who are locked out", err)
}

// LockedAnywhere counts the locked buckets of all customers, up to most. A
// person can have several.
func (r *Reader) LockedAnywhere(most int) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT bucket FROM throttle WHERE locked_until > $1 LIMIT $2) AS locked`,
		toMillis(r.Now), most).Scan(&n)
	return n, scanned("counting accounts that are locked out", err)
}
