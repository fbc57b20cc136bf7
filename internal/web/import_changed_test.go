package web_test

import (
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/spreadsheet"
)

// TestChangedInTheDownload edits the downloaded list and sends it back: what
// tells people apart must not be taken for another person.
func TestChangedInTheDownload(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for _, name := range []string{"Eve", "Fay"} {
		_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: name, LastName: "Il", Email: strings.ToLower(name) + "@example.com", Role: portico.RoleUser})
		must(t, err)
	}
	people := c.people()
	download := func() string {
		t.Helper()
		return b.Get(b.Get(access).Link("Download CSV")).Body
	}
	carryOut := func(file string) *porticotest.Page {
		t.Helper()
		return b.Fill(sendFile(b, file), "Start import")
	}
	file := download()

	// The address of somebody without a login ID.
	changed := strings.Replace(file, "eve@example.com", "eva@example.net", 1)
	if p := sendFile(b, changed); !p.Has("0 to create, 1 to update, 4 unchanged, 0 refused") || !strings.Contains(p.Row("eva@example.net"), "email") {
		t.Fatalf("what would happen: %s", p.Text())
	}
	if p := carryOut(changed); !p.Has("0 created, 1 updated") || c.people() != people || len(c.Mails("eva@example.net")) == 0 {
		t.Errorf("an address that was changed: %s, %d people, want %d, and a mail to the new address", p.Text(), c.people(), people)
	}
	// Both of two people.
	file = download()
	swapped := strings.NewReplacer("eva@example.net", "fay@example.com", "fay@example.com", "eva@example.net").Replace(file)
	if p := carryOut(swapped); !p.Has("0 created, 2 updated") || c.people() != people {
		t.Errorf("two addresses that changed places: %s", p.Text())
	}
	// Somebody's login ID: that is changed on the person's page.
	file = download()
	renamed := strings.Replace(file, "ulla,", "ulla.new,", 1)
	if p := sendFile(b, renamed); !p.Has("0 to create, 0 to update, 4 unchanged, 1 refused") || !strings.Contains(p.Row("ulla.new"), "This row belongs to ulla in the downloaded list. An import changes no login ID: edit that user instead. For a different user, leave id empty.") {
		t.Errorf("a login ID that was changed: %s", p.Text())
	}
	// A wrong address is refused, and the file of refused rows can be corrected.
	wrong := strings.Replace(file, "fay@example.com", "fay@", 1)
	p := sendFile(b, wrong)
	if !p.Has("4 unchanged, 1 refused") {
		t.Errorf("a wrong address: %s", p.Text())
	}
	refused := strings.TrimPrefix(b.Get(p.Link("Download the refused rows")).Body, spreadsheet.BOM)
	if p := carryOut(strings.Replace(refused, "fay@", "fay@example.org", 1)); !p.Has("0 created, 1 updated") || c.people() != people {
		t.Errorf("corrected as\n%s: %s", refused, p.Text())
	}
	// The same person twice, and an id that is nobody's here.
	var row string
	for line := range strings.Lines(download()) {
		if strings.Contains(line, "fay@example.org") {
			row = strings.TrimSpace(line)
		}
	}
	head := strings.SplitN(strings.TrimPrefix(file, spreadsheet.BOM), "\n", 2)[0]
	id := strings.Split(row, ",")[slices.Index(strings.Split(strings.TrimSpace(head), ","), "id")]
	if len(id) != 36 {
		t.Fatalf("the id of %q, below %q: got %q, want one of 36 characters", row, head, id)
	}
	if p := sendFile(b, head+"\n"+row+"\n"+strings.Replace(row, "fay@example.org", "fay@example.net", 1)+"\n"); !p.Has("1 refused") || !p.Has("Line 2 is about the same user: id is repeated.") {
		t.Errorf("the same person twice: %s", p.Text())
	}
	greta := c.as(c.other)
	if p := sendFile(greta, head+"\n"+strings.Replace(row, "fay@example.org", "fay@example.net", 1)+"\n"); !p.Has("1 to create, 0 to update") {
		t.Errorf("the row of another customer's person: %s", p.Text())
	}
	if p := sendFile(b, head+"\n"+strings.Replace(row, id, "no-such-id", 1)+"\n"); !p.Has("0 to create, 0 to update, 1 unchanged") {
		t.Errorf("an id that is nobody's: %s", p.Text())
	}
}
