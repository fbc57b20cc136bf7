package web_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"portico"
)

// TestLanguagesGoIntoFilesAndBack checks that the files of people say in which
// language each is mailed, and that an import reads it there.
func TestLanguagesGoIntoFilesAndBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.speak(c.acme.ID, "de", map[portico.UserID]string{c.user.ID: "fr", c.help.ID: "es", c.admin.ID: "en"})
	b := c.as(c.admin)
	file := strings.TrimPrefix(b.Get(access+".csv").Body, "\xef\xbb\xbf")
	if p := sendFile(b, file); !p.Has("0 to create, 0 to update, 3 unchanged, 0 refused") {
		t.Fatalf("the file as it was downloaded: got %s, want nothing to do", p.Text())
	}
	for _, change := range [][2]string{{"user,,fr,", "user,,Deutsch,"}, {"helpdesk,,es,", "helpdesk,,,"}} {
		if !strings.Contains(file, change[0]) {
			t.Fatalf("%q is not in %s", change[0], file)
		}
		file = strings.Replace(file, change[0], change[1], 1)
	}
	if p := imported(t, b, file); !p.Has("0 created, 2 updated, 1 unchanged, 0 refused") {
		t.Errorf("changed and sent back: got %s, want two updates", p.Text())
	}
	for id, want := range map[portico.UserID]string{c.user.ID: "de", c.help.ID: "", c.admin.ID: "en"} {
		if got := c.Account(id).Language; got != want {
			t.Errorf("%s: got the language %q, want %q", c.Account(id).Name(), got, want)
		}
	}
	imported(t, b, "login_id,first_name,last_name,email,role\nulla,Ursula,Tester,ulla@example.com,user\n")
	if a := c.Account(c.user.ID); a.FirstName != "Ursula" || a.Language != "de" {
		t.Errorf("a file without the column: got %s and %q, want the language as it was", a.FirstName, a.Language)
	}

	p := sendFile(b, "first_name,last_name,email,role,labels,language\nEve,E,eve@example.com,user,A,fr\nKarl,K,karl@example.com,user,B,Klingon\n")
	if !p.Has("1 to create, 0 to update, 0 unchanged, 1 refused") {
		t.Fatalf("an unknown language: got %s, want one row refused", p.Text())
	}
	rows := records(t, b.Get(p.Link("Download the refused rows")))
	if got := strings.Join(rows[0], ","); got != "login_id,first_name,last_name,email,role,labels,language,line,reason,status" || rows[1][6] != "Klingon" || !strings.Contains(rows[1][8], "Enter one of these languages: en, es, fr and de.") {
		t.Errorf("the refused rows: got %q, want the language as it was sent", rows)
	}
	corrected := strings.Join(rows[0], ",") + "\n" + strings.ReplaceAll(strings.Join(rows[1][:8], ","), "Klingon", "es") + ",,\n"
	b.Fill(imported(t, b, corrected), "Send the invitations")
	if got := c.Mails("karl@"); len(got) != 1 || got[0].Language != "es" {
		t.Errorf("the corrected row: got %+v, want an invitation in Spanish", got)
	}
}

// TestArchiveHoldsLanguages checks that the file with everything of a customer says
// which languages it and its people have.
func TestArchiveHoldsLanguages(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.speak(c.acme.ID, "de", map[portico.UserID]string{c.user.ID: "fr"})
	files := unzip(t, c.operator().Get(everything).Body)
	var described struct{ Language string }
	if err := json.Unmarshal([]byte(files["acme/customer.json"]), &described); err != nil || described.Language != "de" {
		t.Errorf("the customer: got %v %s, want the language de", err, files["acme/customer.json"])
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(files["acme/people.csv"], "\xef\xbb\xbf"))).ReadAll()
	must(t, err)
	for _, row := range rows {
		if want := map[string]string{"login_id": "language", "ulla": "fr"}[row[0]]; row[6] != want {
			t.Errorf("%s: got the language %q, want %q", row[0], row[6], want)
		}
	}
}
