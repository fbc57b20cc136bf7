package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico/internal/mail"
)

type senderFunc func() error

func (f senderFunc) Send(context.Context, mail.Message) error { return f() }

// demoMailbox returns a mailbox whose clock stands at noon, and what its pages
// answer.
func demoMailbox(t *testing.T, fails *error) (box *mailbox, read func(path string) *httptest.ResponseRecorder) {
	t.Helper()
	noon := time.Date(2026, 11, 28, 12, 0, 5, 0, time.UTC)
	box = &mailbox{Sender: senderFunc(func() error { return *fails }), now: func() time.Time { return noon }}
	return box, func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		box.pages().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
}

// TestDemoMails checks that the page shows the sent mails, newest first and with
// their times, as text with working links, and that names cannot inject markup.
func TestDemoMails(t *testing.T) {
	t.Parallel()
	var fails error
	box, read := demoMailbox(t, &fails)
	if page := read("/").Body.String(); !strings.Contains(page, "No mail yet") {
		t.Errorf(`page without mails: got %v, want "No mail yet"`, page)
	}
	for i := range shownMails + 1 {
		m := mail.Message{To: "a@example.com", Name: "<b>Ann", Subject: fmt.Sprintf("Mail %d of many", i), Text: "Hello\n\nhttp://localhost/activate/x\n\njavascript:x"}
		if err := box.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	fails = errors.New("no room")
	if err := box.Send(t.Context(), mail.Message{Subject: "not sent"}); !errors.Is(err, fails) {
		t.Errorf("Send with a sender that fails: got %v, want %v", err, fails)
	}
	page := read("/").Body.String()
	if strings.Index(page, "Mail 200 of many") > strings.Index(page, "Mail 199 of many") {
		t.Error("page: got mail 199 before mail 200, want the newest first")
	}
	for _, want := range []string{`<a href="http://localhost/activate/x">`, "28 Nov 2026, 12:00:05"} {
		if !strings.Contains(page, want) {
			t.Errorf("page: got %v, want %q in it", page[:900], want)
		}
	}
	for _, not := range []string{"<b>Ann", `href="javascript`, "Mail 0 of many", "not sent"} {
		if strings.Contains(page, not) {
			t.Errorf("page: got %q in it, want it left out", not)
		}
	}
}

// TestDemoMailsHaveBothViews checks that the page has the stylesheet of the
// portal, and leads to each mail as HTML, which loads nothing from elsewhere.
func TestDemoMailsHaveBothViews(t *testing.T) {
	t.Parallel()
	var fails error
	box, read := demoMailbox(t, &fails)
	for _, name := range []string{"first", "second"} {
		if err := box.Send(t.Context(), mail.Message{Subject: name, Text: name + " as text", HTML: "<p>" + name + " as HTML"}); err != nil {
			t.Fatal(err)
		}
	}
	page := read("/").Body.String()
	style := regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)">`).FindStringSubmatch(page)
	if style == nil {
		t.Fatalf("page: got %v, want a stylesheet", page)
	}
	if w := read(style[1]); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), ".card") {
		t.Errorf("GET %s: got %d and %d bytes, want the stylesheet of the portal", style[1], w.Code, w.Body.Len())
	}
	views := regexp.MustCompile(`href="(/html/\d+)"`).FindAllStringSubmatch(page, -1)
	if len(views) != 2 {
		t.Fatalf("links to mails as HTML: got %d, want 2", len(views))
	}
	for i, want := range []string{"<p>second as HTML", "<p>first as HTML"} {
		w := read(views[i][1])
		if got := w.Body.String(); got != want {
			t.Errorf("GET %s: got %q, want %q", views[i][1], got, want)
		}
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
			t.Errorf("GET %s: got the policy %q, want one that loads nothing", views[i][1], got)
		}
	}
	for _, path := range []string{"/html/3", "/html/x", "/html/0"} {
		if w := read(path); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: got %d, want 404", path, w.Code)
		}
	}
}
