package store

import (
	"slices"
	"strconv"
	"strings"

	"portico"
)

// scanIndex lists people by scanning an index in the order of the list. There is an
// index for each order, divided by kind. A filter passes one or several kinds,
// whose results are merged.
func (r *Reader) scanIndex(c portico.CustomerID, p listing, from portico.UserID, limit int) (page People, err error) {
	var key []any
	if from != "" {
		if key, err = r.sortKey(c, p, from); err != nil {
			return page, err
		}
	}
	if p.Filter == portico.FilterLocked { // few, unless somebody guesses at everybody
		page.Users, err = r.sort(c, p, func(q *query) string { return q.locked(r, c) }, key, limit)
		return page, err
	}
	if page.Counts, err = r.Counts(c); err != nil {
		return page, err
	}
	kinds, people := p.kinds(page.Counts)
	values, of := p.grouped()
	switch {
	case len(kinds) == 0:
	case p.Role != "" && p.Role != portico.RoleUser && people <= fewOfARole:
		page.Users, err = r.sort(c, p, func(q *query) string {
			return `SELECT id AS user_id FROM users WHERE customer_id = ` + q.arg(c) + ` AND role = ` + q.arg(p.Role) + ` AND role <> 'user'`
		}, key, limit)
	case of != nil:
		page.Users, err = r.scanGroups(c, p, values, of, kinds, key, limit)
	default:
		page.Users, err = r.scanKinds(c, p, kinds, key, limit)
	}
	return page, err
}

// fewOfARole is the largest number of people in a role above user who are read
// from the index of roles and sorted. If there are more, the scan of the index of
// the order passes them often enough.
const fewOfARole = 5000

// sort lists the people whom the query ids finds and who pass the filter, and
// sorts them.
func (r *Reader) sort(c portico.CustomerID, p listing, ids func(*query) string, key []any, limit int) ([]portico.User, error) {
	q := &query{}
	q.from(ids(q))
	q.sql += `u.customer_id = ` + q.arg(c)
	q.filter(r, c, p)
	q.after(p, p.order(), key)
	q.sql += orderBy(p, p.down()) + ` LIMIT ` + q.arg(limit)
	return all(r, "listing people", r.scanUser, q.sql, q.args...)
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
	if p.down() {
		way = " < "
	}
	q.sql += ` AND (` + strings.Join(columns, ", ") + `)` + way + `(` + strings.Join(marks, ", ") + `)`
}

// kinds returns the kinds that pass the filter and the role, and how many people
// these are.
func (p listing) kinds(counts []Count) (kinds []Count, people int) {
	for _, k := range counts {
		if !k.Passes(p.Filter) || p.Role != "" && k.Role != p.Role {
			continue
		}
		people += k.People
		k.Role, k.People = "", 0 // the indexes do not contain roles
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds, people
}

// statusLiterals are written into the text of a statement. One of the indexes
// holds active people only, so SQLite would plan a statement again for each
// value of a parameter.
var statusLiterals = map[portico.Status]string{portico.Active: `'active'`, portico.Invited: `'invited'`, portico.Suspended: `'suspended'`}

// scanKinds scans the index of each kind and merges the results. SQLite merges
// while it reads, so what is read in all is about limit people. PostgreSQL does not
// (planned so, it read everybody), and reads limit people of each kind.
func (r *Reader) scanKinds(c portico.CustomerID, p listing, kinds []Count, key []any, limit int) ([]portico.User, error) {
	way := ""
	if p.down() {
		way = " DESC"
	}
	column := p.order()[0]
	if _, of := p.grouped(); of != nil { // within one group
		column = p.by.name
	}
	q := &query{}
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		q.sql = `SELECT u.id AS user_id, ` + column + ` AS place FROM users u WHERE u.customer_id = ` + q.arg(c) +
			` AND u.status = ` + statusLiterals[k.Status] + ` AND u.two_factor = ` + q.arg(k.TwoFactor)
		q.role(p)
		q.after(p, []string{column, "u.id"}, key)
		if !r.merges {
			q.sql = `SELECT user_id, place FROM (` + q.sql + ` ORDER BY place` + way + `, user_id` + way + ` LIMIT ` + q.arg(limit) + `) AS kind` + strconv.Itoa(i)
		}
		parts[i] = q.sql
	}
	q.from(strings.Join(parts, ` UNION ALL `) + ` ORDER BY place` + way + `, user_id` + way + ` LIMIT ` + q.arg(limit))
	q.sql += `u.customer_id = ` + q.arg(c) + ` ORDER BY found.place` + way + `, u.id` + way
	return all(r, "listing people", r.scanUser, q.sql, q.args...)
}

// grouped returns the values of a column that has few of them, in their order, if
// the list is sorted by one, and how to read the column of a kind. Otherwise of
// is nil.
func (p listing) grouped() (values []string, of func(Count) string) {
	switch p.Sort {
	case portico.SortStatus:
		return []string{string(portico.Active), string(portico.Invited), string(portico.Suspended)}, func(k Count) string { return string(k.Status) }
	case portico.SortTwoFactor:
		return []string{string(portico.TwoFactorDisabled), string(portico.TwoFactorEnabled), string(portico.TwoFactorNone)}, func(k Count) string { return string(k.TwoFactor) }
	}
	return nil, nil
}

// scanGroups is scanKinds for one value of a column after the other. key begins
// with a value.
func (r *Reader) scanGroups(c portico.CustomerID, p listing, values []string, of func(Count) string, kinds []Count, key []any, limit int) ([]portico.User, error) {
	if p.down() {
		slices.Reverse(values)
	}
	if len(key) > 0 {
		at := slices.Index(values, key[0].(string))
		values, key = values[max(0, at):], key[1:]
	}
	var users []portico.User
	for _, value := range values {
		group := slices.DeleteFunc(slices.Clone(kinds), func(k Count) bool { return of(k) != value })
		if len(group) > 0 && len(users) < limit {
			more, err := r.scanKinds(c, p, group, key, limit-len(users))
			if err != nil {
				return nil, err
			}
			users = append(users, more...)
		}
		key = nil // start the next value at its beginning
	}
	return users, nil
}
