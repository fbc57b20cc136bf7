package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/spreadsheet"
	"portico/internal/users"
)

const importing = access + "/import"

// sendFile uploads a file and returns the page of its import.
func sendFile(b *porticotest.Client, file string, fields ...string) *porticotest.Page {
	return b.Upload(importing, "file", file, fields...)
}

// crowd returns a file with n people.
func crowd(n int) string {
	var file strings.Builder
	file.WriteString("login_id,first_name,last_name,email,role,labels\n")
	for i := range n {
		fmt.Fprintf(&file, "p%05d,P%d,Person,p%05d@example.com,user,\n", i, i, i)
	}
	return file.String()
}

// works does what the background job of the server does.
func (c *fixture) works() {
	c.T.Helper()
	if err := c.Imports.Work(context.Background()); err != nil {
		c.T.Fatal(err)
	}
}

// people counts acme's people.
func (c *fixture) people() int {
	c.T.Helper()
	page, err := c.Users.List(context.Background(), portico.CommandLine(), c.acme.ID, portico.PeopleQuery{}, users.Place{}, 1)
	if err != nil {
		c.T.Fatal(err)
	}
	return page.Counts[portico.FilterAll]
}

func TestImport(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	if ref := b.Get(importing + "/reference.csv"); !strings.HasPrefix(ref.Body, spreadsheet.BOM+"login_id,first_name,last_name,email,role,labels") {
		t.Errorf("reference file: %q", ref.Body)
	}
	file := "\xef\xbb\xbflogin_id;first_name;last_name;email;role;labels\r\n" +
		"new.one;New;One;one@example.com;user;A;B\r\n" + // one column too many
		"new.two;New;Two;two@example.com;user;B\r\n" +
		"ULLA;Ursula;Tester;ulla@example.com;user;\r\n" +
		"hedda;Hedda;Tester;hedda@example.com;helpdesk;\r\n" +
		"greta;Greta;X;greta@example.com;user;\r\n" +
		"new.two;Same;Again;x@example.com;user;\r\n" +
		"king;K;K;king@example.com;operator;\r\n" +
		"alice;Alicia;Tester;alice@example.com;administrator;\r\n" +
		"=a b;No;Login;n@example.com;user;\r\n"
	p := sendFile(b, file, "invite", "1")
	if !p.Has("2 to create, 1 to update, 1 unchanged, 5 refused") || !strings.HasPrefix(p.Path, "/administration/imports/") {
		t.Fatalf(`sendFile(b, file, "invite", "1"): got %v, %s, want the text "2 to create, 1 to update, 1 unchanged, 5 refused", p.Path to begin with "/administration/imports/"`, p.Path, p.Text())
	}
	for _, why := range []string{"Line 3 already has this login ID", "Account page", "without spaces", "Enter one of these roles", "7 columns", "first name"} {
		if !p.Has(why) {
			t.Errorf("no row says %q: %s", why, p.Text())
		}
	}
	if b.Get(access).Has("New Two") || c.Account(c.user.ID).FirstName != "Ulla" {
		t.Fatal("the dry run did something")
	}
	refused := b.Get(p.Link("Download the refused rows"))
	rows := records(t, refused)
	if len(rows) != 6 || !slices.Equal(rows[0], []string{"login_id", "first_name", "last_name", "email", "role", "labels", "line", "reason", "status"}) ||
		rows[1][6] != "2" || rows[5][0] != "'=a b" || !strings.Contains(refused.Header.Get("Content-Disposition"), `"acme-refused.csv"`) {
		t.Errorf("%v", rows)
	}
	done := b.Fill(p, "Start import")
	if !done.Has("1 created, 1 updated, 1 unchanged, 6 refused") || !done.Has("taken") || done.Path != p.Path {
		t.Fatalf(`pressing "Start import": got %s, want the text "1 created, 1 updated, 1 unchanged, 6 refused", the text "taken", path %v`, done.Text(), p.Path)
	}
	if c.Account(c.user.ID).FirstName != "Ursula" || len(c.Mails("two@example.com")) != 1 || len(c.Mails("x@example.com")) != 0 {
		t.Error("not done, or not mailed")
	}
	if c.events(portico.ImportStarted, "") != 1 || c.events(portico.ImportEnded, "file.csv: 1 created, 1 updated, 1 unchanged, 6 refused") != 1 ||
		c.events(portico.UsersImported, "1 user, line 3 of file.csv") != 1 || c.events(portico.UserEdited, "by import: first name") != 1 {
		t.Error("not in the audit log")
	}
	if again := b.Post(p.Path + "/start"); again.Status != 409 {
		t.Errorf("carried out twice: %d", again.Status)
	}
	// The invited person finds the proposed login ID.
	n := c.Client().Get(c.Mails("two@example.com")[0].Link("/activate/"))
	if n.Value("Login ID") != "new.two" {
		t.Errorf("proposed: %q", n.Value("Login ID"))
	}
	// A second run duplicates nothing.
	if p := sendFile(b, file); !p.Has("1 to create, 0 to update, 3 unchanged") {
		t.Errorf(`sendFile(b, file): got %s, want the text "1 to create, 0 to update, 3 unchanged"`, p.Text())
	}
	if p := b.Get(importing); !p.Has("Ready to import") || !p.Has("Done") {
		t.Errorf(`GET %v: got %s, want the text "Ready to import", the text "Done"`, importing, p.Text())
	}
}

