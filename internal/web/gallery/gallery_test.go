package gallery

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico/internal/locale"
	"portico/internal/web/ui"
)

// TestEveryPageIsShown checks that every page has a sample, because nobody
// looks at a page without one.
func TestEveryPageIsShown(t *testing.T) {
	h, err := Handler(locale.English)
	if err != nil {
		t.Fatal(err)
	}
	shown, paths := map[string]bool{}, map[string]bool{}
	for _, s := range States() {
		shown[s.Page()] = true
		if paths[s.Path()] {
			t.Errorf("two states at %s", s.Path())
		}
		paths[s.Path()] = true
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.Path(), nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "</html>") {
			t.Errorf(`%s: %d, want w.Code %v, "</html>" in w.Body.String()`, s.Path(), w.Code, http.StatusOK)
		}
	}
	files, err := filepath.Glob("../ui/templates/page/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf(`filepath.Glob("../ui/templates/page/*.html"): got %v, %v, want no error, len(files) other than 0`, files, err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".html"); !shown[name] {
			t.Errorf("the page %s is not shown", name)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	for path := range paths {
		if !strings.Contains(w.Body.String(), `"`+path+`"`) {
			t.Errorf("the list lacks %s", path)
		}
	}
}

var (
	passwordField = regexp.MustCompile(`<input [^>]*id="([^"]+)"[^>]* type="password"`)
	showPassword  = regexp.MustCompile(`<button type="button" aria-label="Show password" aria-pressed="false" aria-controls="([^"]+)" data-script hidden>`)
)

// TestEveryPasswordCanBeShown checks that each field for a password has a button
// that shows what was typed, and that the button is hidden until there is script.
func TestEveryPasswordCanBeShown(t *testing.T) {
	if testing.Short() {
		return // long
	}
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]bool{}
	for _, s := range States() {
		b, err := r.Render(s.Content)
		if err != nil {
			t.Fatal(err)
		}
		var fields, shown []string
		for _, m := range passwordField.FindAllStringSubmatch(string(b), -1) {
			fields = append(fields, m[1])
		}
		for _, m := range showPassword.FindAllStringSubmatch(string(b), -1) {
			shown = append(shown, m[1])
		}
		if len(fields) > 0 {
			pages[s.Page()] = true
		}
		if strings.Count(string(b), `type="password"`) != len(fields) || !slices.Equal(fields, shown) {
			t.Errorf("%s: got buttons that show %v, want one for each of %v", s.Path(), shown, fields)
		}
	}
	for _, page := range []string{"login", "activate", "new-password", "first-run", "password", "confirm"} {
		if !pages[page] {
			t.Errorf("%s: got no password, want one", page)
		}
	}
}
