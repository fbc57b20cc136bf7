package portico_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// waiting lists the classes whose feature does not exist yet.
var waiting = map[string]bool{"C24": true}

// TestEveryClassHasItsTests compares the table of docs/security.md with the
// code: every class has tests, every test that the table names exists, and
// every test named after a class is in the table.
func TestEveryClassHasItsTests(t *testing.T) {
	doc, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(b, -1) {
			written[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)(?:/[a-z]+)?`").FindAllSubmatch(doc, -1) {
		if !written[string(m[1])] {
			t.Errorf("docs/security.md names %s, which does not exist", m[1])
		}
	}
	for name := range written {
		if regexp.MustCompile(`^TestC\d\d_`).MatchString(name) && !bytes.Contains(doc, []byte("`"+name+"`")) {
			t.Errorf("docs/security.md does not name %s", name)
		}
	}
	for i := 1; i <= 28; i++ {
		class := fmt.Sprintf("C%02d", i)
		row := regexp.MustCompile(`(?m)^\| ` + class + ` .*`).Find(doc)
		if has := bytes.Contains(row, []byte("`Test"+class+"_")); has == waiting[class] {
			t.Errorf("%s: has tests %v, waits %v", class, has, waiting[class])
		}
	}
}
