package cli_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"portico/internal/porticotest"
)

// filesIn returns the names of all files in a directory.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// processOver returns a command that runs in a process, over the database of a
// directory. What it says on standard error is in its output.
func processOver(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	args = append(args, "--data", dir)
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	return exec.CommandContext(t.Context(), "portico", args...)
}

// TestBackupEvery checks that a program that backs up again and again makes no
// more backups because it was restarted, goes on after one that has failed, and
// ends when it is told to.
func TestBackupEvery(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: seven backups by processes
	}
	dir, kept := nowhere(t), t.TempDir()
	run(t, dir, 0, "init")
	every := func(interval string) (next func(want string), stop func()) {
		t.Helper()
		cmd := processOver(t, dir, "backup", "--keep", "3", kept, "--every", interval)
		out, err := cmd.StdoutPipe()
		must(t, err)
		cmd.Stderr = cmd.Stdout
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		next = func(want string) {
			t.Helper()
			for lines.Scan() {
				if strings.Contains(lines.Text(), want) {
					return
				}
			}
			t.Fatalf("backup --every %s has ended, want that it says %q", interval, want)
		}
		return next, func() {
			t.Helper()
			must(t, cmd.Process.Signal(os.Interrupt))
			for more := true; more; more = lines.Scan() { // what it still says
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("backup --every %s, stopped: got %v, want the exit code 0", interval, err)
			}
		}
	}
	next, stop := every("24h")
	next("Wrote the database to ")
	next("The next backup is due on ")
	stop()
	first := filesIn(t, kept)
	next, stop = every("24h")
	next("The next backup is due on ")
	if again := filesIn(t, kept); len(first) != 1 || len(again) != 1 || again[0] != first[0] {
		t.Errorf("restarted within a day: got the backups %v, want the one of before, %v", again, first)
	}
	stop()
	next, stop = every("1s")
	next("The next backup is due on ")
	away := kept + "-away"
	must(t, os.Rename(kept, away))
	next("no backup was made; trying again on ")
	must(t, os.Rename(away, kept))
	next("Wrote the database to ")
	next("Deleted ")
	next("The next backup is due on ")
	stop()
	out, err := processOver(t, dir, "backup", "--keep", "3", filepath.Join(kept, "nowhere"), "--every", "24h").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "nowhere: no such file or directory") {
		t.Errorf("a first backup that fails: got %v and %s, want an error that names the directory", err, out)
	}
}

// TestBackupsAtOnce checks that backups of several programs at once leave as many
// whole backups as are to be kept, and nothing else. Their keyset is read-only,
// so that no lock keeps them apart.
func TestBackupsAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	dir, kept := nowhere(t), t.TempDir()
	run(t, dir, 0, "init")
	must(t, os.Chmod(filepath.Join(dir, "keyset.json"), 0o400))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2 {
				if out, err := processOver(t, dir, "backup", "--keep", "2", kept).CombinedOutput(); err != nil && !strings.Contains(string(out), "is there already") {
					t.Errorf("a backup beside others: got %v and %s, want no error", err, out)
				}
			}
		})
	}
	wg.Wait()
	run(t, dir, 0, "backup", "--keep", "2", kept)
	names := filesIn(t, kept)
	if len(names) != 2 {
		t.Fatalf("after nine backups: got %v, want two files", names)
	}
	for _, name := range names {
		run(t, nowhere(t), 1, "restore", filepath.Join(kept, name)) // without the keyset
	}
}
