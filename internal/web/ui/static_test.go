package ui

import (
	"net/http"
	"net/http/httptest"
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
