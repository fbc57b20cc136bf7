package gallery

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryPageIsShown checks that every page has a sample, because nobody
// looks at a page without one.
func TestEveryPageIsShown(t *testing.T) {
	h, err := Handler()
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
