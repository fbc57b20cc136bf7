package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico"
)

// Reset is a request for a 2FA reset, with values that only the code of resets
// may see.
type Reset struct {
	portico.ResetRequest
	NextCheckAt  time.Time // when it next has to be looked at without anybody's action
	CallHash     string    // of the code that the caller reads back; empty if there is none
	CallUntil    time.Time
	CallAttempts int
	Calls        int
	CodeShownAt  time.Time
	Frozen       bool // the target's account was frozen because of this request
	FlaggedAt    time.Time

	rule string // as it is stored
	mac  []byte // that the portal wrote what decides about the request
}

// fields returns what the MAC of a request covers: who asked for what, and
// everything that decides about its next step.
// A request for one authenticator has more of them than one for the whole setup, so
// that neither can be made into the other.
func (r Reset) fields() []string {
	at := func(t time.Time) string { return strconv.FormatInt(toMillis(t), 10) }
	fields := []string{
		string(r.ID), string(r.CustomerID), string(r.Target), r.TargetName, r.Setup,
		string(r.Requester.Kind), string(r.Requester.UserID), string(r.Requester.CustomerID), string(r.Requester.Role), r.Requester.Name, r.Requester.LoginID, r.Requester.Origin.Address, r.Requester.Origin.Browser,
		strconv.FormatInt(r.RequesterEpoch, 10), r.Reason, r.rule, strconv.FormatBool(r.NoApprover), strconv.FormatBool(r.DeliverInPerson), r.HelpDeskPhrase, at(r.AskedAt),
		string(r.Proof.Kind), r.Proof.Text, string(r.Proof.By), r.Proof.Name, at(r.Proof.At),
		string(r.Approval.By), strconv.FormatInt(r.Approval.Epoch, 10), r.Approval.Name, at(r.Approval.At),
		string(r.State), at(r.EndedAt),
	}
	if r.Only != (portico.Authenticator{}) {
		fields = append(fields, r.Only.ID, string(r.Only.Kind), r.Only.Name)
	}
	return fields
}

// writeRule sets the stored form of the rule of a new request. A request that was
// read keeps the form that was read.
func (r *Reset) writeRule() error {
	if r.rule != "" {
		return nil
	}
	rule, err := json.Marshal(r.Rule)
	if err != nil {
		return fmt.Errorf("writing the rule of a request: %w", err)
	}
	r.rule = string(rule)
	return nil
}

const resetsTable = "reset_requests"

// ProvedReset reports whether a request bears the right MAC.
func (tx *Tx) ProvedReset(r Reset) bool { return tx.proved(resetsTable, r.fields(), r.mac) }

// proveResets gives all requests a new MAC.
func (tx *Tx) proveResets() error {
	resets, err := all(&tx.Reader, "listing requests", scanReset, `SELECT `+resetColumns+` FROM reset_requests r`)
	if err != nil {
		return err
	}
	return tx.insert("proving requests", `UPDATE reset_requests SET mac = $2 WHERE id = $1`, len(resets), func(i int) []any {
		return []any{resets[i].ID, tx.RowMAC(resetsTable, resets[i].fields())}
	})
}

const resetColumns = `r.id, r.customer_id, r.target_id, r.target_name, r.factor_id, r.by_kind, r.by_id, r.by_customer, r.by_role, r.by_name,
	r.by_login, r.by_address, r.by_browser, r.by_epoch, r.reason, r.rule, r.alone, r.hand_over, r.phrase, r.asked_at,
	r.proof_kind, r.proof_text, r.proof_by, r.proof_name, r.proof_at, r.approved_by, r.approved_epoch, r.approved_name, r.approved_at,
	r.state, r.ended_at, r.ended_by, r.ended_why, r.look_at, r.call_hash, r.call_until, r.call_tries, r.calls, r.code_shown_at, r.frozen, r.flagged_at, r.only_id, r.only_kind, r.only_name, r.mac`

// scanReset reads a request. A rule that cannot be read is an error, so that
// nothing is done by it.
func scanReset(row scanner) (Reset, error) {
	var r Reset
	var asked, proved, approved, ended, look, call, shown, flagged int64
	err := row.Scan(&r.ID, &r.CustomerID, &r.Target, &r.TargetName, &r.Setup, &r.Requester.Kind, &r.Requester.UserID, &r.Requester.CustomerID, &r.Requester.Role, &r.Requester.Name,
		&r.Requester.LoginID, &r.Requester.Origin.Address, &r.Requester.Origin.Browser, &r.RequesterEpoch, &r.Reason, &r.rule, &r.NoApprover, &r.DeliverInPerson, &r.HelpDeskPhrase, &asked,
		&r.Proof.Kind, &r.Proof.Text, &r.Proof.By, &r.Proof.Name, &proved, &r.Approval.By, &r.Approval.Epoch, &r.Approval.Name, &approved,
		&r.State, &ended, &r.EndedBy, &r.EndReason, &look, &r.CallHash, &call, &r.CallAttempts, &r.Calls, &shown, &r.Frozen, &flagged, &r.Only.ID, &r.Only.Kind, &r.Only.Name, &r.mac)
	if err != nil {
		return r, err
	}
	r.AskedAt, r.Proof.At, r.Approval.At, r.EndedAt = fromMillis(asked), fromMillis(proved), fromMillis(approved), fromMillis(ended)
	r.NextCheckAt, r.CallUntil, r.CodeShownAt, r.FlaggedAt = fromMillis(look), fromMillis(call), fromMillis(shown), fromMillis(flagged)
	if err := json.Unmarshal([]byte(r.rule), &r.Rule); err != nil {
		return r, fmt.Errorf("reading the rule of a request: %w", err)
	}
	return r, nil
}

