package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/page"

	"portico/internal/locale"
)

// textSize sets the size of the reader's text in pixels; browsers have 16 unless
// their reader has chosen another.
func (b *tab) textSize(pixels int64) {
	b.t.Helper()
	call(b, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: pixels}})
}

// TestTextSize checks that the text of a page follows a reader whose browser has
// text of twice the usual size.
func TestTextSize(t *testing.T) {
	t.Parallel()
	b := browse(t, galleryPages(t, locale.English), desktop)
	b.textSize(32)
	b.open("/login/empty")
	for _, element := range []string{"body", "h1", "label", "input", "button"} {
		size := `parseFloat(getComputedStyle(document.querySelector("main ` + element + `, ` + element + `")).fontSize)`
		if b.eval(`(`+size+` >= 26) + ""`) != "true" {
			t.Errorf("%s: got text of %s px for a reader who wants 32 in place of 16, want it twice as large as usual", element, b.eval(size+` + ""`))
		}
	}
}

// holdsLargeText checks the page for a reader whose browser has text of twice the
// usual size: nothing has to be scrolled sideways, also on the smallest phone, and
// no text overflows its element.
func (b *tab) holdsLargeText(page string) {
	b.t.Helper()
	b.textSize(32)
	if got := b.eval(`getComputedStyle(document.documentElement).fontSize`); got != "32px" {
		b.t.Errorf("%s: got text of %s, want 32px", page, got)
	}
	b.fits(page+" in large text", []int64{320, 375, 768, 1280, 1920})
	b.textSize(16)
}

// notZoomed checks that the text in each field is at least 16 px: iOS zooms in on
// smaller ones, and does not zoom out again.
func (b *tab) notZoomed(page string) {
	b.t.Helper()
	b.dress(look{width: 375})
	if small := b.eval(`[...document.querySelectorAll("input, select, textarea")].filter(e => parseFloat(getComputedStyle(e).fontSize) < 16 &&
		!["hidden", "checkbox", "radio"].includes(e.type)).map(e => e.name).join(" ")`); small != "" {
		b.t.Errorf("%s: got text below 16 px in the fields %s", page, small)
	}
}
