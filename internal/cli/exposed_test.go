package cli_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// private checks that files and directories, with everything inside, are
// accessible to their owner only. All commands of the scripts run with a umask
// of 0.
func private(ts *testscript.TestScript, _ bool, args []string) {
	files := 0
	for _, root := range args {
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			} else {
				files++
			}
			if got := info.Mode().Perm(); got != want {
				ts.Fatalf("%s has mode %o", path, got)
			}
			return nil
		}))
	}
	if files == 0 {
		ts.Fatalf("no file in %v", args)
	}
}

// TestC16_ServeWarnsOfExposedFiles checks that serve logs at its start which
// files other users may access.
func TestC16_ServeWarnsOfExposedFiles(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	log := func() string {
		t.Helper()
		cmd := exec.Command("portico", "serve", "--listen", "127.0.0.1:0", "--data", dir)
		var log bytes.Buffer
		p := startLogging(cmd, &log)
		for line := range p.lines {
			if strings.HasPrefix(line, "Portico listens on ") {
				break
			}
		}
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	if got := log(); strings.Contains(got, "others may") {
		t.Errorf("a new portal: %s", got)
	}
	for name, mode := range map[string]fs.FileMode{"portico.db": 0o640, "outbox": 0o755, ".": 0o711} {
		path := filepath.Join(dir, name)
		if name == "outbox" {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		was, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got := log(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "other users can read or change") || !strings.Contains(got, path) {
			t.Errorf(`%s: %s, want "level=WARN" in got, "other users can read or change" in got, %v in got`, name, got, path)
		}
		if err := os.Chmod(path, was.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
