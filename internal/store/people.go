package store

import (
	"strconv"
	"strings"

	"portico"
)

// few is how many people are sorted at will. Where more match, the list walks
// an index in its order, so that a page costs the same among a million people.
const few = 200

// People is a part of a list of people.
type People struct {
	Users []portico.User
	// ByMatch is set when more people match a search than can be sorted: they
	// come in the order of the words that were found.
	ByMatch bool
}

// People lists a customer's people, limit at most, after one of them or from
// the beginning. ErrNotFound when after is not one of the customer's.
func (r *Reader) People(c portico.CustomerID, q portico.PeopleQuery, after portico.UserID, limit int) (People, error) {
	searched := Words(q.Search)
	if len(searched) == 0 {
		if q.Search != "" {
			return People{}, nil // signs alone: no word begins so
		}
		users, err := r.walk(c, q, after, limit)
		return People{Users: users}, err
	}
	begins, n, err := r.rarest(c, searched)
	if err != nil {
		return People{}, err
	}
	if n <= few {
		users, err := r.sortFew(c, q, searched, begins, after, limit)
		return People{Users: users}, err
	}
	users, err := r.walkWords(c, q, searched, begins, after, limit)
	return People{Users: users, ByMatch: true}, err
}

// order is what a list is sorted by, the id last so that it is total.
var order = map[portico.PeopleSort][]string{
	portico.SortName:      {"u.name_key", "u.id"},
	portico.SortLogin:     {"u.login_key", "u.id"},
	portico.SortLastLogin: {"u.last_login_at", "u.id"},
	portico.SortStatus:    {"u.status", "u.name_key", "u.id"},
}

// orderBy is the ORDER BY of a list. With sorting, no index is to give the
// order: the engine is to find the few rows first.
func orderBy(q portico.PeopleQuery, sorting bool) string {
	columns := append([]string{}, order[q.Sort]...)
	for i, column := range columns {
		if sorting && column == "u.last_login_at" {
			columns[i] += " + 0"
		} else if sorting {
			columns[i] += " || ''"
		}
		if q.Descending {
			columns[i] += " DESC"
		}
	}
	return " ORDER BY " + strings.Join(columns, ", ")
}

// query is a statement that is put together, with its arguments.
type query struct {
	sql  string
	args []any
}

// arg adds an argument and returns its mark.
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

// filter adds the condition of a filter. With find, rows are found by it;
// else it is only looked at in rows that are found otherwise.
func (q *query) filter(r *Reader, c portico.CustomerID, f portico.PeopleFilter, find bool) {
	column, value := "u.two_factor", ""
	switch f {
	case portico.FilterEnabled:
		value = "enabled"
	case portico.FilterDisabled:
		value = "disabled"
	case portico.FilterNone:
		value = "none"
	case portico.FilterInvited, portico.FilterSuspended:
		column, value = "u.status", string(f)
	case portico.FilterLocked:
		if !find {
			q.sql += ` AND u.id IN (` + q.locked(r, c) + `)`
		}
		return
	default:
		return
	}
	if !find {
		column += " || ''"
	}
	q.sql += " AND " + column + " = '" + value + "'"
}

// locked finds the ids of who is locked out.
func (q *query) locked(r *Reader, c portico.CustomerID) string {
	return `SELECT DISTINCT user_id FROM throttle WHERE customer_id = ` + q.arg(c) + ` AND locked_until > ` + q.arg(millis(r.Now))
}

// from begins a statement that finds people by their ids, and those first:
// SQLite keeps to the order of a CROSS JOIN.
func (q *query) from(ids string) {
	q.sql = `SELECT ` + userColumns + ` FROM (` + ids + `) found CROSS JOIN users u LEFT JOIN factors f ON f.user_id = u.id WHERE u.id = found.user_id AND `
}

// walk goes along the index of the order, or of the filter where few people
// pass it.
func (r *Reader) walk(c portico.CustomerID, p portico.PeopleQuery, from portico.UserID, limit int) ([]portico.User, error) {
	find, sorting := p.Sort == portico.SortName, false
	if !find && p.Filter != portico.FilterAll || p.Filter == portico.FilterLocked {
		n, err := r.passing(c, p.Filter)
		if err != nil {
			return nil, err
		}
		find, sorting = n <= 10*few, n <= 10*few
	}
	q := &query{sql: `SELECT ` + userColumns + userFrom + ` WHERE `}
	if find && p.Filter == portico.FilterLocked {
		q.from(q.locked(r, c))
	}
	q.sql += `u.customer_id = ` + q.arg(c)
	q.filter(r, c, p.Filter, find)
	if from != "" {
		key, err := r.sortKey(c, p.Sort, from)
		if err != nil {
			return nil, err
		}
		marks := make([]string, len(key))
		for i, v := range key {
			marks[i] = q.arg(v)
		}
		way := " > "
		if p.Descending {
			way = " < "
		}
		q.sql += ` AND (` + strings.Join(order[p.Sort], ", ") + `)` + way + `(` + strings.Join(marks, ", ") + `)`
	}
	q.sql += orderBy(p, sorting) + ` LIMIT ` + q.arg(limit)
	return all(r, "listing people", scanUser, q.sql, q.args...)
}

