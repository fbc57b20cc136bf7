package ui

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestStaticFiles(t *testing.T) {
	for name, address := range addresses {
		for _, encoding := range []string{"", "gzip"} {
			r := httptest.NewRequest("GET", address, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			Static(http.NotFound).ServeHTTP(w, r)
			if w.Code != 200 || w.Header().Get("Content-Encoding") != encoding || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
				t.Errorf(`%s %q: %d %v, want w.Code 200, w.Header().Get("Content-Encoding") %v, "immutable" in w.Header().Get("Cache-Control"), w.Body.Len() other than 0`, name, encoding, w.Code, w.Header(), encoding)
			}
		}
	}
	w := httptest.NewRecorder()
	Static(http.NotFound).ServeHTTP(w, httptest.NewRequest("GET", "/static/app.css", nil))
	if w.Code != 404 {
		t.Errorf("a name without hash: %d", w.Code)
	}
	if _, err := asset("nope.css"); err == nil {
		t.Error("a missing file has an address")
	}
	if css := len(files[addresses["app.css"]].small()); css > 8<<10 { // compressed, as it is sent
		t.Errorf("the stylesheet has grown to %d bytes", css)
	}
}

var (
	comments    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	declaration = regexp.MustCompile(`([\w-]+):\s*([^;{}]+)`)
	sideways    = regexp.MustCompile(`\b(left|right)\b|\b\d+deg\b`)
	fourSides   = regexp.MustCompile(`^\S+ (\S+) \S+ (\S+)$`)
)

// TestStylesheetHasNoLeftAndRight checks that the pages are laid out by where lines
// begin and end, so that they are mirrored in a language that is written from right to
// left.
func TestStylesheetHasNoLeftAndRight(t *testing.T) {
	css := string(files[addresses["app.css"]].plain)
	for _, one := range physical(css) {
		t.Errorf("%s is not mirrored from right to left", one)
	}
	want := []string{
		"margin-left: 1px", "text-align: right", "left: 0", "inset: 1px auto 0 0", "padding: 1px 2px 3px 4px", "translate: 4px", "background: linear-gradient(90deg, red, blue)",
	}
	allowed := "; margin: 1px 2px 3px 2px; padding-inline: 1px 2px; /* left: 0 */ text-align: start }"
	if got := physical("a { " + strings.Join(want, "; ") + allowed); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// physical returns the declarations of a stylesheet that name the left or the right.
func physical(css string) (found []string) {
	for _, d := range declaration.FindAllStringSubmatch(comments.ReplaceAllString(css, ""), -1) {
		name, value := d[1], strings.TrimSpace(d[2])
		sides := fourSides.FindStringSubmatch(value)
		differ := sides != nil && sides[1] != sides[2] && (name == "inset" || name == "margin" || name == "padding" || strings.HasPrefix(name, "border-") && name != "border-radius")
		if sideways.MatchString(name+" "+value) || differ || name == "translate" {
			found = append(found, name+": "+value)
		}
	}
	return found
}
