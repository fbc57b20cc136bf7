package cli_test

import (
	"context"
	"crypto/rand"
	"regexp"
	"testing"
	"time"

	"portico"
	"portico/internal/passkey"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestDoctorKnowsWherePasskeysWork checks what the doctor says of passkeys at several
// base URLs.
func TestDoctorKnowsWherePasskeysWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := porticotest.Start(t, dir, porticotest.ClockAt(time.Now()))
	acme := p.Customer("acme", "Acme Telecom").ID
	says := func(baseURL, want string) {
		t.Helper()
		_, out := program(t, dir, "doctor", "--base-url", baseURL)
		if !regexp.MustCompile(`(?m)^` + want).MatchString(out) {
			t.Errorf("at %s: %s\nwant %s", baseURL, out, want)
		}
	}
	says("https://portal.example.com", `ok +passkeys +they work at portal\.example\.com`)
	says("https://203.0.113.7", `warning +passkeys +.*an IP address.*give --base-url with a host name`)
	says("http://portal.example.com", `warning +passkeys +.*https`)
	says("http://localhost:8080", `ok +passkeys +they work at localhost`)

	add := func(u portico.User, host string) {
		t.Helper()
		id, err := store.NewID()
		if err == nil {
			err = p.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
				made := passkey.Credential{ID: []byte(rand.Text()), PublicKey: []byte{}, RPID: host}
				_, err := tx.AddPasskey(store.Authenticator{ID: id, UserID: u.ID, Kind: portico.AuthenticatorPasskey, Passkey: made, Enabled: true})
				return err
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ulla, ben, eve := p.User(acme, "ulla", portico.RoleUser), p.User(acme, "ben", portico.RoleUser), p.User(acme, "eve", portico.RoleUser)
	add(ulla, "old.example.com")
	add(ulla, "old.example.com")
	add(ben, "older.example.com")
	p.Enrol(ben)
	add(eve, "old.example.com")
	add(eve, "portal.example.com")
	says("https://portal.example.com", `warning +passkeys +people with passkeys of old\.example\.com, older\.example\.com: 3, of whom 1 without another authenticator`)
	says("https://old.example.com", `warning +passkeys +people with passkeys of older\.example\.com, portal\.example\.com: 2, of whom 0 without`)
	says("https://203.0.113.7", `warning +passkeys +.*an IP address`)
	says("https://203.0.113.7", `warning +passkeys +people with passkeys of .*: 3, of whom 2 without`)
}
