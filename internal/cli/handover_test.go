package cli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"portico/internal/porticotest"
)

// TestFilesOfRootAreHandedOver checks on both engines that what root makes in the
// directory of the portal's user belongs to that user, because the portal would
// not start otherwise, and that a directory of root's is warned of.
func TestFilesOfRootAreHandedOver(t *testing.T) {
	if testing.Short() {
		return // long
	}
	if os.Geteuid() != 0 {
		return // only root can give files away
	}
	p := porticotest.New(t)
	newFixture(t, p)
	files := t.TempDir()
	file, keyset := filepath.Join(files, "portal.backup"), filepath.Join(files, "keyset.json")
	run(t, p.Dir, 0, "backup", file, "--keyset-copy", keyset)
	for _, c := range []struct {
		name  string
		steps [][]string
	}{
		{"restore and look", [][]string{{"restore", file, "--keyset-copy", keyset}, {"customer", "list"}}},
		{"init and rotate", [][]string{{"init"}, {"keys", "rotate"}}},
	} {
		dir := nowhere(t)
		must(t, os.Mkdir(dir, 0o700))
		must(t, os.Chown(dir, 65534, 65534))
		for _, args := range c.steps {
			run(t, dir, 0, args...)
			checkOwner(t, dir, strings.Join(args[:1], " "))
		}
	}
	dir := nowhere(t)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 65534, 65534))
	run(t, dir, 0, "init")
	theirs, ours := t.TempDir(), t.TempDir()
	must(t, os.Chown(theirs, 65534, 65534))
	run(t, dir, 0, "backup", filepath.Join(theirs, "one.backup"), "--keyset-copy", filepath.Join(theirs, "keyset.json"))
	run(t, dir, 0, "backup", "--keep", "3", theirs)
	checkOwner(t, theirs, "backup")
	run(t, dir, 0, "backup", filepath.Join(ours, "one.backup"))
	info, err := os.Stat(filepath.Join(ours, "one.backup"))
	must(t, err)
	if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 0 {
		t.Errorf("after backup by root into a directory of root's: got a file of the user %d, want root", uid)
	}

	dir = nowhere(t)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 65534, 65534))
	run(t, dir, 1, "restore", file)
	run(t, dir, 0, "keys", "replace", "--lost")
	checkOwner(t, dir, "keys replace")

	dir = nowhere(t)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 65534, 65534))
	run(t, dir, 0, "restore", file, "--keyset-copy", keyset, "--keyset", filepath.Join(dir, "a", "b", "keyset"))
	checkOwner(t, dir, "restore --keyset")
	must(t, os.RemoveAll(filepath.Join(dir, "a")))
	run(t, dir, 0, "keys", "replace", "--lost", "--keyset", filepath.Join(dir, "c", "d", "keyset"))
	checkOwner(t, dir, "keys replace --keyset")

	if out := run(t, nowhere(t), 0, "restore", file, "--keyset-copy", keyset); !strings.Contains(out, "belongs to root. If serve runs as another user, give that user all of it: chown -R USER: ") {
		t.Errorf("restoring into a directory of root's: got %s, want a warning with the command to run", out)
	}
}

// checkOwner checks that everything in a directory belongs to its owner.
func checkOwner(t *testing.T, dir, after string) {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 65534 {
			t.Errorf("after %s by root: got %s of the user %d, want 65534, the owner of the directory", after, path, uid)
		}
		n++
		return nil
	}))
	if n < 3 {
		t.Errorf("after %s: got %d files in %s, want some", after, n, dir)
	}
}
