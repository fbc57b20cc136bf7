package portico_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fenced   = regexp.MustCompile("(?s)```.*?```")
	ticked   = regexp.MustCompile("`([A-Za-z0-9_./-]+)`")
	ofSource = regexp.MustCompile(`\.(go|html|sql|css|js)$`)
)

// TestDocsNameWhatExists checks that each file and directory that the docs name in
// backticks exists. A name is that of a source file, or a path that begins with a
// directory at the top or in internal; it may leave out directories before it.
func TestDocsNameWhatExists(t *testing.T) {
	var docs []string
	exists := map[string]bool{} // each path, and what is left of it without its first directories
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if path == ".git" {
			return fs.SkipDir
		}
		if strings.HasPrefix(path, "docs/") && strings.HasSuffix(path, ".md") {
			docs = append(docs, path)
		}
		for rest, more := path, true; more; _, rest, more = strings.Cut(rest, "/") {
			exists[rest] = true
		}
		return nil
	})
	if err != nil {
		t.Fatalf("listing the files: %v", err)
	}
	named := 0
	for _, doc := range docs {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatalf("reading the docs: %v", err)
		}
		for _, m := range ticked.FindAllSubmatch(fenced.ReplaceAll(text, nil), -1) {
			name := strings.TrimSuffix(string(m[1]), "/")
			first, _, below := strings.Cut(name, "/")
			if !ofSource.MatchString(name) && (!below || first == "" || !isDirectory(first) && !isDirectory("internal/"+first)) {
				continue
			}
			if named++; !exists[name] {
				t.Errorf("%s names %s, which does not exist", doc, name)
			}
		}
	}
	if named < 50 {
		t.Errorf("found %d names, want more", named)
	}
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
