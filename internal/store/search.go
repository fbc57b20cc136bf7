package store

import (
	"slices"
	"strings"

	"portico"
)

// mostSelectiveTerm returns the searched word with the fewest matches in the
// index. n is the number of matches of that of its ranges which has the most,
// counted up to smallResult+1.
func (r *Reader) mostSelectiveTerm(c portico.CustomerID, searched []word) (term word, n int, err error) {
	for i, w := range searched {
		most := 0
		for _, begins := range w.ranges() {
			var found int
			if err := scanned("searching", r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT user_id FROM user_words
				WHERE customer_id = $1 AND word >= $2 AND word < $3 LIMIT $4) AS found`, c, begins, after(begins), smallResult+1).Scan(&found)); err != nil {
				return word{}, 0, err
			}
			most = max(most, found)
		}
		if i == 0 || most < n || most == n && len(w.exact) > len(term.exact) {
			term, n = w, most
		}
	}
	return term, n, nil
}

// sortSmall lists the people who match a search with few results, in the
// requested order. In the default order, those who match as typed come first.
func (r *Reader) sortSmall(c portico.CustomerID, p listing, term word, from portico.UserID, limit int) (People, error) {
	q := &query{}
	ranges := term.ranges()
	for i, begins := range ranges {
		ranges[i] = `SELECT user_id FROM user_words WHERE customer_id = ` + q.arg(c) + ` AND word >= ` + q.arg(begins) + ` AND word < ` + q.arg(after(begins))
	}
	q.from(`SELECT DISTINCT user_id FROM (` + strings.Join(ranges, ` UNION ALL `) + `) AS matching`)
	q.sql += `u.customer_id = ` + q.arg(c)
	q.filter(r, c, p)
	q.sql += orderBy(p, p.Descending)
	found, err := all(r, "searching people", r.scanUser, q.sql, q.args...)
	if err != nil {
		return People{}, err
	}
	var exact, others []portico.User
	for _, u := range found {
		switch words := wordsOf(u); {
		case !p.matches(u, words):
		case p.Sort == portico.SortName && !p.Descending && matchExactly(words, p.searched):
			exact = append(exact, u)
		default:
			others = append(others, u)
		}
	}
	page := People{Users: slices.Concat(exact, others), ExactFirst: len(exact) > 0 && len(others) > 0, whole: true}
	at := slices.IndexFunc(page.Users, func(u portico.User) bool { return u.ID == from })
	switch {
	case p.back: // an unknown person has nobody before
		page.Users = page.Users[:max(0, at)]
		page.Users = page.Users[max(0, len(page.Users)-limit):]
		return page, nil
	case from != "" && at < 0:
		page.Users = nil
	case from != "":
		page.Users = page.Users[at+1:]
	}
	page.Users = page.Users[:min(limit, len(page.Users))]
	return page, nil
}

// wordFound is a person, with the word of the index that matched.
type wordFound struct {
	word string
	portico.User
}

func (r *Reader) scanWordFound(row scanner) (wordFound, error) {
	var f wordFound
	dest, done := r.userDest(&f.User)
	err := row.Scan(append(dest, &f.word)...)
	done()
	return f, err
}

// scanWords lists the people who match a search by scanning the index of words,
// one range of the term after the other. A person with several matching words is
// listed at one of them: see placeOf.
func (r *Reader) scanWords(c portico.CustomerID, p listing, term word, from portico.UserID, limit int) ([]portico.User, error) {
	ranges, at := term.ranges(), ""
	if from != "" {
		last, err := r.User(c, from)
		if err != nil {
			return nil, err
		}
		at = placeOf(wordsOf(last), ranges)
	}
	inOrder := slices.Clone(ranges)
	if p.back {
		slices.Reverse(inOrder)
	}
	var users []portico.User
	for _, begins := range inOrder {
		switch {
		case !p.back && at >= after(begins), p.back && at < begins:
			continue
		case !p.back && at < begins:
			at, from = begins, ""
		case p.back && at >= after(begins):
			at, from = after(begins), ""
		}
		for more := true; more; {
			batch, err := r.scanRange(c, p, begins, at, from, limit)
			if err != nil {
				return nil, err
			}
			for _, f := range batch {
				at, from = f.word, f.ID
				if words := wordsOf(f.User); placeOf(words, ranges) != f.word || !p.matches(f.User, words) {
					continue
				}
				if users = append(users, f.User); len(users) == limit {
					return users, nil
				}
			}
			more = len(batch) == limit
		}
	}
	return users, nil
}

// scanRange returns the next rows of the index of words after the row at, from,
// or before it, within the words that begin with begins.
func (r *Reader) scanRange(c portico.CustomerID, p listing, begins, at string, from portico.UserID, limit int) ([]wordFound, error) {
	q := &query{sql: `SELECT ` + userColumns + `, w.word FROM user_words w CROSS JOIN users u
		WHERE u.id = w.user_id AND w.customer_id = `}
	q.sql += q.arg(c)
	order := ` ORDER BY w.word, w.user_id`
	if p.back {
		q.sql += ` AND (w.word, w.user_id) < (` + q.arg(at) + `, ` + q.arg(from) + `) AND w.word >= ` + q.arg(begins)
		order = ` ORDER BY w.word DESC, w.user_id DESC`
	} else {
		q.sql += ` AND (w.word, w.user_id) > (` + q.arg(at) + `, ` + q.arg(from) + `) AND w.word < ` + q.arg(after(begins))
	}
	q.filter(r, c, p)
	q.sql += order + ` LIMIT ` + q.arg(limit)
	return all(r, "searching people", r.scanWordFound, q.sql, q.args...)
}
