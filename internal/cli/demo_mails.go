package cli

import (
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"portico/internal/mail"
	"portico/internal/web/ui"
)

// shownMails is how many mails the page of a demo shows.
const shownMails = 200

// mailbox is a sender that also shows the sent mails on pages.
type mailbox struct {
	mail.Sender
	now func() time.Time

	mu    sync.Mutex
	sent  int        // how many, which is the number of the newest
	mails []sentMail // newest first
}

// sentMail is a mail with its number and the time when it was sent.
type sentMail struct {
	mail.Message
	Number int
	At     time.Time
}

// Send sends a mail and keeps it for the pages.
func (b *mailbox) Send(ctx context.Context, m mail.Message) error {
	if err := b.Sender.Send(ctx, m); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent++
	b.mails = slices.Insert(b.mails, 0, sentMail{m, b.sent, b.now()})
	b.mails = b.mails[:min(len(b.mails), shownMails)]
	return nil
}

// kept returns the mails that are kept, newest first.
func (b *mailbox) kept() []sentMail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

//go:embed demo_mails.html
var mailboxText string

var mailboxPage = template.Must(template.New("").Funcs(template.FuncMap{
	"stylesheet": ui.Stylesheet,
	"lines":      func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") },
	"linked": func(line string) bool {
		return strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://")
	},
}).Parse(mailboxText))

// pages returns the pages of the mailbox: the list of mails with their text, and
// each mail as HTML, as mail programs show it.
func (b *mailbox) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.listPage)
	mux.HandleFunc("GET /html/{number}", b.htmlPage)
	mux.Handle("GET /static/", ui.Static(http.NotFound))
	return mux
}

func (b *mailbox) listPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'")
	_ = mailboxPage.Execute(w, b.kept()) // the client may have gone
}

func (b *mailbox) htmlPage(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.PathValue("number")) // what is no number finds no mail
	mails := b.kept()
	i := slices.IndexFunc(mails, func(m sentMail) bool { return m.Number == number })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'") // mails have their styles inline
	_, _ = w.Write([]byte(mails[i].HTML))                                                      // the client may have gone
}
