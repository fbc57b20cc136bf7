package ui_test

import (
	"html"
	"reflect"
	"strings"
	"testing"

	"portico/internal/web/gallery"
	"portico/internal/web/ui"
)

// TestNoPageSaysMailed renders every page as a portal without a mail server
// does, and checks that none says that a mail is on its way.
func TestNoPageSaysMailed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range gallery.States() {
		page := reflect.New(reflect.TypeOf(s.Content)).Elem()
		page.Set(reflect.ValueOf(s.Content))
		page.FieldByName("Layout").FieldByName("NoMail").SetBool(true)
		b, err := r.Render(page.Interface().(ui.Page))
		if err != nil {
			t.Fatalf("%s: %v, want no error", s.Path(), err)
		}
		if wrong := ui.SaysMailed(html.UnescapeString(strings.Join(strings.Fields(string(b)), " "))); wrong != "" {
			t.Errorf("%s says without a mail server: …%s…", s.Path(), wrong)
		}
	}
}
