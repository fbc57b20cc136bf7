package cli_test

import (
	"strings"
	"testing"
)

// TestDoctorComparesNodes runs two nodes of one portal with other settings each.
// The doctor names both nodes and both values, and says nothing of what is the
// same.
func TestDoctorComparesNodes(t *testing.T) {
	t.Parallel()
	dir, keyset := portalWithKeyset(t)
	const base, from = "https://portal.example.com", "portal@example.com"
	a := serveWith(t, dir, keyset, "--base-url", base, "--mail-from", from)
	b := serveWith(t, dir, keyset, "--base-url", "https://other.example.com", "--mail-from", from, "--smtp", "smtp://u:SECRET@127.0.0.1:1")
	out := run(t, dir, 1, "doctor", "--keyset", keyset)
	for setting, values := range map[string][2]string{"base-url": {base, "https://other.example.com"}, "smtp": {"none", "127.0.0.1:1"}} {
		line := lineWith(out, "--"+setting)
		for _, want := range []string{"problem", "nodes", strings.TrimPrefix(a.url, "http://"), values[0], strings.TrimPrefix(b.url, "http://"), values[1]} {
			if !strings.Contains(line, want) {
				t.Errorf("doctor about --%s of two nodes: got %q, want %s in it\n%s", setting, line, want, out)
			}
		}
	}
	if strings.Contains(out, "SECRET") || lineWith(out, "--mail-from") != "" {
		t.Errorf("doctor: got %s, want no password, and nothing of what is the same", out)
	}
	must(t, b.stop())
	b = serveWith(t, dir, keyset, "--base-url", base, "--mail-from", from)
	if out := run(t, dir, 0, "doctor", "--keyset", keyset); strings.Count(out, "serves, with the same keys") != 2 {
		t.Errorf("doctor about two nodes with the same settings: got %s, want no problem", out)
	}
	must(t, a.stop())
	must(t, b.stop())
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "nodes") && strings.Contains(line, part) {
			return line
		}
	}
	return ""
}
