package store

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"portico"
)

// Account is a person together with what only log-in may see.
type Account struct {
	portico.User
	CustomerSlug string
	CustomerName string
	LoginKey     string // canonical form of the login ID
	PasswordHash string // PHC string, empty while invited
	Epoch        int64
	FactorID     string         // of the authenticator, enabled or not; empty without one
	Policy       portico.Policy // the customer's
}

const accountColumns = `u.id, u.customer_id, u.login_id, u.first_name, u.last_name, u.email, u.role, u.labels, u.status,
	u.created_at, u.last_login_at, u.login_key, u.password_hash, u.epoch,
	u.password_expired, c.slug, c.name, c.remember_browsers, f.id, f.enabled`

const accountFrom = ` FROM users u JOIN customers c ON c.id = u.customer_id LEFT JOIN factors f ON f.user_id = u.id`

// accountDest gives Scan its places; done fills in what was scanned sideways.
func accountDest(a *Account) (dest []any, done func()) {
	var labels string
	var created, login int64
	var factor *string
	var enabled *bool
	dest = []any{
		&a.ID, &a.CustomerID, &a.LoginID, &a.FirstName, &a.LastName, &a.Email, &a.Role, &labels, &a.Status,
		&created, &login, &a.LoginKey, &a.PasswordHash, &a.Epoch,
		&a.PasswordExpired, &a.CustomerSlug, &a.CustomerName, &a.Policy.RememberBrowsers, &factor, &enabled,
	}
	return dest, func() {
		a.Labels = portico.ParseLabels(labels)
		a.CreatedAt, a.LastLoginAt = moment(created), moment(login)
		if factor != nil {
			a.FactorID = *factor
		}
		switch {
		case enabled == nil:
			a.TwoFactor = portico.TwoFactorNone
		case *enabled:
			a.TwoFactor = portico.TwoFactorEnabled
		default:
			a.TwoFactor = portico.TwoFactorDisabled
		}
	}
}

func scanAccount(row scanner) (Account, error) {
	var a Account
	dest, done := accountDest(&a)
	err := row.Scan(dest...)
	done()
	return a, err
}

func scanUser(row scanner) (portico.User, error) {
	a, err := scanAccount(row)
	return a.User, err
}

// User finds a customer's person.
func (r *Reader) User(c portico.CustomerID, id portico.UserID) (portico.User, error) {
	u, err := scanUser(r.q.QueryRowContext(r.ctx,
		`SELECT `+accountColumns+accountFrom+` WHERE u.customer_id = $1 AND u.id = $2`, c, id))
	return u, scanned("finding the person", err)
}

// UserByLogin finds a customer's person by the canonical login ID.
func (r *Reader) UserByLogin(c portico.CustomerID, key string) (portico.User, error) {
	u, err := scanUser(r.q.QueryRowContext(r.ctx,
		`SELECT `+accountColumns+accountFrom+` WHERE u.customer_id = $1 AND u.login_key = $2 AND u.login_key <> ''`, c, key))
	return u, scanned("finding the person", err)
}

// AccountByLogin finds whoever has the canonical login ID, in any customer.
func (r *Reader) AccountByLogin(key string) (Account, error) {
	a, err := scanAccount(r.q.QueryRowContext(r.ctx,
		`SELECT `+accountColumns+accountFrom+` WHERE u.login_key = $1 AND u.login_key <> ''`, key))
	return a, scanned("finding the account", err)
}

// Account finds the account that a session, a pending login or a link names.
func (r *Reader) Account(id portico.UserID) (Account, error) {
	a, err := scanAccount(r.q.QueryRowContext(r.ctx, `SELECT `+accountColumns+accountFrom+` WHERE u.id = $1`, id))
	return a, scanned("finding the account", err)
}

// PeopleCursor is a place in the list of people: after the person with this
// name and id. The zero value is the beginning.
type PeopleCursor struct {
	NameKey string
	ID      portico.UserID
}

// People lists a customer's people by name, limit at most, after the cursor.
func (r *Reader) People(c portico.CustomerID, after PeopleCursor, limit int) ([]portico.User, error) {
	return all(r, "listing people", scanUser,
		`SELECT `+accountColumns+accountFrom+` WHERE u.customer_id = $1 AND (u.name_key, u.id) > ($2, $3)
		 ORDER BY u.name_key, u.id LIMIT $4`, c, after.NameKey, after.ID, limit)
}

// CursorAt is the place in the list of people right after u.
func CursorAt(u portico.User) PeopleCursor { return PeopleCursor{NameKey: nameKey(u), ID: u.ID} }

// ActiveInRole counts a customer's active people of a role, without one.
func (r *Reader) ActiveInRole(c portico.CustomerID, role portico.Role, without portico.UserID) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx,
		`SELECT COUNT(*) FROM users WHERE customer_id = $1 AND role = $2 AND status = 'active' AND id <> $3`, c, role, without).Scan(&n)
	return n, scanned("counting active people", err)
}