// CreateReset adds a request. It returns ErrTaken if another request for the
// same person is open.
func (tx *Tx) CreateReset(c portico.CustomerID, r Reset) error {
	r.CustomerID, r.State = c, portico.ResetOpen
	if err := r.writeRule(); err != nil {
		return err
	}
	return tx.execOne("saving the request", `INSERT INTO reset_requests (id, customer_id, target_id, target_name, factor_id, by_kind, by_id, by_customer,
		by_role, by_name, by_login, by_address, by_browser, by_epoch, reason, rule, alone, hand_over, phrase, asked_at,
		proof_kind, proof_text, proof_by, proof_name, proof_at, approved_by, approved_epoch, approved_name, approved_at,
		state, ended_at, ended_by, ended_why, look_at, call_hash, call_until, call_tries, calls, code_shown_at, frozen, flagged_at, mac, only_id, only_kind, only_name)
		SELECT $1, u.customer_id, u.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
		'', '', '', '', 0, '', 0, '', 0, 'open', 0, '', '', $21, '', 0, 0, 0, 0, FALSE, 0, $22, $23, $24, $25
		FROM users u WHERE u.customer_id = $2 AND u.id = $3`,
		r.ID, c, r.Target, r.TargetName, r.Setup, r.Requester.Kind, r.Requester.UserID, r.Requester.CustomerID, r.Requester.Role, r.Requester.Name,
		r.Requester.LoginID, r.Requester.Origin.Address, r.Requester.Origin.Browser, r.RequesterEpoch, r.Reason, r.rule, r.NoApprover, r.DeliverInPerson, r.HelpDeskPhrase, toMillis(r.AskedAt), toMillis(r.NextCheckAt),
		tx.RowMAC(resetsTable, r.fields()), r.Only.ID, r.Only.Kind, r.Only.Name)
}

// StepReset stores the next state of a customer's open request. It returns
// ErrNotFound if the request is no longer open. If several try to end a request
// at once, only the first succeeds.
func (tx *Tx) StepReset(c portico.CustomerID, r Reset) error {
	if err := r.writeRule(); err != nil {
		return err
	}
	return tx.execOne("saving the request", `UPDATE reset_requests SET proof_kind = $3, proof_text = $4, proof_by = $5, proof_name = $6, proof_at = $7,
		approved_by = $8, approved_epoch = $9, approved_name = $10, approved_at = $11, state = $12, ended_at = $13, ended_by = $14, ended_why = $15,
		look_at = $16, frozen = $17, hand_over = $18, mac = $19 WHERE customer_id = $1 AND id = $2 AND state = 'open'`,
		c, r.ID, r.Proof.Kind, r.Proof.Text, r.Proof.By, r.Proof.Name, toMillis(r.Proof.At),
		r.Approval.By, r.Approval.Epoch, r.Approval.Name, toMillis(r.Approval.At), r.State, toMillis(r.EndedAt), r.EndedBy, r.EndReason, toMillis(r.NextCheckAt), r.Frozen, r.DeliverInPerson,
		tx.RowMAC(resetsTable, r.fields()))
}

// Reset returns a customer's request.
func (r *Reader) Reset(c portico.CustomerID, id portico.ResetID) (Reset, error) {
	found, err := scanReset(r.q.QueryRowContext(r.ctx, `SELECT `+resetColumns+` FROM reset_requests r WHERE r.customer_id = $1 AND r.id = $2`, c, id))
	return found, scanned("finding the request", err)
}

