package store

import (
	"time"

	"portico"
)

// Mail is a mail in the outbox.
type Mail struct {
	ID        string
	UserID    portico.UserID
	Kind      string
	Bulk      bool   // sent after those that somebody waits for
	Sealed    []byte // content, encrypted
	CreatedAt time.Time
	DueAt     time.Time
	Attempts  int // failed ones
	Problem   string
	// Unanswered is how often it was sent, or begun to be, and nobody knows what
	// became of it.
	Unanswered int
}

const mailColumns = `id, user_id, kind, bulk, sealed, created_at, due_at, attempts, problem, unanswered`

func scanMail(row scanner) (Mail, error) {
	var m Mail
	var created, due int64
	err := row.Scan(&m.ID, &m.UserID, &m.Kind, &m.Bulk, &m.Sealed, &created, &due, &m.Attempts, &m.Problem, &m.Unanswered)
	m.CreatedAt, m.DueAt = fromMillis(created), fromMillis(due)
	return m, err
}

// PutMail stores a mail, which may be sent from now on.
func (tx *Tx) PutMail(m Mail) error {
	_, err := tx.exec("queueing the mail", `INSERT INTO mails (`+mailColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $6, 0, '', 0)`,
		m.ID, m.UserID, m.Kind, m.Bulk, m.Sealed, toMillis(tx.Now))
	return err
}

// DropMails removes the unsent mails of a kind to a person.
func (tx *Tx) DropMails(id portico.UserID, kind string) error {
	_, err := tx.exec("taking mails back", `DELETE FROM mails WHERE user_id = $1 AND kind = $2`, id, kind)
	return err
}

// DueMails lists the mails, bulk or not, that should be tried now, longest due
// first, at most limit.
func (r *Reader) DueMails(bulk bool, limit int) ([]Mail, error) {
	return all(r, "finding mails to send", scanMail, `SELECT `+mailColumns+` FROM mails
		WHERE bulk = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3`, bulk, toMillis(r.Now), limit)
}

// RescheduleMail moves a mail to a later time, and records how often and why it
// failed, and how often it was unanswered. It returns ErrNotFound if another program
// has taken the mail since it was read.
func (tx *Tx) RescheduleMail(m Mail, due time.Time) error {
	return tx.execOne("putting the mail off", `UPDATE mails SET due_at = $3, attempts = $4, problem = $5, unanswered = $6 WHERE id = $1 AND due_at = $2`,
		m.ID, toMillis(m.DueAt), toMillis(due), m.Attempts, m.Problem, m.Unanswered)
}

// DeleteMail removes a mail that was sent or given up.
func (tx *Tx) DeleteMail(id string) error {
	_, err := tx.exec("removing the mail", `DELETE FROM mails WHERE id = $1`, id)
	return err
}

// MailQueue is the state of the outbox, for all customers together.
type MailQueue struct {
	Waiting int // counted up to a limit
	Oldest  time.Time
	Problem string // why sending the oldest failed; "" if it was not tried
}

// MailQueue returns the state of the outbox. It counts at most most mails.
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

// MailDelay returns since when a mail to a customer's person could not be sent,
// and when it is tried again. Both are zero if there is none.
func (r *Reader) MailDelay(c portico.CustomerID, id portico.UserID) (portico.MailDelay, error) {
	late, err := all(r, "finding mails that wait", scanMail, `SELECT m.id, m.user_id, m.kind, m.bulk, m.sealed, m.created_at, m.due_at, m.attempts, m.problem, m.unanswered
		FROM mails m JOIN users u ON u.id = m.user_id WHERE u.customer_id = $1 AND m.user_id = $2 AND m.attempts > 0 ORDER BY m.id LIMIT 1`, c, id)
	if err != nil || len(late) == 0 {
		return portico.MailDelay{}, err
	}
	return portico.MailDelay{Since: late[0].CreatedAt, Next: late[0].DueAt}, nil
}

// PutMailRefusal records that mails to an address of a person are refused.
func (tx *Tx) PutMailRefusal(id portico.UserID, email, reason string) error {
	_, err := tx.exec("recording a refused mail", `INSERT INTO mail_refusals (user_id, email, refused_at, reason) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, refused_at = excluded.refused_at, reason = excluded.reason`,
		id, email, toMillis(tx.Now), reason)
	return err
}

// DeleteMailRefusal removes the refusal of an address to which a mail was sent.
func (tx *Tx) DeleteMailRefusal(id portico.UserID, email string) error {
	_, err := tx.exec("removing a refusal", `DELETE FROM mail_refusals WHERE user_id = $1 AND email = $2`, id, email)
	return err
}

// MailRefusals says how many people's present addresses the mail server refuses, and
// whose it has refused last.
type MailRefusals struct {
	People int
	Newest portico.MailRefusal
	Of     portico.User
}

// MailRefusals returns the refusals of all customers together.
func (r *Reader) MailRefusals() (m MailRefusals, err error) {
	const refused = ` FROM mail_refusals m JOIN users u ON u.id = m.user_id AND u.email = m.email`
	if err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*)`+refused).Scan(&m.People); err != nil || m.People == 0 {
		return m, scanned("counting refused mails", err)
	}
	var id portico.UserID
	var at int64
	err = r.q.QueryRowContext(r.ctx, `SELECT u.id, m.refused_at, m.reason`+refused+` ORDER BY m.refused_at DESC, u.id LIMIT 1`).Scan(&id, &at, &m.Newest.Reason)
	if err != nil {
		return m, scanned("finding the newest refused mail", err)
	}
	m.Newest.At = fromMillis(at)
	a, err := r.Account(id)
	m.Of = a.User
	return m, err
}

// MailRefusal returns when and why a mail to the present address of a customer's
// person was refused. It is zero if none was.
func (r *Reader) MailRefusal(c portico.CustomerID, id portico.UserID) (portico.MailRefusal, error) {
	found, err := all(r, "finding a refused mail", func(row scanner) (portico.MailRefusal, error) {
		var m portico.MailRefusal
		var at int64
		err := row.Scan(&at, &m.Reason)
		m.At = fromMillis(at)
		return m, err
	}, `SELECT m.refused_at, m.reason FROM mail_refusals m JOIN users u ON u.id = m.user_id AND u.email = m.email
		WHERE u.customer_id = $1 AND m.user_id = $2`, c, id)
	if err != nil || len(found) == 0 {
		return portico.MailRefusal{}, err
	}
	return found[0], nil
}