// ActivePeople lists a customer's active people of a role, a hundred at most.
func (r *Reader) ActivePeople(c portico.CustomerID, role portico.Role) ([]Account, error) {
	return all(r, "listing active people", scanAccount, `SELECT `+accountColumns+accountFrom+`
		WHERE u.customer_id = $1 AND u.role = $2 AND u.status = 'active' ORDER BY u.id LIMIT 100`, c, role)
}

// Anybody reports whether there is any person at all.
func (r *Reader) Anybody() (bool, error) {
	var any bool
	err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&any)
	return any, scanned("looking for people", err)
}

// CreateUser adds a person. A login ID in use is ErrTaken.
func (tx *Tx) CreateUser(a Account) error {
	_, err := tx.exec("creating the person", `INSERT INTO users (id, customer_id, login_id, login_key, first_name, last_name, name_key,
		email, role, labels, status, password_hash, epoch, created_at, last_login_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		a.ID, a.CustomerID, a.LoginID, a.LoginKey, a.FirstName, a.LastName, nameKey(a.User),
		a.Email, a.Role, strings.Join(a.Labels, ";"), a.Status, a.PasswordHash, a.Epoch, millis(a.CreatedAt), millis(a.LastLoginAt))
	return err
}

// SaveProfile stores names, e-mail, labels, role and status of a customer's
// person.
func (tx *Tx) SaveProfile(c portico.CustomerID, u portico.User) error {
	return tx.execOne("saving the person", `UPDATE users SET first_name = $3, last_name = $4, name_key = $5, email = $6,
		role = $7, labels = $8, status = $9 WHERE customer_id = $1 AND id = $2`,
		c, u.ID, u.FirstName, u.LastName, nameKey(u), u.Email, u.Role, strings.Join(u.Labels, ";"), u.Status)
}

// ActivateUser turns an invited person into an active one. ErrNotFound when not
// invited, ErrTaken when the login ID is somebody else's.
func (tx *Tx) ActivateUser(id portico.UserID, loginID, loginKey, passwordHash string) error {
	return tx.execOne("activating the person", `UPDATE users SET login_id = $2, login_key = $3, password_hash = $4, status = 'active'
		WHERE id = $1 AND status = 'invited'`, id, loginID, loginKey, passwordHash)
}

// DeleteInvited removes a customer's person who was invited and never came.
func (tx *Tx) DeleteInvited(c portico.CustomerID, id portico.UserID) error {
	return tx.execOne("withdrawing the invitation",
		`DELETE FROM users WHERE customer_id = $1 AND id = $2 AND status = 'invited'`, c, id)
}

// SetPassword stores a new hash. ErrNotFound when the hash is no longer old,
// so that two changes at once cannot both count.
func (tx *Tx) SetPassword(id portico.UserID, old, hash string) error {
	return tx.execOne("saving the password", `UPDATE users SET password_hash = $3, password_expired = FALSE
		WHERE id = $1 AND password_hash = $2`, id, old, hash)
}

// Rehash stores another hash of the same password.
func (tx *Tx) Rehash(id portico.UserID, old, hash string) error {
	return tx.execOne("saving the password's new hash", `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, old, hash)
}

// ExpirePassword lets a password let nobody in any more.
func (tx *Tx) ExpirePassword(id portico.UserID) error {
	return tx.execOne("ending the password", `UPDATE users SET password_expired = TRUE WHERE id = $1`, id)
}

// LoggedIn notes the time of the last log-in.
func (tx *Tx) LoggedIn(id portico.UserID) error {
	return tx.execOne("noting the log-in", `UPDATE users SET last_login_at = $2 WHERE id = $1`, id, millis(tx.Now))
}

// EndAccess ends everything that was issued to a person: sessions (but the one
// to keep, "" for none), pending logins, set-ups in progress, remembered
// browsers and links, but for those that say "This wasn't me". The epoch makes sure of those that another node has just read. It returns the
// new epoch.
func (tx *Tx) EndAccess(id portico.UserID, keepSession string) (int64, error) {
	for _, q := range []string{
		`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`,
		`UPDATE sessions SET epoch = epoch + 1 WHERE user_id = $1 AND id = $2`,
	} {
		if _, err := tx.exec("ending sessions", q, id, keepSession); err != nil {
			return 0, err
		}
	}
	for _, q := range []string{
		`DELETE FROM pending_logins WHERE user_id = $1`,
		`DELETE FROM enrolments WHERE user_id = $1`,
		`DELETE FROM links WHERE user_id = $1 AND kind <> 'not-me'`,
		`UPDATE browsers SET trusted_until = 0 WHERE user_id = $1 AND trusted_until > 0`,
	} {
		if _, err := tx.exec("ending access", q, id); err != nil {
			return 0, err
		}
	}
	var epoch int64
	err := tx.q.QueryRowContext(tx.ctx, `UPDATE users SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch`, id).Scan(&epoch)
	return epoch, scanned("raising the epoch", err)
}

// nameKey is what lists sort by: the name as it is shown, without regard to
// case and composition.
func nameKey(u portico.User) string {
	return cases.Fold().String(norm.NFKC.String(u.Name()))
}