// OpenReset returns the open request for a customer's person.
func (r *Reader) OpenReset(c portico.CustomerID, target portico.UserID) (Reset, error) {
	found, err := scanReset(r.q.QueryRowContext(r.ctx, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.customer_id = $1 AND r.target_id = $2 AND r.state = 'open'`, c, target))
	return found, scanned("finding the open request", err)
}

// Resets lists a customer's requests, newest first, at most limit.
func (r *Reader) Resets(c portico.CustomerID, limit int) ([]Reset, error) {
	return all(r, "listing requests", scanReset, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.customer_id = $1 ORDER BY r.asked_at DESC, r.id DESC LIMIT $2`, c, limit)
}

// OpenResetsOf returns which of a customer's people have an open request, and
// which one.
func (r *Reader) OpenResetsOf(c portico.CustomerID, users []portico.User) (map[portico.UserID]portico.ResetID, error) {
	open := map[portico.UserID]portico.ResetID{}
	if len(users) == 0 {
		return open, nil
	}
	q := &query{}
	marks := make([]string, len(users))
	for i, u := range users {
		marks[i] = q.arg(u.ID)
	}
	q.sql = `SELECT target_id, id FROM reset_requests WHERE state = 'open' AND target_id IN (` + strings.Join(marks, ", ") + `) AND customer_id || '' = ` + q.arg(c)
	found, err := all(r, "finding open requests", func(row scanner) (reset Reset, err error) {
		return reset, row.Scan(&reset.Target, &reset.ID)
	}, q.sql, q.args...)
	for _, reset := range found {
		open[reset.Target] = reset.ID
	}
	return open, err
}

// CountOpenResets counts a customer's open requests that are about people in some
// roles, or about or by one person, up to most.
func (r *Reader) CountOpenResets(c portico.CustomerID, roles []portico.Role, person portico.UserID, most int) (n int, err error) {
	q := &query{}
	marks := []string{`''`}
	for _, role := range roles {
		marks = append(marks, q.arg(role))
	}
	// The index by look_at holds the open requests alone, and these are few.
	q.sql = `SELECT COUNT(*) FROM (SELECT r.id FROM reset_requests r JOIN users u ON u.id = r.target_id
		WHERE r.state = 'open' AND r.look_at >= 0 AND r.customer_id || '' = ` + q.arg(c) + ` AND (u.role IN (` + strings.Join(marks, ", ") + `)`
	q.sql += ` OR r.target_id = ` + q.arg(person) + ` OR r.by_id = ` + q.arg(person) + `) LIMIT ` + q.arg(most) + `) AS waiting`
	err = r.q.QueryRowContext(r.ctx, q.sql, q.args...).Scan(&n)
	return n, scanned("counting open requests", err)
}

// OpenResets lists a customer's open requests, oldest first, at most limit.
func (r *Reader) OpenResets(c portico.CustomerID, limit int) ([]Reset, error) {
	return all(r, "listing open requests", scanReset, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.customer_id = $1 AND r.state = 'open' ORDER BY r.asked_at, r.id LIMIT $2`, c, limit)
}

// ResetsOf lists the requests about a customer's person since an instant,
// newest first, at most limit.
func (r *Reader) ResetsOf(c portico.CustomerID, target portico.UserID, since time.Time, limit int) ([]Reset, error) {
	return all(r, "listing requests about somebody", scanReset, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.target_id = $1 AND r.customer_id = $2 AND r.asked_at > $3 ORDER BY r.asked_at DESC LIMIT $4`, target, c, toMillis(since), limit)
}

// LastReset returns the last request about a customer's person that was done.
func (r *Reader) LastReset(c portico.CustomerID, target portico.UserID) (Reset, error) {
	found, err := scanReset(r.q.QueryRowContext(r.ctx, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.target_id = $1 AND r.customer_id = $2 AND r.state = 'done' ORDER BY r.ended_at DESC LIMIT 1`, target, c))
	return found, scanned("finding the last reset", err)
}

// ResetsBy lists the requests that a person has made in a customer since an
// instant, newest first, at most limit.
func (r *Reader) ResetsBy(c portico.CustomerID, by portico.UserID, since time.Time, limit int) ([]Reset, error) {
	return all(r, "listing requests by somebody", scanReset, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.by_id = $1 AND r.customer_id = $2 AND r.asked_at > $3 ORDER BY r.asked_at DESC LIMIT $4`, by, c, toMillis(since), limit)
}

// ResetRequester is how many requests somebody has made.
type ResetRequester struct {
	By       portico.UserID
	Requests int
}

// ResetRequesters lists who has made requests in a customer since an instant, but
// for the command line.
func (r *Reader) ResetRequesters(c portico.CustomerID, since time.Time) ([]ResetRequester, error) {
	return all(r, "counting requests", func(row scanner) (a ResetRequester, err error) {
		err = row.Scan(&a.By, &a.Requests)
		return a, err
	}, `SELECT r.by_id, COUNT(*) FROM reset_requests r WHERE r.customer_id = $1 AND r.asked_at > $2 AND r.by_id <> ''
		GROUP BY r.by_id ORDER BY r.by_id`, c, toMillis(since))
}

// ResetsToCheck lists the open requests of all customers whose NextCheckAt has
// come, at most limit.
func (r *Reader) ResetsToCheck(limit int) ([]Reset, error) {
	return all(r, "listing due requests", scanReset, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.state = 'open' AND r.look_at <= $1 ORDER BY r.look_at LIMIT $2`, toMillis(r.Now), limit)
}

// FreezingReset returns the request because of which the account of a
// customer's person is frozen.
func (r *Reader) FreezingReset(c portico.CustomerID, target portico.UserID) (Reset, error) {
	found, err := scanReset(r.q.QueryRowContext(r.ctx, `SELECT `+resetColumns+` FROM reset_requests r
		WHERE r.customer_id = $1 AND r.target_id = $2 AND r.frozen ORDER BY r.asked_at DESC LIMIT 1`, c, target))
	return found, scanned("finding what froze the account", err)
}

// Unfreeze records that an account is no longer frozen.
func (tx *Tx) Unfreeze(c portico.CustomerID, target portico.UserID) error {
	_, err := tx.exec("thawing the account", `UPDATE reset_requests SET frozen = FALSE WHERE customer_id = $1 AND target_id = $2 AND frozen`, c, target)
	return err
}

// ForgetResets removes at most a hundred requests that ended before an instant.
// A request that froze an account stays as long as the account is frozen.
func (tx *Tx) ForgetResets(before time.Time) (int64, error) {
	return tx.exec("removing old requests", `DELETE FROM reset_requests WHERE id IN
		(SELECT id FROM reset_requests WHERE state <> 'open' AND NOT frozen AND ended_at > 0 AND ended_at < $1 LIMIT 100)`, toMillis(before))
}

// SaveCallCode stores a code that was mailed to be read back. It returns
// ErrNotFound if ResetCalls codes were mailed before, or if the request is no
// longer open.
func (tx *Tx) SaveCallCode(c portico.CustomerID, id portico.ResetID, hash string, until time.Time) error {
	return tx.execOne("saving the code to be read back", `UPDATE reset_requests SET call_hash = $3, call_until = $4, call_tries = 0, calls = calls + 1
		WHERE customer_id = $1 AND id = $2 AND state = 'open' AND calls < $5`, c, id, hash, toMillis(until), portico.ResetCalls)
}

// RecordCallAttempt records an attempt at a code before the code is checked. It
// returns ErrNotFound if the code has had all its attempts or has expired.
func (tx *Tx) RecordCallAttempt(c portico.CustomerID, id portico.ResetID) error {
	return tx.execOne("charging the attempt", `UPDATE reset_requests SET call_tries = call_tries + 1
		WHERE customer_id = $1 AND id = $2 AND state = 'open' AND call_hash <> '' AND call_until > $3 AND call_tries < $4`,
		c, id, toMillis(tx.Now), portico.ResetCallTries)
}

// ShowResetCode records that the reset code of a request is shown now. It
// returns ErrNotFound if it was shown before.
func (tx *Tx) ShowResetCode(c portico.CustomerID, id portico.ResetID) error {
	return tx.execOne("noting that the code was shown", `UPDATE reset_requests SET code_shown_at = $3
		WHERE customer_id = $1 AND id = $2 AND state = 'done' AND code_shown_at = 0`, c, id, toMillis(tx.Now))
}

// FlagReset records that something suspicious happened after a reset. It
// returns false if that was recorded before.
func (tx *Tx) FlagReset(c portico.CustomerID, id portico.ResetID) (bool, error) {
	n, err := tx.exec("flagging the request", `UPDATE reset_requests SET flagged_at = $3 WHERE customer_id = $1 AND id = $2 AND flagged_at = 0`, c, id, toMillis(tx.Now))
	return n == 1, err
}

// PolicyGrace returns the reset policy that stays in force for some time after it
// was relaxed, and until when. It returns ErrNotFound if there is none.
func (r *Reader) PolicyGrace(c portico.CustomerID) (held portico.ResetPolicy, until time.Time, err error) {
	var text string
	var ms int64
	err = scanned("finding the policy from before", r.q.QueryRowContext(r.ctx,
		`SELECT policy, until FROM reset_holds WHERE customer_id = $1 AND until > $2`, c, toMillis(r.Now)).Scan(&text, &ms))
	if err == nil {
		err = json.Unmarshal([]byte(text), &held)
	}
	return held, fromMillis(ms), err
}

// SavePolicyGrace keeps a reset policy in force until an instant.
func (tx *Tx) SavePolicyGrace(c portico.CustomerID, p portico.ResetPolicy, until time.Time) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("writing the policy from before: %w", err)
	}
	_, err = tx.exec("saving the policy from before", `INSERT INTO reset_holds (customer_id, policy, until) VALUES ($1, $2, $3)
		ON CONFLICT (customer_id) DO UPDATE SET policy = excluded.policy, until = excluded.until`, c, string(text), toMillis(until))
	return err
}
