package cli

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portico/internal/config"
)

// watched are the metrics that say what is wrong before somebody else does. The
// alerts and the dashboard have all of them.
var watched = []string{
	"portico_ready", "portico_database_look_age_seconds", "portico_update_failures_total", "portico_job_failures_total",
	"portico_certificate_expiry_timestamp_seconds", "portico_oldest_mail_age_seconds", "portico_database_wait_seconds_total",
	"portico_last_backup_timestamp_seconds", "portico_schema_version", "portico_connections_refused_total",
	"portico_audit_stream_lag_seconds",
}

// TestAlertsAndDashboardNameMetrics checks that the alerts and the dashboard name
// metrics that exist, and those that matter.
func TestAlertsAndDashboardNameMetrics(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	exist := metricNames(t)
	for _, file := range []string{"alerts.yaml", "grafana.json"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "packaging", file))
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]bool{}
		for _, name := range regexp.MustCompile(`\b(portico|process|go)_[a-z_]+`).FindAllString(string(b), -1) {
			for _, part := range []string{"_bucket", "_count", "_sum"} { // of a histogram
				if whole := strings.TrimSuffix(name, part); exist[whole] {
					name = whole
				}
			}
			named[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if !exist[name] {
				t.Errorf("%s names %s, which /metrics does not have", file, name)
			}
		}
		for _, name := range watched {
			if !named[name] {
				t.Errorf("%s does not name %s", file, name)
			}
		}
	}
}

// metricNames returns the names of all metrics of a portal with a certificate.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, cert, key, "portal.example.com", time.Now())
	certificate, err := certificateOf(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{Data: config.Data{Data: dir}, BaseURL: "http://localhost", From: "Portico <portico@localhost>", HashMemory: 64, HashTime: 1, HashParallelism: 1}
	p, err := Open(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	p.metrics.read(p, certificate)
	p.metrics.readConnections(&connections{})
	descriptions := make(chan *prometheus.Desc)
	go func() { p.metrics.registry.Describe(descriptions); close(descriptions) }()
	names := map[string]bool{}
	for d := range descriptions {
		name, _, _ := strings.Cut(strings.TrimPrefix(d.String(), `Desc{fqName: "`), `"`)
		names[name] = true
	}
	if len(names) < 40 { // with those of Go and of the process
		t.Fatalf("got only %d metrics: %v", len(names), slices.Sorted(maps.Keys(names)))
	}
	return names
}
