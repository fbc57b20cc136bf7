package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portico/internal/mail"
)

type senderFunc func() error

func (f senderFunc) Send(context.Context, mail.Message) error { return f() }

// TestDemoMails checks that the page shows the sent mails, newest first, as
// text with working links, and that names cannot inject markup.
func TestDemoMails(t *testing.T) {
	var fails error
	box := &mailbox{Sender: senderFunc(func() error { return fails })}
	read := func() string {
		w := httptest.NewRecorder()
		box.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Body.String()
	}
	if !strings.Contains(read(), "No mail yet") {
		t.Errorf(`got %v, want "No mail yet" in read()`, read())
	}
	for i := range shownMails + 1 {
		m := mail.Message{To: "a@example.com", Name: "<b>Ann", Subject: fmt.Sprintf("Mail %d of many", i), Text: "Hello\n\nhttp://localhost/activate/x\n\njavascript:x"}
		if err := box.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	fails = errors.New("no room")
	if err := box.Send(t.Context(), mail.Message{Subject: "not sent"}); !errors.Is(err, fails) {
		t.Errorf(`box.Send(t.Context(), mail.Message{Subject: "not sent"}): got %v, want the error errors`, err)
	}
	page := read()
	if strings.Index(page, "Mail 200 of many") > strings.Index(page, "Mail 199 of many") || strings.Contains(page, "Mail 0 of many") || strings.Contains(page, "not sent") {
		t.Errorf(`read(): got %v, want at most strings.Index(page, "Mail 199 of many") for strings.Index(page, "Mail 200 of many"), no "Mail 0 of many" in page, no "not sent" in page`, page[:500])
	}
	if !strings.Contains(page, `<a href="http://localhost/activate/x">`) || strings.Contains(page, "<b>Ann") || strings.Contains(page, `href="javascript`) {
		t.Errorf(`read(): got %v, want "<a href=\"http://localhost/activate/x\">" in page, no "<b>Ann" in page, no "href=\"javascript" in page`, page[:800])
	}
}
