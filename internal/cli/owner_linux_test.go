package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
)

// TestDirectoriesOfRootAreNotExposed checks that a directory which the portal's
// user may not enter counts by its mode, as one that root has made to set a
// database aside in.
func TestDirectoriesOfRootAreNotExposed(t *testing.T) {
	if os.Geteuid() != 0 {
		return // only root can act as another user
	}
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Dir(dir)} { // so that another user reaches what is in it
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{"aside": 0o700, "open": 0o750} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // a command that another test runs sets the umask
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "portico.db"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := asAnother(func() ([]string, error) { return exposed(dir, "") })
	if want := []string{filepath.Join(dir, "open")}; err != nil || !slices.Equal(found, want) {
		t.Errorf("a directory of root's, mode 0700, and one of mode 0750, as another user: got %v and %v, want %v", found, err, want)
	}
}

// asAnother calls f as another user than root, as far as files are concerned.
func asAnother(f func() ([]string, error)) (found []string, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err = syscall.Setfsuid(65534); err == nil {
			found, err = f()
		}
	}()
	<-done
	return found, err
}
