package e2e

import (
	_ "embed"
	"encoding/json"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"

	"portico/internal/locale"
	"portico/internal/web/gallery"
)

//go:embed testdata/axe/axe.min.js
var axe string

// axeRules are the rules of axe for WCAG 2.2 AA and best practice.
const axeRules = `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}`

// widths are those of a small phone (or of 1280 at 400 % zoom), a phone, a
// phone in landscape, a tablet, a laptop and a wide screen.
var widths = []int64{320, 375, 560, 768, 1280, 1920}

// TestGallery checks every page in every state: axe finds no violation, in
// light and in dark mode; nothing has to be scrolled sideways at any width, with
// text of the usual size and twice that; no text overflows its element; no field
// is zoomed; and tables hold the longest. The rules of axe include the size of
// targets. Each page is loaded once, because that takes longer than a check.
func TestGallery(t *testing.T) {
	t.Parallel()
	pages := galleryPages(t, locale.English)
	states := gallery.States()
	half := len(states) / 2
	var tables atomic.Int32
	t.Cleanup(func() { // after both halves
		if n := tables.Load(); n < 10 && !t.Failed() {
			t.Errorf("only %d pages with a table were measured", n)
		}
	})
	for name, states := range map[string][]gallery.State{"first half": states[:half], "second half": states[half:]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browse(t, pages, desktop)
			call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: axe})
			for _, s := range states {
				b.open(s.Path())
				for _, dark := range []bool{false, true} {
					b.dress(look{width: 1280, dark: dark})
					b.violations(s.Path(), dark)
					b.picture(s.Path(), dark)
				}
				b.fits(s.Path(), widths)
				b.notZoomed(s.Path())
				b.holdsLargeText(s.Path())
				if b.holdsTheLongest(s.Path()) { // changes the page, so it is the last check
					tables.Add(1)
				}
			}
		})
	}
}

// TestGalleryInLanguages checks that every page in every state fits the screen with
// longer texts: at every width in Pseudo, which is longer than any language, and in
// German, whose words are, on the smallest phone.
func TestGalleryInLanguages(t *testing.T) {
	t.Parallel()
	for l, widths := range map[locale.Language][]int64{locale.Pseudo: widths, "de": widths[:1]} {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			b := browse(t, galleryPages(t, l), look{script: true, width: 1280})
			for _, s := range gallery.States() {
				b.open(s.Path())
				b.fits(string(l)+s.Path(), widths)
			}
		})
	}
}

func (b *tab) violations(page string, dark bool) {
	b.t.Helper()
	rules := axeRules
	if dark { // only what can differ from light mode
		rules = `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}, resultTypes: ["violations"]}`
	}
	wait := true
	r := call(b, runtime.Evaluate, runtime.EvaluateParams{
		Expression:   `axe.run(document, ` + rules + `).then(r => JSON.stringify(r.violations.map(v => [v.id, v.help, ...v.nodes.map(n => n.html)])))`,
		AwaitPromise: &wait, ReturnByValue: &wait,
	})
	var text string
	b.must(json.Unmarshal(r.Result.Value, &text))
	var found [][]string
	b.must(json.Unmarshal([]byte(text), &found))
	for _, v := range found {
		b.t.Errorf("%s (dark: %v): %s", page, dark, strings.Join(v, "\n\t"))
	}
}

// tooWide returns by how many pixels the page is wider than the window, or the
// widest element that scrolls by itself wider than its visible part.
const tooWide = `String(Math.max(document.scrollingElement.scrollWidth - innerWidth,
	...[...document.querySelectorAll("main *")].filter(e => getComputedStyle(e).overflowX == "auto").map(e => e.scrollWidth - e.clientWidth)))`

// runsOver returns the beginnings of items and paragraphs whose text overflows
// them.
const runsOver = `[...document.querySelectorAll("main li, main p, main dd")].filter(e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 &&
	getComputedStyle(e).overflowX == "visible").map(e => e.textContent.trim().slice(0, 40)).join("; ")`

// fits fails if something has to be scrolled sideways or overflows, at any of
// the widths.
func (b *tab) fits(page string, widths []int64) {
	b.t.Helper()
	for _, w := range widths {
		b.resize(w, 900) // not Mobile: a phone would zoom out
		wide, over, _ := strings.Cut(b.eval(tooWide+` + " " + `+runsOver), " ")
		if wide != "0" && !strings.HasPrefix(wide, "-") {
			b.t.Errorf("%s is %s px too wide for %d", page, wide, w)
		}
		if over != "" {
			b.t.Errorf("%s at %d: text runs out of its place: %s", page, w, over)
		}
	}
}

// picture stores an image of a page if PORTICOTEST_SCREENSHOTS is set: as on a
// laptop in light mode, as on a phone in dark mode.
func (b *tab) picture(page string, dark bool) {
	b.t.Helper()
	if os.Getenv("PORTICOTEST_SCREENSHOTS") == "" {
		return
	}
	width, kind := int64(1280), "light"
	if dark {
		width, kind = 375, "dark"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: dark})
	b.screenshot("gallery" + strings.ReplaceAll(page, "/", "-") + "-" + kind)
}
