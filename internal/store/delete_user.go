package store

import (
	"portico"
)

// DeleteUser removes a customer's person, and everything that belongs to the
// person: what refers to the row goes with it. Requests for 2FA resets that name
// the person stay without the name. The audit log keeps its events, and the login
// ID is held back.
func (tx *Tx) DeleteUser(c portico.CustomerID, id portico.UserID) error {
	was, err := tx.accountIn(c, id)
	if err != nil {
		return err
	}
	if err := tx.indexWords(c, id, indexOf(wordsOf(was.User)), nil); err != nil {
		return err
	}
	if err := tx.forgetInResets(was.User); err != nil {
		return err
	}
	if _, err := tx.exec("removing failures", `DELETE FROM throttle WHERE user_id = $1`, id); err != nil {
		return err
	}
	return tx.changingLoginKeys([]loginKeyChange{{c, id, was.LoginKey, ""}}, func() error {
		return tx.counting(id, func() error {
			return tx.execOne("deleting the person", `DELETE FROM users WHERE customer_id = $1 AND id = $2`, c, id)
		})
	})
}

// deletedName stands in place of the name of a person who was deleted.
const deletedName = string(portico.DeletedName)

// ResetsNaming lists the requests, of any customer, that name somebody beside
// their target: who asked, who approved, and who proved something.
func (r *Reader) ResetsNaming(id portico.UserID) ([]Reset, error) {
	return all(r, "listing requests that name somebody", scanReset, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.target_id <> $1 AND (r.by_id = $1 OR r.proof_by = $1 OR r.approved_by = $1) ORDER BY r.id`, id)
}

// forgetInResets removes a person from the requests about others. A request
// that the portal has not written gets no MAC by that.
func (tx *Tx) forgetInResets(u portico.User) error {
	id := u.ID
	resets, err := tx.ResetsNaming(id)
	if err != nil {
		return err
	}
	for _, r := range resets {
		proved := tx.ProvedReset(r)
		if r.Requester.UserID == id {
			r.Requester.UserID, r.Requester.Name, r.Requester.LoginID, r.Requester.Origin = "", deletedName, "", portico.Origin{}
		}
		if r.Proof.By == id {
			r.Proof.By, r.Proof.Name = "", deletedName
		}
		if r.Approval.By == id {
			r.Approval.By, r.Approval.Name = "", deletedName
		}
		if r.EndedBy == u.Name() {
			r.EndedBy = deletedName
		}
		if proved {
			r.mac = tx.RowMAC(resetsTable, r.fields())
		}
		if err := tx.execOne("removing somebody from a request", `UPDATE reset_requests SET by_id = $2, by_name = $3, by_login = $4, by_address = $5, by_browser = $6,
			proof_by = $7, proof_name = $8, approved_by = $9, approved_name = $10, mac = $11, ended_by = $12 WHERE id = $1`,
			r.ID, r.Requester.UserID, r.Requester.Name, r.Requester.LoginID, r.Requester.Origin.Address, r.Requester.Origin.Browser,
			r.Proof.By, r.Proof.Name, r.Approval.By, r.Approval.Name, r.mac, r.EndedBy); err != nil {
			return err
		}
	}
	return nil
}
