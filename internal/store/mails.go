package store

import (
	"time"

	"portico"
)

// Mail is a mail that is to be sent.
type Mail struct {
	ID        string
	UserID    portico.UserID
	Kind      string
	Bulk      bool   // goes out after those that somebody waits for
	Sealed    []byte // what it says
	CreatedAt time.Time
	DueAt     time.Time
	Attempts  int // that failed
	Problem   string
}

const mailColumns = `id, user_id, kind, bulk, sealed, created_at, due_at, attempts, problem`

func scanMail(row scanner) (Mail, error) {
	var m Mail
	var created, due int64
	err := row.Scan(&m.ID, &m.UserID, &m.Kind, &m.Bulk, &m.Sealed, &created, &due, &m.Attempts, &m.Problem)
	m.CreatedAt, m.DueAt = moment(created), moment(due)
	return m, err
}

// PutMail stores a mail that is to be sent from now on.
func (tx *Tx) PutMail(m Mail) error {
	_, err := tx.exec("queueing the mail", `INSERT INTO mails (`+mailColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $6, 0, '')`,
		m.ID, m.UserID, m.Kind, m.Bulk, m.Sealed, millis(tx.Now))
	return err
}

// DropMails takes back the mails of a kind that have not gone out to a person.
func (tx *Tx) DropMails(id portico.UserID, kind string) error {
	_, err := tx.exec("taking mails back", `DELETE FROM mails WHERE user_id = $1 AND kind = $2`, id, kind)
	return err
}

// DueMails lists the mails that are to be tried now, oldest first, limit at
// most: of the bulk, or of the others.
func (r *Reader) DueMails(bulk bool, limit int) ([]Mail, error) {
	return all(r, "finding mails to send", scanMail, `SELECT `+mailColumns+` FROM mails
		WHERE bulk = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3`, bulk, millis(r.Now), limit)
}

// PutOffMail moves a mail to a later time, with how often and why it failed.
// ErrNotFound when somebody else has taken it since it was read.
func (tx *Tx) PutOffMail(m Mail, due time.Time) error {
	return tx.execOne("putting the mail off", `UPDATE mails SET due_at = $3, attempts = $4, problem = $5 WHERE id = $1 AND due_at = $2`,
		m.ID, millis(m.DueAt), millis(due), m.Attempts, m.Problem)
}

// DeleteMail marks a mail as done with.
func (tx *Tx) DeleteMail(id string) error {
	_, err := tx.exec("removing the mail", `DELETE FROM mails WHERE id = $1`, id)
	return err
}

// MailQueue is what waits to be sent, all customers together.
type MailQueue struct {
	Waiting int // as many as were counted
	Oldest  time.Time
	Problem string // why the oldest was not taken; "" when it was not tried
}

// MailQueue looks at the queue; it counts most mails at most.
func (r *Reader) MailQueue(most int) (MailQueue, error) {
	var q MailQueue
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM mails LIMIT $1) AS waiting`, most).Scan(&q.Waiting)
	if err != nil || q.Waiting == 0 {
		return q, scanned("counting mails", err)
	}
	oldest, err := all(r, "finding the oldest mail", scanMail, `SELECT `+mailColumns+` FROM mails ORDER BY id LIMIT 1`)
	if len(oldest) > 0 {
		q.Oldest, q.Problem = oldest[0].CreatedAt, oldest[0].Problem
	}
	return q, err
}

// MailDelay says since when a customer's person waits for a mail that could
// not be sent, and when it is tried again; zero when there is none.
func (r *Reader) MailDelay(c portico.CustomerID, id portico.UserID) (portico.MailDelay, error) {
	late, err := all(r, "finding mails that wait", scanMail, `SELECT m.id, m.user_id, m.kind, m.bulk, m.sealed, m.created_at, m.due_at, m.attempts, m.problem
		FROM mails m JOIN users u ON u.id = m.user_id WHERE u.customer_id = $1 AND m.user_id = $2 AND m.attempts > 0 ORDER BY m.id LIMIT 1`, c, id)
	if err != nil || len(late) == 0 {
		return portico.MailDelay{}, err
	}
	return portico.MailDelay{Since: late[0].CreatedAt, Next: late[0].DueAt}, nil
}