// sortKey is where a person stands in an order.
func (r *Reader) sortKey(c portico.CustomerID, by portico.PeopleSort, id portico.UserID) ([]any, error) {
	var name, login, status string
	var last int64
	err := r.q.QueryRowContext(r.ctx, `SELECT name_key, login_key, last_login_at, status FROM users WHERE customer_id = $1 AND id = $2`, c, id).
		Scan(&name, &login, &last, &status)
	key := map[portico.PeopleSort][]any{
		portico.SortName: {name, id}, portico.SortLogin: {login, id}, portico.SortLastLogin: {last, id}, portico.SortStatus: {status, name, id},
	}[by]
	return key, scanned("finding the place in the list", err)
}

// passing says how many people pass a filter.
func (r *Reader) passing(c portico.CustomerID, f portico.PeopleFilter) (int, error) {
	if f == portico.FilterLocked {
		return r.LockedOut(c, 10*few+1)
	}
	counts, err := r.Counts(c)
	n := 0
	for _, k := range counts {
		if k.Passes(f) {
			n += k.People
		}
	}
	return n, err
}

// Passes reports whether the people of a count pass a filter, which is not
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
// attempt, most at most.
func (r *Reader) LockedOut(c portico.CustomerID, most int) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT DISTINCT user_id FROM throttle
		WHERE customer_id = $1 AND locked_until > $2 LIMIT $3) AS locked`, c, millis(r.Now), most).Scan(&n)
	return n, scanned("counting people who are locked out", err)
}

// LockedAnywhere is LockedOut for every customer, for whoever runs the portal.
func (r *Reader) LockedAnywhere(most int) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT bucket FROM throttle WHERE locked_until > $1 LIMIT $2) AS locked`,
		millis(r.Now), most).Scan(&n)
	return n, scanned("counting accounts that are locked out", err)
}

// rarest is the searched word that the fewest words begin with, and how many,
// as far as few.
func (r *Reader) rarest(c portico.CustomerID, searched []string) (word string, n int, err error) {
	for i, w := range searched {
		var found int
		if err := scanned("searching", r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT user_id FROM user_words
			WHERE customer_id = $1 AND word >= $2 AND word < $3 LIMIT $4) AS found`, c, w, after(w), few+1).Scan(&found)); err != nil {
			return "", 0, err
		}
		if i == 0 || found < n || found == n && len(w) > len(word) {
			word, n = w, found
		}
	}
	return word, n, nil
}

// sortFew finds few people by a word and sorts them at will.
func (r *Reader) sortFew(c portico.CustomerID, p portico.PeopleQuery, searched []string, begins string, from portico.UserID, limit int) ([]portico.User, error) {
	q := &query{}
	q.from(`SELECT DISTINCT user_id FROM user_words WHERE customer_id = ` + q.arg(c) +
		` AND word >= ` + q.arg(begins) + ` AND word < ` + q.arg(after(begins)))
	q.sql += `u.customer_id = ` + q.arg(c)
	q.filter(r, c, p.Filter, false)
	q.sql += orderBy(p, true)
	found, err := all(r, "searching people", scanUser, q.sql, q.args...)
	if err != nil {
		return nil, err
	}
	var users []portico.User
	skip := from != ""
	for _, u := range found {
		switch {
		case skip:
			skip = u.ID != from
		case len(users) < limit && begin(wordsOf(u), searched):
			users = append(users, u)
		}
	}
	return users, nil
}

// wordFound is a person as one word of the index leads there.
type wordFound struct {
	word string
	portico.User
}

func scanWordFound(row scanner) (wordFound, error) {
	var f wordFound
	dest, done := userDest(&f.User)
	err := row.Scan(append(dest, &f.word)...)
	done()
	return f, err
}

// walkWords goes along the index of words. Somebody with several words that
// begin so comes at the first of them.
func (r *Reader) walkWords(c portico.CustomerID, p portico.PeopleQuery, searched []string, begins string, from portico.UserID, limit int) ([]portico.User, error) {
	word := begins
	if from != "" {
		last, err := r.User(c, from)
		if err != nil {
			return nil, err
		}
		word = firstThat(wordsOf(last), begins)
	}
	var users []portico.User
	for {
		q := &query{sql: `SELECT ` + userColumns + `, w.word FROM user_words w CROSS JOIN users u
			LEFT JOIN factors f ON f.user_id = u.id WHERE u.id = w.user_id AND w.customer_id = `}
		q.sql += q.arg(c) + ` AND (w.word, w.user_id) > (` + q.arg(word) + `, ` + q.arg(from) + `) AND w.word < ` + q.arg(after(begins))
		q.filter(r, c, p.Filter, false)
		q.sql += ` ORDER BY w.word, w.user_id LIMIT ` + q.arg(limit)
		batch, err := all(r, "searching people", scanWordFound, q.sql, q.args...)
		if err != nil {
			return nil, err
		}
		for _, f := range batch {
			word, from = f.word, f.ID
			if words := wordsOf(f.User); firstThat(words, begins) != f.word || !begin(words, searched) {
				continue
			}
			if users = append(users, f.User); len(users) == limit {
				return users, nil
			}
		}
		if len(batch) < limit {
			return users, nil
		}
	}
}
