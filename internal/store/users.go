package store

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"portico"
)

// Account is a person together with what only log-in may see.
type Account struct {
	portico.User
	Customer     portico.Customer
	LoginKey     string // canonical form of the login ID
	PasswordHash string // a PHC string; empty while invited
	Epoch        int64
	EndedAt      time.Time // everything that was issued until then to anybody in the customer has ended

	AddressVersion, AddressSettled int64 // see Address
}

// Address returns the account's mail address with its history.
func (a Account) Address() portico.AddressState {
	return portico.AddressState{Email: a.Email, Version: a.AddressVersion, Settled: a.AddressSettled}
}

const userColumns = `u.id, u.customer_id, u.login_id, u.first_name, u.last_name, u.email, u.role, u.labels, u.status,
	u.created_at, u.last_login_at, u.password_expired, u.must_set_up, u.exempt_until, u.exempt_reason, u.language, ` + factors

// factors has a word for each of a person's authenticators, and is NULL if there is
// none: "-" if it is switched off, "@" and the RP ID for a passkey in force, and "+"
// for anything else in force.
const factors = `(SELECT string_agg(CASE WHEN NOT f.enabled THEN '-' WHEN f.kind = 'passkey' THEN '@' || f.rp_id ELSE '+' END, ' ')
	FROM authenticators f WHERE f.user_id = u.id)`

// inForce is 1 if one of a person's authenticators is in force, 0 if they are
// all switched off, and NULL if there is none.
const inForce = `(SELECT MAX(CASE WHEN f.enabled THEN 1 ELSE 0 END) FROM authenticators f WHERE f.user_id = u.id)`

const userFrom = ` FROM users u`

// userDest returns the destinations for Scan. done must be called afterwards,
// to convert what was scanned into temporary variables.
func (r *Reader) userDest(u *portico.User) (dest []any, done func()) {
	var labels string
	var created, login, exempt int64
	var has *string
	dest = []any{
		&u.ID, &u.CustomerID, &u.LoginID, &u.FirstName, &u.LastName, &u.Email, &u.Role, &labels, &u.Status,
		&created, &login, &u.PasswordExpired, &u.EnrolmentPending, &exempt, &u.ExemptReason, &u.Language, &has,
	}
	return dest, func() {
		u.Labels = portico.ParseLabels(labels)
		u.CreatedAt, u.LastLoginAt, u.ExemptUntil = fromMillis(created), fromMillis(login), fromMillis(exempt)
		u.TwoFactor, u.Passkey = r.twoFactor(has)
	}
}

// twoFactor returns the state of 2FA, and of passkeys, for what factors has read.
func (r *Reader) twoFactor(has *string) (state portico.TwoFactor, passkey portico.PasskeyState) {
	if r.passkeysAt == "" {
		passkey = portico.PasskeyImpossible
	}
	if has == nil {
		return portico.TwoFactorNone, passkey
	}
	state = portico.TwoFactorDisabled
	for word := range strings.FieldsSeq(*has) {
		if word != "-" {
			state = portico.TwoFactorEnabled
		}
		if r.passkeysAt != "" && word == "@"+r.passkeysAt {
			passkey = portico.PasskeyInForce
		}
	}
	return state, passkey
}

// countedAs returns the state of 2FA for what inForce has read.
func countedAs(enabled *bool) portico.TwoFactor {
	switch {
	case enabled == nil:
		return portico.TwoFactorNone
	case *enabled:
		return portico.TwoFactorEnabled
	}
	return portico.TwoFactorDisabled
}

func (r *Reader) scanUser(row scanner) (portico.User, error) {
	var u portico.User
	dest, done := r.userDest(&u)
	err := row.Scan(dest...)
	done()
	return u, err
}

const accountColumns = userColumns + `, u.login_key, u.password_hash, u.epoch, c.ended_at, u.address_version, u.address_settled, ` + customerColumns

// joinCustomer joins the customer of a user. Because of the expression, PostgreSQL
// looks the customer up, where it might merge all customers with the one user.
const joinCustomer = ` JOIN customers c ON c.id = u.customer_id || ''`

const accountFrom = ` FROM users u` + joinCustomer + ` JOIN customers d ON d.id = 'provider'`

// accountDest returns the destinations for Scan. done must be called
// afterwards, to convert what was scanned into temporary variables.
func (r *Reader) accountDest(a *Account) (dest []any, done func() error) {
	var ended int64
	user, userDone := r.userDest(&a.User)
	customer, customerDone := customerDest(&a.Customer)
	dest = append(append(user, &a.LoginKey, &a.PasswordHash, &a.Epoch, &ended, &a.AddressVersion, &a.AddressSettled), customer...)
	return dest, func() error {
		userDone()
		a.EndedAt = fromMillis(ended)
		return customerDone()
	}
}

