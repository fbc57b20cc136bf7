package web_test

import (
	"net/http"
	"testing"
	"time"
)

// TestReadyMeansThatALogInWorks checks that the portal is not ready while the
// database takes no changes, and that many questions are answered by one change.
func TestReadyMeansThatALogInWorks(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c, hold, release := slow(t)
	b := c.Client()
	if got := b.Get("/readyz"); got.Status != http.StatusOK {
		t.Fatalf("GET /readyz: got %d %s, want 200", got.Status, got.Text())
	}
	hold()
	if got := b.Get("/readyz"); got.Status != http.StatusOK {
		t.Errorf("GET /readyz in the same instant: got %d %s, want the answer from before", got.Status, got.Text())
	}
	c.Clock.Advance(time.Minute)
	if got := b.Get("/readyz"); got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("GET /readyz while the database takes no changes: got %d %s, want 503 with Retry-After", got.Status, got.Text())
	}
	if got := b.Get("/healthz"); got.Status != http.StatusOK {
		t.Errorf("GET /healthz: got %d, want 200", got.Status)
	}
	release()
	c.Clock.Advance(time.Minute)
	if got := b.Get("/readyz"); got.Status != http.StatusOK {
		t.Errorf("GET /readyz afterwards: got %d %s, want 200", got.Status, got.Text())
	}
}
