package store

import "portico"

// RevokeAll ends all sessions, pending logins, enrolments, known browsers,
// links, imports, mails, reset codes and open requests of everybody. It also
// uses up every time step until step, has customers that are to be deleted wait
// anew, and forgets which nodes serve.
func (tx *Tx) RevokeAll(step int64) error {
	for _, statement := range []string{
		`DELETE FROM enrolments`, `DELETE FROM sessions`, `DELETE FROM pending_logins`, `DELETE FROM browsers`, `DELETE FROM links`, `DELETE FROM imports`,
		`DELETE FROM mails`, // their links have ended, and most were sent after the backup
		`DELETE FROM reset_codes`,
		`DELETE FROM nodes`, // none of them serves this copy
	} {
		if _, err := tx.exec("ending everything", statement); err != nil {
			return err
		}
	}
	// Requests that were cancelled after the backup are open again.
	if _, err := tx.exec("ending requests", `UPDATE reset_requests SET state = 'cancelled', ended_at = $1, ended_why = 'restored from a backup' WHERE state = 'open'`,
		toMillis(tx.Now)); err != nil {
		return err
	}
	// So is a deletion of a customer that was cancelled after the backup: operators
	// get time to cancel it again.
	if _, err := tx.exec("putting off deletions", `UPDATE customers SET delete_at = $1 WHERE delete_at > 0 AND NOT deleting`,
		toMillis(tx.Now.Add(portico.CustomerDeletionWait))); err != nil {
		return err
	}
	_, err := tx.exec("using up time steps", `UPDATE authenticators SET last_step = $1 WHERE last_step < $1`, step)
	return err
}