func (r *Reader) scanAccount(row scanner) (Account, error) {
	var a Account
	dest, done := r.accountDest(&a)
	if err := row.Scan(dest...); err != nil {
		return a, err
	}
	return a, done()
}

// User returns a customer's person.
func (r *Reader) User(c portico.CustomerID, id portico.UserID) (portico.User, error) {
	u, err := r.scanUser(r.q.QueryRowContext(r.ctx,
		`SELECT `+userColumns+userFrom+` WHERE u.customer_id = $1 AND u.id = $2`, c, id))
	return u, scanned("finding the person", err)
}

// UserByLogin returns a customer's person by the canonical login ID.
func (r *Reader) UserByLogin(c portico.CustomerID, key string) (portico.User, error) {
	u, err := r.scanUser(r.q.QueryRowContext(r.ctx,
		`SELECT `+userColumns+userFrom+` WHERE u.customer_id = $1 AND u.login_key = $2 AND u.login_key <> ''`, c, key))
	return u, scanned("finding the person", err)
}

// AccountsByEmail returns the active accounts with an email address, in any
// customer, whatever the case of its ASCII letters; other letters count as they are
// written here or in lower case. The oldest come first, and there are at most as
// many as limit, so that accounts which somebody else makes with the address do not
// displace the earlier ones.
func (r *Reader) AccountsByEmail(email string, limit int) ([]Account, error) {
	return all(r, "finding accounts by their email address", r.scanAccount, `SELECT `+accountColumns+accountFrom+`
		WHERE u.status = 'active' AND (u.email IN ($1, $2) OR lower(u.email) = $2) ORDER BY u.created_at, u.id LIMIT $3`, email, strings.ToLower(email), limit)
}

// AccountByLogin returns the account with a canonical login ID, in any
// customer.
func (r *Reader) AccountByLogin(key string) (Account, error) {
	a, err := r.scanAccount(r.q.QueryRowContext(r.ctx,
		`SELECT `+accountColumns+accountFrom+` WHERE u.login_key = $1 AND u.login_key <> ''`, key))
	return a, scanned("finding the account", err)
}

// Account returns the account that a session, a pending login or a link names.
func (r *Reader) Account(id portico.UserID) (Account, error) {
	a, err := r.scanAccount(r.q.QueryRowContext(r.ctx, `SELECT `+accountColumns+accountFrom+` WHERE u.id = $1`, id))
	return a, scanned("finding the account", err)
}

// AdministratorsToWarn lists whom a warning to a customer's administrators
// reaches: the active ones, and those who were so until lately. One of them alone
// could take the role from all others first.
func (r *Reader) AdministratorsToWarn(c portico.CustomerID) ([]Account, error) {
	active, err := r.ActivePeople(c, portico.TopRole(c))
	if err != nil {
		return nil, err
	}
	former, err := r.FormerAdministrators(c, r.Now.Add(-portico.ResetCoolingOff))
	return append(active, former...), err
}

// ActivePeople lists at most a hundred active people of a customer in a role
// above user.
func (r *Reader) ActivePeople(c portico.CustomerID, role portico.Role) ([]Account, error) {
	return all(r, "listing active people", r.scanAccount, `SELECT `+accountColumns+accountFrom+`
		WHERE u.customer_id = $1 AND u.role = $2 AND u.role <> 'user' AND u.status = 'active' ORDER BY u.id LIMIT 100`, c, role)
}

// Anybody reports whether the portal has any person at all.
func (r *Reader) Anybody() (bool, error) {
	var any bool
	err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&any)
	return any, scanned("looking for people", err)
}

// NewUser is what CreateUsers stores of an account. An import holds thousands of
// them, and the customer would be most of each.
type NewUser struct {
	portico.User
	LoginKey     string
	PasswordHash string
	Epoch        int64
}

func (a Account) newUser() NewUser { return NewUser{a.User, a.LoginKey, a.PasswordHash, a.Epoch} }

// In returns the account of a user who was created in customer c.
func (n NewUser) In(c portico.Customer) Account {
	return Account{User: n.User, Customer: c, LoginKey: n.LoginKey, PasswordHash: n.PasswordHash, Epoch: n.Epoch}
}

