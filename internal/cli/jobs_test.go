package cli

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"portico"
	"portico/internal/config"
	"portico/internal/mail"
	"portico/internal/web"
)

// TestJobsRunAgain checks that a job runs again after it has failed, and not
// after the portal has ended.
func TestJobsRunAgain(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	ran := 0
	(&Portal{log: slog.New(slog.DiscardHandler), metrics: newMetrics()}).every(ctx, time.Nanosecond, "counting", func(context.Context) error {
		if ran++; ran == 3 {
			end()
		}
		return errors.New("as always")
	})
	if ran != 3 {
		t.Errorf("ran %d times", ran)
	}
}

// TestJobsRemind checks that the portal reminds people of 2FA by itself.
func TestJobsRemind(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	cfg := config.Config{
		Data: config.Data{Data: dir}, BaseURL: "http://localhost", From: "Portico <portico@localhost>",
		HashMemory: 64, HashTime: 1, HashParallelism: 1,
	}
	p, err := Open(t.Context(), cfg, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	all := portico.CommandLine()
	u := portico.User{LoginID: "olga", FirstName: "Olga", LastName: "Petrova", Email: "olga@example.com", Role: portico.RoleOperator}
	_, err = p.Users.Create(t.Context(), all, portico.ProviderID, u, "violet-harbour-9-lanterns")
	err = errors.Join(err, p.Customers.SavePolicy(t.Context(), all, portico.ProviderID, nil, &portico.Policy{Require: portico.Requirement{Operator: at.Add(time.Hour)}}))
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan bool, 1)
	p.Mails.Sender = announced{p.Mails.Sender, sent}
	ctx, end := context.WithCancel(t.Context())
	server, err := p.Server("", web.Proxies{})
	if err != nil {
		t.Fatal(err)
	}
	wait := p.jobs(ctx, &node{id: "n", name: "test"}, server)
	<-sent
	end()
	wait()
	if mails, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml")); err != nil || len(mails) != 1 {
		t.Errorf("the mails that were sent: got %v, error %v, want one", mails, err)
	}
}

// announced says when it has sent a mail.
type announced struct {
	mail.Sender
	sent chan<- bool
}

func (a announced) Send(ctx context.Context, m mail.Message) error {
	err := a.Sender.Send(ctx, m)
	select {
	case a.sent <- true:
	default: // said before
	}
	return err
}