func TestImportRefusesFiles(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for name, bad := range map[string]string{
		"empty": "", "no rows": "login_id,first_name,last_name,email,role\n", "a column": "login_id,first_name\na,b\n",
		"unknown column": "login_id,first_name,last_name,email,role,shoe\n", "not text": "login_id\xff",
		"not text later": crowd(1500) + "x\x00,a,b,c@d,user,\n", "quotes": "login_id,first_name,last_name,email,role\n\"a,b,c,d,e\n",
		"twice": "login_id,login_id,first_name,last_name,email,role\nx", "long": strings.Repeat("x", 3<<20),
	} {
		if p := sendFile(b, bad); p.Status != 422 || p.Alert() == "" {
			t.Errorf("%s: %d %s, want status 422, some p.Alert()", name, p.Status, p.Text())
		}
	}
	for name, p := range map[string]*porticotest.Page{
		"no file":       b.Upload(importing, "other", "x"),
		"two files":     b.Upload(importing, "file", crowd(1), "file", "x"),
		"a field twice": b.Upload(importing, "file", crowd(1), "invite", "1", "invite", "1"),
		"a long field":  b.Upload(importing, "file", crowd(1), "invite", strings.Repeat("x", 70_000)),
	} {
		if p.Status != 422 {
			t.Errorf("%s: %d %s, want status 422", name, p.Status, p.Text())
		}
	}
	if p := b.Get(importing); p.Has("Earlier imports") {
		t.Errorf("something is kept: %s", p.Text())
	}
	// Nobody gets a password from an upload, and no hash is kept.
	p := sendFile(b, "login_id,first_name,last_name,email,role,password_hash\nanna,A,B,a@example.com,user,$2y$06$j2Ka7/rvgFQuvT3gIRqDsuSR0fY9z1aZ4dwMQKEko1WF0QwWseKNa\n")
	if !p.Has("0 to create") || !p.Has("Leave password_hash empty") {
		t.Errorf(`sendFile: got %s, want the text "0 to create", the text "Leave password_hash empty"`, p.Text())
	}
	files, err := filepath.Glob(filepath.Join(c.Dir, "portico.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if content, err := os.ReadFile(name); err != nil || strings.Contains(string(content), "j2Ka7/rvgFQuvT3") {
			t.Errorf("%s holds the hash: %v", name, err)
		}
	}
	// The number of waiting files is limited.
	for range 9 {
		sendFile(b, crowd(1))
	}
	if p := sendFile(b, crowd(1)); p.Status != 422 || !strings.Contains(p.Alert(), "Start or discard them") {
		t.Errorf("an eleventh: %d %s", p.Status, p.Alert())
	}
	if p := b.Fill(p, "Discard"); !p.Has("were discarded") {
		t.Errorf(`pressing "Discard": got %s, want the text "were discarded"`, p.Text())
	}
	if p := sendFile(b, crowd(1)); !p.Has("1 to create") {
		t.Errorf(`sendFile(b, crowd(1)): got %s, want the text "1 to create"`, p.Text())
	}
}

// TestImportsRunOut checks that files and imports are removed after some time.
func TestImportsRunOut(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	waits := sendFile(b, crowd(2))
	done := b.Fill(sendFile(b, crowd(1)), "Start import")
	c.Clock.Advance(portico.ImportTTL + time.Second)
	c.works()
	b = c.as(c.admin)
	if w, d := b.Get(waits.Path), b.Get(done.Path); w.Status != 404 || d.Status != 200 {
		t.Errorf("got %d %d, want status 404, status 200", w.Status, d.Status)
	}
	c.Clock.Advance(portico.ImportKept)
	c.works()
	if d := c.as(c.admin).Get(done.Path); d.Status != 404 {
		t.Errorf("GET %v: got %d, want status 404", done.Path, d.Status)
	}
}

// TestImportTellsTheOldAddress checks that an import which changes an address
// mails the old one, as a change on the page does, and that its link notifies
// the administrators.
func TestImportTellsTheOldAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	b.Fill(sendFile(b, "login_id,first_name,last_name,email,role\nulla,Ulla,Tester,mallory@example.net,user\n"), "Start import")
	if got := c.Account(c.user.ID).Email; got != "mallory@example.net" {
		t.Fatalf(`got %v, want "mallory@example.net"`, got)
	}
	back := c.lastMail("ulla@example.com").Link("/not-me/")
	if back == "" {
		t.Fatal("no way back")
	}
	b = c.Client()
	b.Fill(b.Get(back), "This wasn't me")
	if got := c.lastMail("alice@").Subject; !strings.Contains(got, "Ulla Tester (ulla)") || c.Account(c.user.ID).Email != "mallory@example.net" {
		t.Errorf(`got %s, want "Ulla Tester (ulla)" in got, c.Account(c.user.ID).Email "mallory@example.net"`, got)
	}
}
