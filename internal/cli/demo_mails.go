package cli

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"portico/internal/mail"
)

// shownMails is how many mails the page of a demo shows.
const shownMails = 200

// mailbox is a sender that also shows the sent mails on a page.
type mailbox struct {
	mail.Sender

	mu    sync.Mutex
	mails []mail.Message // newest first
}

// Send sends a mail and keeps it for the page.
func (b *mailbox) Send(ctx context.Context, m mail.Message) error {
	if err := b.Sender.Send(ctx, m); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = slices.Insert(b.mails, 0, m)
	b.mails = b.mails[:min(len(b.mails), shownMails)]
	return nil
}

var mailboxPage = template.Must(template.New("").Funcs(template.FuncMap{
	"lines": func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") },
	"linked": func(line string) bool {
		return strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://")
	},
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Mails of the demo</title>
<meta name="color-scheme" content="light dark">
<h1>Mails of the demo</h1>
<p>What people would find in their mailboxes, newest first. <a href="/">Refresh</a></p>
{{range .}}<details><summary><b>{{.Subject}}</b> to {{.Name}} ({{.To}})</summary>
<p>{{range lines .Text}}{{if linked .}}<a href="{{.}}">{{.}}</a>{{else}}{{.}}{{end}}<br>{{end}}</p></details>
{{else}}<p>No mail yet. Create a user, or delete a 2FA setup, and refresh.</p>{{end}}
`))

func (b *mailbox) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	mails := slices.Clone(b.mails)
	b.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	_ = mailboxPage.Execute(w, mails) // the client may have gone
}
