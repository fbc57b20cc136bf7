package ui_test

import (
	"regexp"
	"strings"
	"testing"

	"portico/internal/web/gallery"
	"portico/internal/web/ui"
)

var (
	inline  = regexp.MustCompile(`(?i)<[a-z][^>]*\s(on[a-z]+|style)\s*=|<style|<script(?: [^>]*)?>[^<]`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	oneHead = regexp.MustCompile(`<h1[ >]`)
	ids     = regexp.MustCompile(` id="([^"]*)"`)
)

// TestC26_XSSInNamesOnPages renders every page of the gallery as it is, with
// hostile and very long data, and with none. TestEveryPageIsShown checks that
// the gallery has every page.
func TestC26_XSSInNamesOnPages(t *testing.T) {
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range gallery.Variants() {
		name := s.Path()
		b, err := r.Render(s.Content)
		if err != nil {
			t.Errorf("%s: %v, want no error", name, err)
			continue
		}
		html := string(b)
		for _, bad := range []string{"ZgotmplZ", "no value", "alert(1)</script>", "<b onclick", "%!"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s: holds %q", name, bad)
			}
		}
		if found := inline.FindString(quoted.ReplaceAllString(html, `""`)); found != "" {
			t.Errorf("%s: inline script or style: %s", name, found)
		}
		if n := len(oneHead.FindAllString(html, -1)); n != 1 {
			t.Errorf("%s: %d first headings", name, n)
		}
		if strings.Count(html, `role="alert"`) > 1 {
			t.Errorf("%s: more than one alert", name)
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(html, -1) {
			if seen[m[1]] {
				t.Errorf("%s: the id %s stands there twice", name, m[1])
			}
			seen[m[1]] = true
		}
	}
}
