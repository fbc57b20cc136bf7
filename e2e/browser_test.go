package e2e

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"portico/internal/locale"
	"portico/internal/porticotest"
	"portico/internal/web/gallery"
)

// patience limits the time of all browser actions of a test. No test waits for
// it.
const patience = 15 * time.Minute

// look is how a browser is configured.
type look struct {
	script bool
	width  int64
	dark   bool
}

var (
	desktop  = look{script: true, width: 1280}
	noScript = look{script: false, width: 1280}
	phone    = look{script: false, width: 375, dark: true}
)

// tab is a tab with cookies of its own.
type tab struct {
	t      *testing.T
	ctx    context.Context
	url    string
	script bool
}

// galleryPages serves every page in every state, with no portal behind it, until
// the test ends.
func galleryPages(t *testing.T, l locale.Language) *porticotest.Portal {
	t.Helper()
	h, err := gallery.Handler(l)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &porticotest.Portal{URL: server.URL}
}

// browse opens a tab on the portal. It closes when the test ends.
func browse(t *testing.T, p *porticotest.Portal, l look) *tab {
	t.Helper()
	ctx, endTab := chromedp.NewContext(started(t), chromedp.WithNewBrowserContext())
	ctx, endTime := context.WithTimeout(ctx, patience)
	b := &tab{t: t, ctx: ctx, url: p.URL}
	t.Cleanup(func() {
		endTime()
		endTab()
	})
	b.set(l)
	return b
}

func (b *tab) set(l look) {
	b.t.Helper()
	b.must(chromedp.Do(b.ctx, chromedp.Navigate("about:blank")))
	b.script = l.script
	b.dress(l)
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}) // as if no other tab were open
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.script})
}

// dress sets the width and the colours of a look, also on a page that is loaded.
func (b *tab) dress(l look) {
	b.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: 900, DeviceScaleFactor: 2, Mobile: l.width < 600})
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, command, params)
	b.must(err)
	return r
}

// open opens an address of the portal or from a mail.
func (b *tab) open(address string) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.url + address
	}
	b.must(chromedp.Do(b.ctx, chromedp.Navigate(address)))
}

// find returns the only visible element with this role and accessible name. It
// fails if there is none or several.
func (b *tab) find(role, name string) cdp.BackendNodeID {
	b.t.Helper()
	found := b.all(role, name)
	if len(found) != 1 {
		b.t.Fatalf("%d elements %s %q, not one, on:\n%s", len(found), role, name, b.text())
	}
	return found[0]
}

func (b *tab) all(role, name string) []cdp.BackendNodeID {
	b.t.Helper()
	root := call(b, dom.GetDocument, dom.GetDocumentParams{}).Root
	tree := call(b, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: root.BackendNodeID, Role: role, AccessibleName: name})
	var found []cdp.BackendNodeID
	for _, n := range tree.Nodes {
		if !n.Ignored {
			found = append(found, n.BackendDOMNodeID)
		}
	}
	return found
}

// has reports whether there is such an element.
func (b *tab) has(role, name string) bool { return len(b.all(role, name)) > 0 }

// point clicks the middle of an element with the mouse.
func (b *tab) point(id cdp.BackendNodeID) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, t, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}); err != nil {
			return chromedp.Void{}, err
		}
		box, err := cdp.Call(ctx, t, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: id})
		if err != nil {
			return chromedp.Void{}, err
		}
		q := box.Model.Border
		return chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2)(ctx, t)
	}
}

// click clicks an element that does not lead to another page, such as a menu.
func (b *tab) click(role, name string) {
	b.t.Helper()
	b.must(chromedp.Do(b.ctx, b.point(b.find(role, name))))
}

// follow clicks an element that leads to another page, and waits for that page.
func (b *tab) follow(role, name string) {
	b.t.Helper()
	b.leave(b.find(role, name))
}

func (b *tab) leave(id cdp.BackendNodeID) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, b.point(id)))
	b.must(err)
}

// fill replaces the content of the field with this label.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	id := b.find("textbox", label)
	call(b, dom.Focus, dom.FocusParams{BackendNodeID: id})
	b.must(chromedp.Do(b.ctx, chromedp.KeyEvent("a", chromedp.KeyModifiers(2)), chromedp.KeyEvent(text)))
}

// text returns what can be read on the page.
func (b *tab) text() string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	b.must(err)
	return s
}

// reads fails if the text cannot be read on the page.
func (b *tab) reads(text string) {
	b.t.Helper()
	if got := b.text(); !strings.Contains(got, text) {
		b.t.Fatalf("cannot read %q on:\n%s", text, got)
	}
}

// eval evaluates an expression that returns a string.
func (b *tab) eval(expression string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	b.must(err)
	return s
}

// screenshot stores an image of the whole page in the directory that
// PORTICOTEST_SCREENSHOTS names. Without it, nobody would see the image, and none is
// taken.
func (b *tab) screenshot(name string) {
	b.t.Helper()
	if dir := os.Getenv("PORTICOTEST_SCREENSHOTS"); dir != "" {
		b.must(os.MkdirAll(dir, 0o755))
		b.must(os.WriteFile(filepath.Join(dir, name+".png"), b.image(), 0o644))
	}
}

// image returns an image of the whole page.
func (b *tab) image() []byte {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.must(err)
	return png
}

// login logs in, with a code unless it is "".
func (b *tab) login(loginID, password, code string) {
	b.t.Helper()
	b.open("/login")
	b.fill("Login ID", loginID)
	b.fill("Password", password)
	b.follow("button", "Log in")
	if code != "" {
		b.enter(code)
	}
}

// enter types the code of the second step. With script, the form is sent
// without a button.
func (b *tab) enter(code string) {
	b.t.Helper()
	if !b.script {
		b.fill("Enter the code here", code)
		b.follow("button", "Submit")
		return
	}
	call(b, dom.Focus, dom.FocusParams{BackendNodeID: b.find("textbox", "Enter the code here")})
	_, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(code)))
	b.must(err)
}

// eventually asks the page again and again until the answer is yes, and reports
// whether it was. A dialog comes from the portal, and the browser moves the focus
// shortly after a page has loaded. It gives up a minute before the time of the
// tab is over, so that the test can still say what the page shows.
func (b *tab) eventually(yes func() bool) bool {
	end, _ := b.ctx.Deadline()
	for !yes() {
		if time.Until(end) < time.Minute {
			return false
		}
		time.Sleep(10 * time.Millisecond) // for the page, and for other tests
	}
	return true
}

// asks clicks a link that asks for confirmation, and waits for the question: in
// a dialog with script, on another page without.
func (b *tab) asks(id cdp.BackendNodeID) {
	b.t.Helper()
	if !b.script {
		b.leave(id)
		return
	}
	b.must(chromedp.Do(b.ctx, b.point(id)))
	if b.eventually(func() bool { return b.eval(`String(!!document.querySelector("dialog[open]"))`) == "true" }) {
		return
	}
	b.t.Fatalf("nothing is asked on:\n%s", b.text())
}
