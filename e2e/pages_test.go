package e2e

import (
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// What the journeys know about particular pages.

// status returns the text of role="status" in the section of the Account page.
func (b *tab) status() string {
	b.t.Helper()
	return b.eval(`document.querySelector("[role=status]").textContent`)
}

// slider returns aria-checked of the switch.
func (b *tab) slider() string {
	b.t.Helper()
	b.find("switch", "Two Factor Authentication")
	return b.eval(`document.querySelector("[role=switch]").getAttribute("aria-checked")`)
}

// rowOf returns the text of a person's row in the list.
func (b *tab) rowOf(loginID string) string {
	b.t.Helper()
	return b.eval(`[...document.querySelectorAll("tr")].map(r => r.innerText).find(t => t.includes("` + loginID + `@")) || ""`)
}

// focusedName returns the label of the field with the focus, or the text of another
// element that has it.
const focusedName = `(e => (e.labels && e.labels.length ? e.labels[0] : e).textContent.trim())(document.activeElement)`

// focused fails unless the element with this text, or the field with this label, gets the focus.
func (b *tab) focused(text string) {
	b.t.Helper()
	var got string
	if b.eventually(func() bool { got = b.eval(focusedName); return got == text }) {
		return
	}
	b.t.Fatalf("the focus is not on %q but on %q", text, got)
}

// followIn follows a link inside the element with this ID.
func (b *tab) followIn(id, role, name string) {
	b.t.Helper()
	tree := call(b, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: b.byID(id), Role: role, AccessibleName: name})
	for _, n := range tree.Nodes {
		if !n.Ignored {
			b.leave(n.BackendDOMNodeID)
			return
		}
	}
	b.t.Fatalf("no %s %q in #%s", role, name, id)
}

// logout logs out by the account menu.
func (b *tab) logout(account string) {
	b.t.Helper()
	b.click("button", account)
	b.follow("button", "Log out")
	b.reads("You are logged out.")
}

// upload chooses a file with this content on the import page.
func (b *tab) upload(content string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "people.csv")
	b.must(os.WriteFile(file, []byte(content), 0o600))
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{file}, ObjectID: b.byID("file")})
}

// byID returns the element with this ID.
func (b *tab) byID(id string) runtime.RemoteObjectID {
	b.t.Helper()
	r := call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: `document.getElementById("` + id + `")`})
	return r.Result.ObjectID
}

// back presses the browser's back button.
func (b *tab) back() {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.NavigateBack()))
	b.must(err)
}

// search types into the list's search field. With script, it waits for the
// announcement of the result; without, it sends the form.
func (b *tab) search(text string, script bool) {
	b.t.Helper()
	call(b, dom.Focus, dom.FocusParams{BackendNodeID: b.find("searchbox", "Search")})
	if !script {
		b.must(chromedp.Do(b.ctx, chromedp.KeyEvent(text)))
		b.follow("button", "Search")
		return
	}
	b.eval(`(window.heard = new Promise(r => new MutationObserver(() => r("")).observe(document.getElementById("live"), {childList: true})), "")`)
	b.must(chromedp.Do(b.ctx, chromedp.KeyEvent(text)))
	wait := true
	call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: "window.heard", AwaitPromise: &wait})
}
