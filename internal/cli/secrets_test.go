package cli_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// TestServeLogsNoPassword checks that the log of a portal on PostgreSQL says
// where the database is, without its passwords, in whichever part of the
// address they are.
func TestServeLogsNoPassword(t *testing.T) {
	t.Parallel()
	if !testdb.Postgres() {
		return
	}
	dir := t.TempDir()
	address := porticotest.DatabaseFor(t, dir)
	for name, given := range map[string]string{
		"in the query":           address + "&password=SECRET&sslpassword=SECRET",
		"before the host":        strings.Replace(address, "portico@", "portico:12%23SECRET@", 1),
		"twice":                  strings.Replace(address, "portico@", "portico:SECRET@", 1) + "&password=SECRET",
		"with the user in query": strings.Replace(address, "portico@", "", 1) + "&user=portico&password=SECRET",
	} {
		var log bytes.Buffer
		p := startLogging(exec.Command("portico", "serve", "--listen", "127.0.0.1:0", "--data", dir, "--database", given), &log)
		for line := range p.lines {
			if strings.HasPrefix(line, "Portico listens on ") {
				break
			}
			if strings.Contains(line, "SECRET") {
				t.Errorf("%s: serve prints %s", name, line)
			}
		}
		if err := p.stop(); err != nil {
			t.Fatalf("%s: %v\n%s, want no error", name, err, &log)
		}
		if !strings.Contains(log.String(), " as portico") || strings.Contains(log.String(), "SECRET") {
			t.Errorf("%s: the log is\n%s", name, &log)
		}
	}
}
