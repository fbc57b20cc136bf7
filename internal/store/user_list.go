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
	// Counts are those of the customer, if the list was planned by them. Otherwise
	// they were not read, and are nil.
	Counts []Count

	whole bool // Users are in the order of the list, in either direction
}

// People lists at most limit of a customer's people, after one of them or from
// the beginning. It returns ErrNotFound if after is not one of the customer's
// people, except in a search with few results, where the list is then empty.
func (r *Reader) People(c portico.CustomerID, q portico.PeopleQuery, after portico.UserID, limit int) (People, error) {
	return r.people(c, listing{PeopleQuery: q}, after, limit)
}

// PeopleBefore lists those of a customer's people, at most limit, who come before
// one of them, in the order of the list. It returns the errors of People.
func (r *Reader) PeopleBefore(c portico.CustomerID, q portico.PeopleQuery, before portico.UserID, limit int) (People, error) {
	return r.people(c, listing{PeopleQuery: q, back: true}, before, limit)
}

func (r *Reader) people(c portico.CustomerID, p listing, from portico.UserID, limit int) (page People, err error) {
	p.searched = words(p.Search)
	terms := slices.Concat(p.searched, split(p.Label))
	if len(p.searched) == 0 && p.Search != "" || len(terms) == len(p.searched) && p.Label != "" {
		return People{}, nil // only punctuation: no word can match
	}
	if p.by, err = r.sortColumns(); err != nil {
		return People{}, err
	}
	if len(terms) == 0 {
		page, err = r.scanIndex(c, p, from, limit)
	} else {
		page, err = r.search(c, p, terms, from, limit)
	}
	if p.back && !page.whole {
		slices.Reverse(page.Users)
	}
	return page, err
}

// search lists the people who match a search or have a label.
func (r *Reader) search(c portico.CustomerID, p listing, terms []word, from portico.UserID, limit int) (People, error) {
	term, n, err := r.mostSelectiveTerm(c, terms)
	if err != nil {
		return People{}, err
	}
	if n <= smallResult {
		return r.sortSmall(c, p, term, from, limit)
	}
	users, err := r.scanWords(c, p, term, from, limit)
	return People{Users: users, ByMatch: true}, err
}

// listing is a query, with the columns that hold the sort keys.
type listing struct {
	portico.PeopleQuery
	by       sortColumns
	searched []word // of Search
	back     bool   // from a person towards the beginning of the list
}

// down reports whether the order of a scan is descending.
func (p listing) down() bool { return p.Descending != p.back }

// matches reports whether a person, who has these words, is in the list. The
// words of a label find people, and this decides.
func (p listing) matches(u portico.User, words []word) bool {
	return match(indexOf(words), p.searched) &&
		(p.Label == "" || slices.ContainsFunc(u.Labels, func(l string) bool { return strings.EqualFold(l, p.Label) }))
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
	case portico.SortTwoFactor:
		return []string{"u.two_factor", p.by.name, "u.id"}
	}
	return []string{p.by.name, "u.id"}
}

// orderBy returns the ORDER BY for people that were found by another index than
// that of the order. Each column is wrapped in an expression, so that the
// database does not scan the index of the order.
func orderBy(q listing, down bool) string {
	columns := q.order()
	for i, column := range columns {
		if column == "u.last_login_at" {
			columns[i] += " + 0"
		} else {
			columns[i] += " || ''"
		}
		if down {
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

// filter adds the conditions of the filter and the role, in a form that does not
// make the database use an index for them.
func (q *query) filter(r *Reader, c portico.CustomerID, p listing) {
	q.role(p)
	switch p.Filter {
	case portico.FilterEnabled:
		q.sql += ` AND u.two_factor || '' = 'enabled'`
	case portico.FilterDisabled:
		q.sql += ` AND u.two_factor || '' = 'disabled'`
	case portico.FilterNone:
		q.sql += ` AND u.two_factor || '' = 'none'`
	case portico.FilterInvited, portico.FilterSuspended:
		q.sql += ` AND u.status || '' = ` + q.arg(p.Filter)
	case portico.FilterLocked:
		q.sql += ` AND u.id IN (` + q.locked(r, c) + `)`
	}
}

func (q *query) role(p listing) {
	if p.Role != "" {
		q.sql += ` AND u.role || '' = ` + q.arg(p.Role)
	}
}

// locked returns a query for the IDs of people who are locked out.
func (q *query) locked(r *Reader, c portico.CustomerID) string {
	return `SELECT DISTINCT user_id FROM throttle WHERE customer_id = ` + q.arg(c) + ` AND locked_until > ` + q.arg(toMillis(r.Now))
}

// from begins a statement that first finds people by the query ids and then
// reads them. SQLite keeps the order of a CROSS JOIN.
func (q *query) from(ids string) {
	q.sql = `SELECT ` + userColumns + ` FROM (` + ids + `) found CROSS JOIN users u WHERE u.id = found.user_id AND `
}

// sortKey returns the position of a person in an order.
func (r *Reader) sortKey(c portico.CustomerID, p listing, id portico.UserID) ([]any, error) {
	var name, login any // text or bytes
	var status, twoFactor string
	var last int64
	err := r.q.QueryRowContext(r.ctx, `SELECT `+p.by.name+`, `+p.by.login+`, u.last_login_at, u.status, u.two_factor FROM users u WHERE u.customer_id = $1 AND u.id = $2`, c, id).
		Scan(&name, &login, &last, &status, &twoFactor)
	key := map[portico.PeopleSort][]any{
		portico.SortName: {name, id}, portico.SortLogin: {login, id}, portico.SortLastLogin: {last, id},
		portico.SortStatus: {status, name, id}, portico.SortTwoFactor: {twoFactor, name, id},
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
