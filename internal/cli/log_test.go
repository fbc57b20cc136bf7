package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"portico/internal/porticotest"
)

// records reads a log that has to be JSON, line by line, until a message.
func records(t *testing.T, log io.Reader, until string) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var record map[string]any
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Errorf("a line of the log is not JSON: %s", lines.Text())
			continue
		}
		message, _ := record["msg"].(string)
		found[message] = record
		if message == until {
			break
		}
	}
	return found
}

// TestJSONLogIsJSON checks that everything that serve says is a record of the
// log, from the first line to the last, and that standard output stays empty.
func TestJSONLogIsJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json", "--data", dir, "--trusted-proxy", "10.0.0.5,::/0", "--proxy-hops", "2"}
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	cmd := exec.Command("portico", args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	log, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it may have stopped
	found := records(t, log, "serving")
	if link, _ := found["nobody is here yet: create the first administrator or operator"]["link"].(string); !strings.Contains(link, "/setup/") {
		t.Errorf("the log has %v, want a record with the link for the first administrator", found)
	}
	if at, _ := found["metrics"]["url"].(string); !strings.HasPrefix(at, "http://127.0.0.1:") {
		t.Errorf("the log has %v, want a record with the address of the metrics", found)
	}
	everybody := false
	for message, record := range found {
		everybody = everybody || strings.Contains(message, "--trusted-proxy trusts everybody") && record["level"] == "WARN" && record["network"] == "::/0"
	}
	if !everybody {
		t.Errorf("the log has %v, want a warning that --trusted-proxy ::/0 trusts everybody", found)
	}
	serving := found["serving"]
	for name, want := range map[string]any{"version": "development", "tls": false, "proxies": "10.0.0.5/32, ::/0, 2 hops"} {
		if serving[name] != want {
			t.Errorf("the record that it serves has %s=%v, want %v", name, serving[name], want)
		}
	}
	if listen, _ := serving["listen"].(string); !strings.HasPrefix(listen, "127.0.0.1:") || listen == "127.0.0.1:0" {
		t.Errorf("the record that it serves has listen=%v, want the address", serving["listen"])
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	records(t, log, "")
	must(t, cmd.Wait())
	if out.Len() > 0 {
		t.Errorf("standard output: got %q, want nothing", out.String())
	}
}

// TestJSONLogEndsWithJSON checks that serve says in a record of the log why it
// does not start.
func TestJSONLogEndsWithJSON(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"failure": {[]string{"--tls-cert", "missing.pem", "--tls-key", "missing.pem"}, 1, "missing.pem"},
		"keyset":  {[]string{"--keyset", filepath.Join(t.TempDir(), "none", "keyset")}, 1, "keyset"},
		"setting": {[]string{"--proxy-hops", "0"}, 2, "--proxy-hops: give 1 to 10"},
	} {
		var out, log bytes.Buffer
		cmd := exec.Command("portico", append([]string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--data", t.TempDir()}, c.args...)...)
		cmd.Stdout, cmd.Stderr = &out, &log
		_ = cmd.Run() // the code is checked below
		text := log.String()
		found := records(t, &log, "")
		if cmd.ProcessState.ExitCode() != c.code || len(found) == 0 || !strings.Contains(text, c.says) || !strings.Contains(text, `"level":"ERROR"`) || out.Len() > 0 {
			t.Errorf("%s: serve exits with %d and logs %q, prints %q; want %d, a record at ERROR with %q, and nothing",
				name, cmd.ProcessState.ExitCode(), text, out.String(), c.code, c.says)
		}
	}
}
