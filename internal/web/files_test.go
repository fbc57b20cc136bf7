package web_test

import (
	"os"
	"path/filepath"
	"testing"
)

// filesIn returns the contents of the files in the data directory, without the
// mails.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var contents []string
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		contents = append(contents, string(b))
	}
	return contents
}
