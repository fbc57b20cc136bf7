package store

import (
	"portico"
)

// mostSelectiveTerm returns the searched word with the fewest matches in the index, and
// their number, which is counted up to smallResult+1.
func (r *Reader) mostSelectiveTerm(c portico.CustomerID, searched []string) (word string, n int, err error) {
	for i, w := range searched {
		var found int
		if err := scanned("searching", r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT user_id FROM user_words
			WHERE customer_id = $1 AND word >= $2 AND word < $3 LIMIT $4) AS found`, c, w, after(w), smallResult+1).Scan(&found)); err != nil {
			return "", 0, err
		}
		if i == 0 || found < n || found == n && len(w) > len(word) {
			word, n = w, found
		}
	}
	return word, n, nil
}

// sortSmall lists the people who match a search with few results, in the
// requested order.
func (r *Reader) sortSmall(c portico.CustomerID, p portico.PeopleQuery, searched []string, begins string, from portico.UserID, limit int) ([]portico.User, error) {
	q := &query{}
	q.from(`SELECT DISTINCT user_id FROM user_words WHERE customer_id = ` + q.arg(c) +
		` AND word >= ` + q.arg(begins) + ` AND word < ` + q.arg(after(begins)))
	q.sql += `u.customer_id = ` + q.arg(c)
	q.filter(r, c, p.Filter)
	q.sql += orderBy(p)
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

// wordFound is a person, with the word of the index that matched.
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

// scanWords lists the people who match a search by scanning the index of words.
// A person with several matching words is listed at the first of them.
func (r *Reader) scanWords(c portico.CustomerID, p portico.PeopleQuery, searched []string, begins string, from portico.UserID, limit int) ([]portico.User, error) {
	word := begins
	if from != "" {
		last, err := r.User(c, from)
		if err != nil {
			return nil, err
		}
		word = firstWithPrefix(wordsOf(last), begins)
	}
	var users []portico.User
	for {
		q := &query{sql: `SELECT ` + userColumns + `, w.word FROM user_words w CROSS JOIN users u
			LEFT JOIN factors f ON f.user_id = u.id WHERE u.id = w.user_id AND w.customer_id = `}
		q.sql += q.arg(c) + ` AND (w.word, w.user_id) > (` + q.arg(word) + `, ` + q.arg(from) + `) AND w.word < ` + q.arg(after(begins))
		q.filter(r, c, p.Filter)
		q.sql += ` ORDER BY w.word, w.user_id LIMIT ` + q.arg(limit)
		batch, err := all(r, "searching people", scanWordFound, q.sql, q.args...)
		if err != nil {
			return nil, err
		}
		for _, f := range batch {
			word, from = f.word, f.ID
			if words := wordsOf(f.User); firstWithPrefix(words, begins) != f.word || !begin(words, searched) {
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