// CreateUser adds a person. It returns ErrTaken if the login ID is in use, or
// held back.
func (tx *Tx) CreateUser(a Account) error { return tx.CreateUsers([]NewUser{a.newUser()}) }

// CreateUsers adds people, at most some thousands at once. It returns ErrTaken
// if a login ID is in use or held back; the caller must then roll back.
func (tx *Tx) CreateUsers(people []NewUser) error {
	// Insert people and words in the order of their indexes, which are many
	// times larger than the cache.
	keys := make([][]byte, len(people))
	inOrder := make([]int, len(people))
	words := make([]indexed, 0, 8*len(people))
	counts := map[kind]int64{}
	for i := range people {
		a := &people[i]
		keys[i], inOrder[i] = collationKey(a.Name()), i
		for _, w := range indexOf(wordsOf(a.User)) {
			words = append(words, indexed{w, i})
		}
		counts[kind{a.CustomerID, a.Role, a.Status, portico.TwoFactorNone}]++
	}
	slices.SortFunc(inOrder, func(i, j int) int { return cmp.Or(bytes.Compare(keys[i], keys[j]), cmp.Compare(i, j)) })
	if err := tx.insertUsers(people, keys, inOrder); err != nil {
		return err
	}
	slices.SortFunc(words, func(a, b indexed) int { return cmp.Or(strings.Compare(a.word, b.word), cmp.Compare(a.of, b.of)) })
	if err := tx.insert("adding words", `INSERT INTO user_words (customer_id, word, user_id) VALUES ($1, $2, $3)`, len(words), func(i int) []any {
		a := &people[words[i].of]
		return []any{string(a.CustomerID), words[i].word, string(a.ID)}
	}); err != nil {
		return err
	}
	for k, n := range counts {
		if err := tx.count(k, n); err != nil {
			return err
		}
	}
	return nil
}

