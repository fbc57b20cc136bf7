package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// TestMetricsOfAHungDatabase checks that Prometheus is answered while the database
// is not: with the values of before, and how old they are.
func TestMetricsOfAHungDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hung atomic.Bool
		var looks atomic.Int64
		release := make(chan struct{})
		m := &databaseMetrics{
			now: time.Now, at: time.Now(),
			look: func(context.Context) (databaseLook, error) {
				if looks.Add(1); hung.Load() {
					<-release // some look-ups ignore the end of their context
					return databaseLook{}, errors.New("too late")
				}
				return databaseLook{lockedOut: 7, mails: 2, oldestMail: time.Now().Add(-time.Hour), schema: 27}, nil
			},
			ready: func(context.Context) error { return nil },
		}
		check := func(when string, took time.Duration, want ...string) {
			t.Helper()
			began := time.Now()
			got := text(t, m)
			if since := time.Since(began); since > took {
				t.Errorf("%s: answered after %v, want %v at most", when, since, took)
			}
			for _, line := range want {
				if !strings.Contains(got, line+"\n") {
					t.Errorf("%s: lacks %q in\n%s", when, line, got)
				}
			}
		}
		check("at first", 0, "portico_ready 1", "portico_database_look_age_seconds 0", "portico_locked_out 7", "portico_mails_waiting 2",
			"portico_oldest_mail_age_seconds 3600", "portico_last_backup_timestamp_seconds 0", "portico_schema_version 27")
		hung.Store(true)
		time.Sleep(time.Minute)
		for range 3 {
			check("hung", lookWait, "portico_ready 0", "portico_locked_out 7", "portico_mails_waiting 2")
		}
		check("after a minute", lookWait, "portico_database_look_age_seconds 62")
		if n := looks.Load(); n != 2 {
			t.Errorf("got %d looks, want the first and the one that hangs", n)
		}
		hung.Store(false)
		close(release)
		synctest.Wait()
		check("afterwards", 0, "portico_ready 1", "portico_database_look_age_seconds 0")
	})
}

// TestMetricsBeforeTheFirstLook checks that nothing is made up.
func TestMetricsBeforeTheFirstLook(t *testing.T) {
	t.Parallel()
	away := func(context.Context) error { return errors.New("away") }
	m := &databaseMetrics{
		now: time.Now, at: time.Now().Add(-time.Hour), ready: away,
		look: func(ctx context.Context) (databaseLook, error) { return databaseLook{}, away(ctx) },
	}
	got := text(t, m)
	if !strings.Contains(got, "portico_ready 0\n") || !strings.Contains(got, "portico_database_look_age_seconds 3600") || strings.Contains(got, "portico_locked_out") {
		t.Errorf("got\n%s\nwant readiness and the age alone", got)
	}
}

// text returns what Prometheus is told.
func text(t *testing.T, c prometheus.Collector) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return answer.Body.String()
}
