package web_test

import (
	"testing"

	"portico"
)

// TestDetailsAreToldAsSigned checks that what happens through pages is recorded
// in English and as a message, that the files have the English, and that a message
// which somebody else put into the database, or none, changes neither page nor file.
func TestDetailsAreToldAsSigned(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice := c.as(c.admin)
	alice.Fill(alice.Get(access+"/"+string(c.user.ID)), "Save", "First name", "Ulrike")
	last := func() portico.Event {
		for _, e := range c.Events(c.acme.ID) {
			if e.Action == portico.UserEdited {
				return e
			}
		}
		t.Fatal("no event of the edit")
		return portico.Event{}
	}
	e := last()
	if got := e.Told.Stored(); e.Details != "first name" || got != `{"text":"#changed first name"}` {
		t.Errorf("got %q, told %s, want the field in English and as a message", e.Details, got)
	}
	const filter = "?action=user.edited"
	file := alice.Get("/administration/audit.jsonl" + filter).Text()
	for _, told := range []string{"", `{"text":"#changed email"}`, `{"text":"first name","values":["x"]}`, "{"} {
		c.behind(t, "UPDATE events SET told = $1 WHERE id = $2", told, e.ID)
		if got := last().DetailsText(); got != "first name" {
			t.Errorf("with %q beside it: got %q, want the English", told, got)
		}
		if p := alice.Get("/administration/audit" + filter); !p.Has("first name") {
			t.Errorf("with %q beside it: got %s, want the English", told, p.Text())
		}
		if got := alice.Get("/administration/audit.jsonl" + filter).Text(); got != file {
			t.Errorf("with %q beside it: got the file %s, want %s", told, got, file)
		}
	}
}