// insertUsers adds the rows of people in an order. keys are their sort keys.
func (tx *Tx) insertUsers(people []NewUser, keys [][]byte, inOrder []int) error {
	changes := make([]loginKeyChange, len(people))
	for i := range people {
		a := &people[i]
		changes[i] = loginKeyChange{a.CustomerID, a.ID, "", a.LoginKey}
	}
	row := func(i int) []any {
		a := &people[inOrder[i]]
		return []any{
			string(a.ID), string(a.CustomerID), a.LoginID, a.LoginKey, a.FirstName, a.LastName, nameKey(a.User),
			a.Email, string(a.Role), strings.Join(a.Labels, ";"), string(a.Status), a.PasswordHash, a.Epoch, toMillis(a.CreatedAt), toMillis(a.LastLoginAt),
			keys[inOrder[i]], collationKey(a.LoginKey), a.Language,
		}
	}
	return tx.changingLoginKeys(changes, func() error {
		return tx.insert("creating people", `INSERT INTO users (id, customer_id, login_id, login_key, first_name, last_name, name_key,
			email, role, labels, status, password_hash, epoch, created_at, last_login_at, name_sort, login_sort, language)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, len(people), row)
	})
}

// indexed is a word, and the index of the account that it belongs to.
type indexed struct {
	word string
	of   int
}

// SaveProfile stores the names, email address, labels, role, status and language of a
// customer's person. A different email address raises the version of the
// address, so that links mailed to the previous one are no longer valid.
func (tx *Tx) SaveProfile(c portico.CustomerID, u portico.User) error {
	was, err := tx.User(c, u.ID)
	if err != nil {
		return err
	}
	if err := tx.indexWords(c, u.ID, indexOf(wordsOf(was)), indexOf(wordsOf(u))); err != nil {
		return err
	}
	if err := tx.rememberAccount(was, u); err != nil {
		return err
	}
	return tx.counting(u.ID, func() error {
		return tx.execOne("saving the person", `UPDATE users SET first_name = $3, last_name = $4, name_key = $5, name_sort = $11, email = $6,
			role = $7, labels = $8, status = $9, email_changed_at = CASE WHEN email <> $6 THEN $10 ELSE email_changed_at END,
			address_version = CASE WHEN email <> $6 THEN address_version + 1 ELSE address_version END,
			standing_changed_at = CASE WHEN role <> $7 OR status <> $9 THEN $10 ELSE standing_changed_at END, language = $12 WHERE customer_id = $1 AND id = $2`,
			c, u.ID, u.FirstName, u.LastName, nameKey(u), u.Email, u.Role, strings.Join(u.Labels, ";"), u.Status, toMillis(tx.Now), collationKey(u.Name()), u.Language)
	})
}

// SettleAddress records that an administrator has decided about the account as
// it is now: no "This wasn't me" link can undo anything from before.
func (tx *Tx) SettleAddress(id portico.UserID) error {
	return tx.execOne("settling the address", `UPDATE users SET address_settled = address_version WHERE id = $1`, id)
}

// EndMailedSecrets ends everything mailed to a person that gives access or
// proves something: links, the reset code unless it was handed over, and the
// code to be read back. "This wasn't me" links give no access, and stay.
func (tx *Tx) EndMailedSecrets(id portico.UserID) error {
	for _, q := range []string{
		`DELETE FROM links WHERE user_id = $1 AND kind <> 'not-me' AND kind <> 'report'`,
		`UPDATE reset_requests SET call_hash = '', call_until = 0 WHERE target_id = $1 AND state = 'open'`,
		`DELETE FROM reset_codes WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM reset_requests r
			WHERE r.target_id = $1 AND r.state = 'done' AND r.hand_over AND r.code_shown_at > 0 AND r.ended_at =
			(SELECT MAX(l.ended_at) FROM reset_requests l WHERE l.target_id = $1 AND l.state = 'done'))`,
	} {
		if _, err := tx.exec("ending what was mailed", q, id); err != nil {
			return err
		}
	}
	return nil
}

// ActivateUser makes an invited person active. It returns ErrNotFound if the
// person is not invited, and ErrTaken if the login ID is in use, or held back
// for somebody else.
func (tx *Tx) ActivateUser(id portico.UserID, loginID, loginKey, passwordHash string) error {
	was, err := tx.Account(id)
	if err != nil {
		return err
	}
	u := was.User
	u.LoginID = loginID
	if err := tx.indexWords(u.CustomerID, id, indexOf(wordsOf(was.User)), indexOf(wordsOf(u))); err != nil {
		return err
	}
	return tx.changingLoginKeys([]loginKeyChange{{u.CustomerID, id, was.LoginKey, loginKey}}, func() error {
		return tx.counting(id, func() error {
			return tx.execOne("activating the person", `UPDATE users SET login_id = $2, login_key = $3, login_sort = $6, password_hash = $4, status = 'active',
				standing_changed_at = $5 WHERE id = $1 AND status = 'invited'`, id, loginID, loginKey, passwordHash, toMillis(tx.Now), collationKey(loginKey))
		})
	})
}

// Exempt exempts a person from required 2FA until an instant. The zero time
// ends an exemption.
func (tx *Tx) Exempt(c portico.CustomerID, id portico.UserID, until time.Time, reason string) error {
	return tx.execOne("exempting the person", `UPDATE users SET exempt_until = $3, exempt_reason = $4 WHERE customer_id = $1 AND id = $2`,
		c, id, toMillis(until), reason)
}

// SetPassword stores a new hash. It returns ErrNotFound if the stored hash is
// not old, so that only one of two simultaneous changes succeeds.
func (tx *Tx) SetPassword(id portico.UserID, old, hash string) error {
	return tx.execOne("saving the password", `UPDATE users SET password_hash = $3, password_expired = FALSE
		WHERE id = $1 AND password_hash = $2`, id, old, hash)
}

// Rehash stores another hash of the same password.
func (tx *Tx) Rehash(id portico.UserID, old, hash string) error {
	return tx.execOne("saving the password's new hash", `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, old, hash)
}

// ExpirePassword makes log-in stop accepting a password.
func (tx *Tx) ExpirePassword(id portico.UserID) error {
	return tx.execOne("ending the password", `UPDATE users SET password_expired = TRUE WHERE id = $1`, id)
}

// LoggedIn records the time of the last log-in.
func (tx *Tx) LoggedIn(id portico.UserID) error {
	return tx.execOne("noting the log-in", `UPDATE users SET last_login_at = $2 WHERE id = $1`, id, toMillis(tx.Now))
}

// RevokeAccess ends everything that was issued to a person: sessions except
// keepSession ("" for none), pending logins, enrolments, remembered browsers,
// and links except "This wasn't me" and reports. Raising the epoch also ends
// what another node has just read. It returns the new epoch.
func (tx *Tx) RevokeAccess(id portico.UserID, keepSession string) (int64, error) {
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
		`DELETE FROM links WHERE user_id = $1 AND kind <> 'not-me' AND kind <> 'report'`,
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

// nameKey returns what lists sort by until everybody has a sort key: the name as
// shown, without regard to case and Unicode composition.
func nameKey(u portico.User) string { return fold(u.Name()) }
