package cli_test

import (
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"portico/internal/porticotest"
)

// TestMetrics checks that events are counted on a separate listener, without
// secrets, and that the portal itself does not serve the metrics.
func TestMetrics(t *testing.T) {
	t.Parallel()
	portico, err := exec.LookPath("portico")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := start(exec.Command(portico, "serve", "--listen", "127.0.0.1:0", "--data", dir, "--metrics-listen", "127.0.0.1:0"))
	defer func() { _ = p.cmd.Process.Kill() }()
	var url, metrics string
	for line := range p.lines {
		if at, found := strings.CutPrefix(line, "Metrics are on "); found {
			metrics = at
		}
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			url = strings.Fields(rest)[0]
			break
		}
	}
	b := porticotest.NewClient(t, url)
	b.Login("nobody", "violet-harbour-9-lanterns", "")
	if p := b.Get("/metrics"); p.Status != http.StatusNotFound {
		t.Errorf("on the portal itself: %d", p.Status)
	}
	res, err := client.Get(metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`portico_events_total{action="login.refused",reason="unknown login ID"} 1`,
		`portico_request_seconds_count{route="POST /login",status="422"} 1`,
		"portico_hashes_working 0", "portico_locked_out 0", `portico_update_failures_total{cause="disk full"} 0`, "portico_ready 1", "portico_connections 1", "portico_connections_refused_total 0", "portico_oldest_mail_age_seconds 0",
		"portico_database_look_age_seconds ", "portico_last_backup_timestamp_seconds 0", `portico_build_info{go="go`,
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("lacks %s", line)
		}
	}
	for _, secret := range []string{"violet-harbour", "nobody"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("holds %s", secret)
		}
	}
	for host, want := range map[string]int{"evil.example": http.StatusForbidden, "127.0.0.1.evil.example:9090": http.StatusForbidden, "": http.StatusOK, "localhost:9090": http.StatusOK, "[::1]:9090": http.StatusOK} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, metrics, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != want {
			t.Errorf("for the host %q: %d", host, res.StatusCode)
		}
	}
	if res, err := client.Get(strings.TrimSuffix(metrics, "/metrics") + "/debug/pprof/"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("the profiler answers unasked: %v", err)
	} else {
		_ = res.Body.Close()
	}
}
