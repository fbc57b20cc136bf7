package web_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestEveryImportIsListed checks that the page of imports lists all that there
// are, finished or not, and says which are kept.
func TestEveryImportIsListed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for range 3 {
		sendFile(b, crowd(2))
	}
	for i := range 21 {
		file := fmt.Sprintf("login_id,first_name,last_name,email,role\nperson%d,P,Person,p%d@example.com,user\n", i, i)
		b.Fill(sendFile(b, file), "Start import")
	}
	p := b.Get(importing)
	if n := strings.Count(p.Body, `href="/administration/imports/`); n != 23 {
		t.Errorf("after 3 imports that wait and 21 that are done, %d are listed, want 23", n)
	}
	if !p.Has("The 20 most recent finished imports are kept, for 30 days at most.") {
		t.Errorf("the page does not say which are kept: %s", p.Text())
	}
}
