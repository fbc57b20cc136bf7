package store

import (
	"context"
	"testing"
	"time"

	"portico"
)

// oneAuthenticator takes a database back to what it was before a person could have
// several authenticators.
var oneAuthenticator = []string{
	`CREATE TABLE factors (
		id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE, kind TEXT NOT NULL,
		secret BYTEA NOT NULL, enabled BOOLEAN NOT NULL, last_step BIGINT NOT NULL, created_at BIGINT NOT NULL)`,
	`INSERT INTO factors (id, user_id, kind, secret, enabled, last_step, created_at)
		SELECT id, user_id, kind, secret, enabled, last_step, created_at FROM authenticators`,
	`DROP TABLE authenticators`, `ALTER TABLE enrolments DROP COLUMN replaces`,
	`DROP INDEX users_by_passkey_handle`, `ALTER TABLE users DROP COLUMN passkey_handle`, `DROP TABLE passkey_challenges`,
	`ALTER TABLE reset_requests DROP COLUMN only_id`, `ALTER TABLE reset_requests DROP COLUMN only_kind`, `ALTER TABLE reset_requests DROP COLUMN only_name`,
}

// TestUpgradeKeepsAuthenticators checks that everybody keeps the authenticator, with
// its key, its used time steps and its state.
func TestUpgradeKeepsAuthenticators(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	twoCustomers(t, db)
	update(t, db, func(tx *Tx) error {
		if err := tx.PutAuthenticator(Authenticator{
			ID: "on", UserID: "acme-admin", Kind: portico.AuthenticatorTOTP, Secret: []byte{0, 0xfe}, Enabled: true, LastStep: 1 << 40,
		}); err != nil {
			return err
		}
		return tx.PutAuthenticator(Authenticator{ID: "off", UserID: "globex-admin", Kind: portico.AuthenticatorTOTP, Secret: []byte("x")})
	})
	for _, statement := range append(oneAuthenticator, `DELETE FROM `+versionTable+` WHERE version_id >= 38`) {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatalf("%s: %v, want no error", statement, err)
		}
	}
	db = open(t, dir)
	r := db.Read(context.Background())
	for id, want := range map[portico.UserID]Authenticator{
		"acme-admin":   {ID: "on", Secret: []byte{0, 0xfe}, Enabled: true, LastStep: 1 << 40},
		"globex-admin": {ID: "off", Secret: []byte("x")},
	} {
		found, err := r.Authenticators(id)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s has %+v (%v), want one authenticator", id, found, err)
		}
		f := found[0]
		if f.ID != want.ID || f.Kind != portico.AuthenticatorTOTP || string(f.Secret) != string(want.Secret) || f.Enabled != want.Enabled ||
			f.LastStep != want.LastStep || f.Name != "" || !f.AddedAt.Equal(start) || !f.LastUsedAt.IsZero() {
			t.Errorf("%s has %+v, want %+v, added %v, never used", id, f, want, start)
		}
		a, err := r.Account(id)
		state := map[bool]portico.TwoFactor{true: portico.TwoFactorEnabled, false: portico.TwoFactorDisabled}[want.Enabled]
		if err != nil || a.TwoFactor != state {
			t.Errorf("%s: %s (%v), want %s", id, a.TwoFactor, err, state)
		}
	}
	if got, err := r.CheckIntegrity(100); err != nil || got.StaleTwoFactor > 0 || got.Miscounted > 0 {
		t.Errorf("after the upgrade: %+v (%v), want every count right", got, err)
	}
}

// TestC02_OneInForceIsEnough checks that a person has 2FA as soon as one of several
// authenticators is in force, and appears once in lists whatever they are.
func TestC02_OneInForceIsEnough(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	filters := map[portico.TwoFactor]portico.PeopleFilter{
		portico.TwoFactorNone: portico.FilterNone, portico.TwoFactorDisabled: portico.FilterDisabled, portico.TwoFactorEnabled: portico.FilterEnabled,
	}
	for _, step := range []struct {
		change func(tx *Tx) error
		want   portico.TwoFactor
	}{
		{func(tx *Tx) error { return tx.PutAuthenticator(app("a", false)) }, portico.TwoFactorDisabled},
		{func(tx *Tx) error { return tx.PutAuthenticator(app("b", true)) }, portico.TwoFactorEnabled},
		{func(tx *Tx) error { return tx.PutAuthenticator(app("c", false)) }, portico.TwoFactorEnabled},
		{func(tx *Tx) error { return tx.DeleteAuthenticator("acme-admin", "b") }, portico.TwoFactorDisabled},
		{func(tx *Tx) error { _, err := tx.SwitchAuthenticators("acme-admin", true); return err }, portico.TwoFactorEnabled},
		{func(tx *Tx) error { return tx.DeleteAuthenticator("acme-admin", "a") }, portico.TwoFactorEnabled},
		{func(tx *Tx) error { _, err := tx.DeleteAuthenticators("acme-admin"); return err }, portico.TwoFactorNone},
	} {
		update(t, db, step.change)
		r := db.Read(context.Background())
		a, err := r.Account("acme-admin")
		if err != nil || a.TwoFactor != step.want {
			t.Errorf("the account: %s (%v), want %s", a.TwoFactor, err, step.want)
		}
		for _, q := range []portico.PeopleQuery{{}, {Search: a.LoginID}, {Filter: filters[step.want]}, {Role: a.Role}} {
			listed, err := r.People("acme", q, "", 100)
			n := 0
			for _, u := range listed.Users {
				if u.ID == a.ID && u.TwoFactor == step.want {
					n++
				}
			}
			if err != nil || n != 1 {
				t.Errorf("%+v lists the person %d times as %s (%v), want once", q, n, step.want, err)
			}
		}
		if got, err := r.CheckIntegrity(100); err != nil || got.StaleTwoFactor > 0 || got.Miscounted > 0 {
			t.Errorf("%+v (%v), want every count right", got, err)
		}
	}
}

func app(id string, enabled bool) Authenticator {
	return Authenticator{ID: id, UserID: "acme-admin", Kind: portico.AuthenticatorTOTP, Secret: []byte("s"), Enabled: enabled}
}

// TestEachAppHasItsLedger checks that a used time step of one authenticator leaves
// those of another, and is when it was last used.
func TestEachAppHasItsLedger(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	update(t, db, func(tx *Tx) error {
		if err := tx.PutAuthenticator(app("a", true)); err != nil {
			return err
		}
		return tx.PutAuthenticator(app("b", true))
	})
	update(t, db, func(tx *Tx) error {
		won, err := tx.UseStep("a", 7)
		if !won {
			t.Error("the step is used before")
		}
		return err
	})
	found, err := db.Read(context.Background()).Authenticators("acme-admin")
	if err != nil || len(found) != 2 || found[0].LastStep != 7 || found[1].LastStep != 0 || !found[0].LastUsedAt.Equal(start.Truncate(time.Millisecond)) || !found[1].LastUsedAt.IsZero() {
		t.Errorf("got %+v (%v), want the step 7 used up of the first alone, now", found, err)
	}
}
