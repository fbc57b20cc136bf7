package e2e

import (
	"testing"

	"portico/internal/locale"
	"portico/internal/web/gallery"
)

// TestTextSize checks each page in each state for a reader whose browser has text
// of twice the usual size: the text of the page follows, nothing has to be
// scrolled sideways, also on the smallest phone, and no text overflows its
// element.
func TestTextSize(t *testing.T) {
	t.Parallel()
	b := browse(t, galleryPages(t, locale.English), look{script: true, width: 1280, text: 32})
	b.open("/login/empty")
	for _, element := range []string{"body", "h1", "label", "input", "button"} {
		size := `parseFloat(getComputedStyle(document.querySelector("main ` + element + `, ` + element + `")).fontSize)`
		if b.eval(`(`+size+` >= 26) + ""`) != "true" {
			t.Errorf("%s: got text of %s px for a reader who wants 32 in place of 16, want it twice as large as usual", element, b.eval(size+` + ""`))
		}
	}
	for _, s := range gallery.States() {
		b.open(s.Path())
		b.fits(s.Path(), []int64{320, 375, 768, 1280, 1920})
	}
}

// TestFieldsAreNotZoomed checks that the text in each field is at least 16 px: iOS
// zooms in on smaller ones, and does not zoom out again.
func TestFieldsAreNotZoomed(t *testing.T) {
	t.Parallel()
	b := browse(t, galleryPages(t, locale.English), look{script: true, width: 375})
	for _, s := range gallery.States() {
		b.open(s.Path())
		if small := b.eval(`[...document.querySelectorAll("input, select, textarea")].filter(e => parseFloat(getComputedStyle(e).fontSize) < 16 &&
			!["hidden", "checkbox", "radio"].includes(e.type)).map(e => e.name).join(" ")`); small != "" {
			t.Errorf("%s: got text below 16 px in the fields %s", s.Path(), small)
		}
	}
}
