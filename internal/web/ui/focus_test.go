package ui_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"portico/internal/web/gallery"
	"portico/internal/web/ui"
)

var focusable = regexp.MustCompile(`<(?:input|select|textarea|a|button)\b[^>]*\b(?:autofocus|aria-invalid="true")[^>]*>`)

// TestFocusIsOnTheFirstWrongField checks that a form which is shown again has
// its focus on the first field that is wrong, not on the first field.
func TestFocusIsOnTheFirstWrongField(t *testing.T) {
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range gallery.States() {
		field := reflect.ValueOf(s.Content).FieldByName("Problem")
		if !field.IsValid() || field.IsNil() || len(field.Interface().(*ui.Problem).Fields) == 0 {
			continue
		}
		b, err := r.Render(s.Content)
		if err != nil {
			t.Fatal(err)
		}
		tried++
		first := focusable.FindString(string(b))
		if !strings.Contains(first, "autofocus") || !strings.Contains(first, `aria-invalid="true"`) {
			t.Errorf("%s: got the focus on %q, want it on the first wrong field", s.Path(), first)
		}
	}
	if tried < 20 {
		t.Errorf("only %d forms with wrong fields were tried", tried)
	}
}
