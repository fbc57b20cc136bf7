package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"portico"
	"portico/internal/porticotest"
)

// TestTenThousand is the journey of a new customer: its people are imported
// from a file, 2FA is required of them from the next day, and on that day one
// of them logs in, has to enrol, and logs in with a code.
func TestTenThousand(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	c := p.Customer("acme", "Acme Telecom")
	p.User(c.ID, "alice", portico.RoleAdministrator)
	b := browse(t, p, desktop)
	b.login("alice", porticotest.Password, "")

	// The file is validated and then run, while the page shows the progress.
	b.open("/administration/access/import")
	b.choose("CSV file", peopleFile(t, 10_000))
	b.follow("button", "Preview import")
	b.reads("0 of 10,000")
	b.screenshot("import looking")
	b.reloads(p.Imports.Work)
	b.reads("Preview")
	b.reads("10,000 to create, 0 to update, 0 unchanged, 0 refused.")
	b.screenshot("import looked")
	b.follow("button", "Start import")
	b.reads("Importing")
	b.screenshot("import running")
	b.reloads(p.Imports.Work)
	b.reads("10,000 created, 0 updated, 0 unchanged, 0 refused.")
	b.screenshot("import done")

	// None of them has 2FA, and all of them need it from the next day.
	b.open("/administration/access")
	b.reads("10,001")
	b.follow("link", "2FA not Enabled 10,001")
	b.reads("10,001 people")
	b.screenshot("ten thousand")
	b.open("/administration/policy")
	b.eval(`document.getElementById("require_user").value = "2026-11-24"`)
	b.follow("button", "Save 2FA")
	b.follow("button", "Save the policy")
	b.reads("The policy was saved.")

	// One of them gets an invitation and uses it the next day.
	b.open("/administration/access?q=person+nr04711")
	b.follow("link", "Person Nr04711")
	b.follow("button", "Send an invitation")
	p.Clock.Advance(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC).Sub(p.Clock.Now()))
	mails := p.Mails("p04711@acme.example")
	if len(mails) == 0 {
		t.Fatal("no invitation")
	}
	own := browse(t, p, phone)
	own.open(mails[len(mails)-1].Link("/activate/"))
	own.fill("Password", porticotest.Password)
	own.follow("button", "Activate")
	own.reads("Your account is ready, and you are logged in")
	own.reads("One more step")
	own.follow("button", "Set up Two Factor Authentication")
	key := own.eval(`document.querySelector("[data-testid=setup-key]").textContent`)
	own.fill("Enter the code here", appCode(t, key, p.Clock.Now()))
	own.follow("button", "Submit")
	own.follow("button", "I have saved my recovery codes")
	own.logout("Person Nr04711 Acme Telecom")
	p.Clock.Advance(time.Minute)
	own.login("p04711", porticotest.Password, appCode(t, key, p.Clock.Now()))
	own.reads("Hello Person")
	b.login("alice", porticotest.Password, "")
	b.open("/administration/access?q=p04711")
	b.reads("2FA enabled")
}

// peopleFile writes a file of n people to import, and returns its path.
func peopleFile(t *testing.T, n int) string {
	t.Helper()
	var file strings.Builder
	file.WriteString("login_id,first_name,last_name,email,role,labels\n")
	for i := range n {
		fmt.Fprintf(&file, "p%05d,Person,Nr%05d,p%05d@acme.example,user,Moved in\n", i, i, i)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// choose puts a file into the field with this label.
func (b *tab) choose(label, path string) {
	b.t.Helper()
	field := call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: fmt.Sprintf(`[...document.querySelectorAll("label")].find(l => l.textContent.trim() === %q).control`, label)})
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{ObjectID: field.Result.ObjectID, Files: []string{path}})
}

// reloads runs work, and waits until the page's script notices that it is done.
func (b *tab) reloads(work func(context.Context) error) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, work(ctx)
	}))
	b.must(err)
}
