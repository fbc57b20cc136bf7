package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"portico/internal/cli"
	"portico/internal/porticotest"
)

// TestHealthSaysWhy checks that health prints the reason that the portal gives.
func TestHealthSaysWhy(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	health := func() (int, string) {
		var out bytes.Buffer
		code := cli.Run(t.Context(), []string{"health", "--data", p.Dir, "--listen", strings.TrimPrefix(p.URL, "http://")}, nil, &out, &out)
		return code, out.String()
	}
	if code, out := health(); code != 0 || out != "ready\n" {
		t.Errorf("health of a portal that is ready: got %d %q, want 0 and ready", code, out)
	}
	_, err := beside(t, p).ExecContext(t.Context(), `UPDATE goose_db_version SET is_applied = FALSE WHERE version_id = 9`)
	must(t, err)
	p.Clock.Advance(time.Minute)
	code, out := health()
	if code != 1 || !strings.HasPrefix(out, "portico: the portal is not ready: This node does not serve: ") || !strings.Contains(out, "0009_resets") {
		t.Errorf("health of a portal with another database: got %d %q, want 1 and the reason", code, out)
	}
}
