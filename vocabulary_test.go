package portico_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// retired maps words that docs/glossary.md has replaced to the terms that
// replaced them.
var retired = map[string]string{
	"door": "provider access", "doors": "provider access", "thaw": "unfreeze", "bent": "tampered", "asker": "requester", "askers": "requester",
	"heard": "evaluated", "mint": "new session", "uncharge": "undo", "forgive": "reset", "velocity": "rate limit",
	"unquoted": "redacted", "factor": "authenticator", "keeper": "cache", "mislabelled": "stale", "unfindable": "unindexed",
	"whoever": "the name of the actor",
}

// terms are those that hold a retired word and stay: two-factor authentication,
// the second factor, and what stands in stored codes and addresses.
var terms = regexp.MustCompile("(?i)two.?factors?|second.?factors?|other factor|`door`|scale.?factor|\\bTest\\w+")

var words = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)

// TestRetiredWords: no identifier and no comment uses a word that the glossary
// has replaced.
func TestRetiredWords(t *testing.T) {
	clean := map[string]bool{} // names and comments that hold none of them; most stand in many places
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || path == "vocabulary_test.go" {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		look := func(pos token.Pos, text string) {
			if clean[text] {
				return
			}
			clean[text] = true
			for _, w := range words.FindAllString(terms.ReplaceAllString(text, ""), -1) {
				if term := retired[strings.ToLower(w)]; term != "" {
					clean[text] = false
					t.Errorf("%s: %q uses %q, which the glossary calls %q", files.Position(pos), text, w, term)
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, is := n.(*ast.Ident); is {
				look(id.Pos(), id.Name)
			}
			return true
		})
		for _, group := range file.Comments {
			for _, c := range group.List {
				look(c.Pos(), c.Text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDocsAreWrapped: no line of prose in the docs has more than 120 characters.
// Tables, code and pictures cannot be wrapped.
func TestDocsAreWrapped(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		code := false
		for i, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				code = !code
			}
			if n := utf8.RuneCountInString(line); n > 120 && !code && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "!") {
				t.Errorf("%s:%d: the line has %d characters, want 120 at most: %.60s...", path, i+1, n, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("reading the docs: %v", err)
	}
}
