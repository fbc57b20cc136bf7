package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/porticotest"
	"portico/internal/store"
)

const everything = acme + "/everything.zip"

// unzip returns the files of a ZIP file by name.
func unzip(t *testing.T, body string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		t.Fatalf("the archive cannot be read: %v", err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, errors.Join(err, r.Close()))
		files[f.Name] = string(b)
	}
	return files
}

// TestEverythingOfACustomerIsDownloaded checks what is in the archive, that its
// audit log verifies, and that no secret is in it.
func TestEverythingOfACustomerIsDownloaded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key, codes := c.enrol(t, c.as(c.user))
	olga := c.operator()
	olga.Upload(acme+"/logo", "logo", picture(t, 32, 32))
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID, portico.User{FirstName: "=1+1", LastName: "Zoë", Email: "hedda@example.com", Role: portico.RoleHelpDesk, Labels: []string{"a", "b"}}))
	p := olga.Get(olga.Get(acme).Link("Download everything"))
	if p.Status != 200 || p.Header.Get("Content-Type") != "application/zip" || p.Header.Get("Content-Disposition") != `attachment; filename="acme-everything.zip"` {
		t.Fatalf("the download: %d %v", p.Status, p.Header)
	}
	files := unzip(t, p.Body)
	for _, name := range []string{"README.txt", "customer.json", "people.csv", "audit-log.jsonl", "logo.png"} {
		if files["acme/"+name] == "" || !strings.Contains(files["acme/README.txt"], name) && name != "README.txt" {
			t.Errorf("%s is not in the archive, or its README does not say what it is", name)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(files["acme/people.csv"], "\xef\xbb\xbf"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d lines of people, want 4: %v", len(rows), err)
	}
	if !slices.ContainsFunc(rows, func(r []string) bool {
		return r[0] == "hedda" && r[1] == "'=1+1" && r[2] == "Zoë" && r[5] == "a;b" && r[13] == string(c.help.ID)
	}) {
		t.Errorf("the people: %q", rows)
	}
	var described struct {
		Slug, Name string
		Policy     portico.Policy
	}
	if err := json.Unmarshal([]byte(files["acme/customer.json"]), &described); err != nil || described.Slug != "acme" || described.Name != "Acme Telecom" {
		t.Errorf("the customer: %v %s", err, files["acme/customer.json"])
	}
	log := files["acme/audit-log.jsonl"]
	found, err := audit.Verify(strings.NewReader(log), []string{c.Audit.Key()}, nil)
	if err != nil || len(found.Findings) > 0 || !strings.Contains(log, string(portico.CustomerExported)) {
		t.Errorf("the audit log does not verify, or does not hold the export: %+v %v", found, err)
	}
	all := strings.Join([]string{files["acme/README.txt"], files["acme/customer.json"], files["acme/people.csv"], log}, "\n")
	secrets := append([]string{string(key), fmt.Sprintf("%x", key), c.Account(c.user.ID).PasswordHash, "$argon2"}, codes...)
	for _, secret := range secrets {
		if strings.Contains(all, secret) {
			t.Errorf("the archive holds the secret %q", secret)
		}
	}
	if c.events(portico.CustomerExported, "") != 1 {
		t.Error("the download is not in the customer's log")
	}
}

// TestC15_WhoDownloadsEverything checks that only operators with provider access
// and a fresh confirmation get everything of a customer.
func TestC15_WhoDownloadsEverything(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	for _, u := range []portico.User{c.admin, c.help, c.user, c.other} {
		if p := c.as(u).Get(everything); p.Status != 403 && p.Status != 404 {
			t.Errorf("a %s of a customer: %d, want 403 or 404", u.Role, p.Status)
		}
	}
	if p := c.Client().Get(everything); !p.Has("Log in") {
		t.Errorf("nobody: %d", p.Status)
	}
	if p := olga.Get("/customers/provider/everything.zip"); p.Status != 404 {
		t.Errorf("everything of the provider: %d, want 404", p.Status)
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	p := olga.Get(everything)
	if !p.Has("You are about to download everything of the customer") || !p.Has("Acme Telecom") {
		t.Fatalf("without a fresh confirmation: %s", p.Text())
	}
	if p = olga.Fill(p, "Confirm", "Password", porticotest.Password); p.Header.Get("Content-Type") != "application/zip" {
		t.Errorf("after the confirmation: %d %s", p.Status, p.Path)
	}
	must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.admin), c.acme.ID))
	if p := olga.Get(everything); p.Status != 403 {
		t.Errorf("without provider access: %d, want 403", p.Status)
	}
	for _, page := range []*porticotest.Page{olga.Get(acme), olga.Get(acme + "/delete")} {
		if page.Link("Download everything") != "" {
			t.Errorf("%s offers what is refused", page.Path)
		}
	}
	if n := c.events(portico.CustomerExported, ""); n != 1 {
		t.Errorf("%d downloads are in the log, want 1", n)
	}
}

// TestC27_EverythingEndsWithItsReader checks that the download ends when the reader
// loses the right to it, and not when the confirmation grows old meanwhile.
func TestC27_EverythingEndsWithItsReader(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	const many = 6000
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		people := make([]store.NewUser, many)
		for i := range people {
			people[i] = store.NewUser{User: portico.User{
				ID: portico.UserID(fmt.Sprintf("00000000-0000-7000-8000-%012d", i)), CustomerID: c.acme.ID, LoginID: fmt.Sprintf("person%d", i), FirstName: fmt.Sprintf("%x", i*7919), Email: "p@example.com",
				Role: portico.RoleUser, Status: portico.Active, CreatedAt: tx.Now,
			}, LoginKey: fmt.Sprintf("person%d", i), PasswordHash: "none", Epoch: 1}
			e := portico.Event{Action: portico.UserCreated, Actor: portico.CommandLine()}
			if err := audit.Record(tx, e.Target(people[i].User)); err != nil {
				return err
			}
		}
		return tx.CreateUsers(people)
	}))
	for _, test := range []struct {
		name, login string
		meanwhile   func()
		broken      bool
	}{
		{"the confirmation grows old", "olga", func() { c.Clock.Advance(portico.ConfirmationTTL + time.Minute) }, false},
		{"provider access is revoked", "oskar", func() { must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.admin), c.acme.ID)) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := c.as(c.User(portico.ProviderID, test.login, portico.RoleOperator))
			r := httptest.NewRequest("GET", everything, nil)
			r.AddCookie(&http.Cookie{Name: "portico_session", Value: b.Cookie("portico_session")})
			var once sync.Once
			w := &revoking{httptest.NewRecorder(), func() { once.Do(test.meanwhile) }}
			broken := func() (broken bool) {
				defer func() { broken = recover() != nil }()
				c.Web.ServeHTTP(w, r)
				return false
			}()
			if _, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len())); broken != test.broken || (err != nil) != test.broken {
				t.Errorf("broken off: %v, want %v; reading it: %v", broken, test.broken, err)
			}
		})
	}
}
