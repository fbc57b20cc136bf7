package imports

import (
	"fmt"

	"portico"
	"portico/internal/store"
	"portico/internal/users"
)

// countMails counts the rows of an import that cause a mail. Each counts once.
func countMails(rows []Row, invite bool) int {
	n := 0
	for _, row := range rows {
		if row.Action == RowCreate && invite && row.hash == "" || row.Action == RowUpdate && row.User.Email != row.previous.Email {
			n++
		}
	}
	return n
}

// countUninvited counts the created people who wait for an invitation that was
// not mailed.
func countUninvited(created []store.NewUser, invite bool) int {
	n := 0
	for _, a := range created {
		if a.Status == portico.Invited && !invite {
			n++
		}
	}
	return n
}

// countWaiting counts the people whom rows have found, and who are invited
// without a valid invitation. A refused row may be about somebody whom an earlier
// row of the same file created.
func countWaiting(r *store.Reader, rows []Row) (int, error) {
	var found []portico.User
	for i := range rows {
		if previous := rows[i].previous; previous != nil && rows[i].Action != RowRefused {
			found = append(found, *previous)
		}
	}
	waiting, err := r.Uninvited(found)
	return len(waiting), err
}

// errMailLimit is returned if an import has to wait until it may send mails again.
var errMailLimit = fmt.Errorf("%w: it may mail nobody within this hour any more", errSuperseded)

// A chunk must not need more mails than the limit of an hour: it would wait for
// ever. Otherwise this does not compile.
const _ = uint(users.MailsPerHour - jobChunk)
