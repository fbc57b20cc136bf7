package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// atLeast is the minimum number of mutations in all lists, and perClass that of
// each class.
const (
	atLeast  = 200
	perClass = 4
)

// TestListsFollowTheCode checks that each mutation names lines that occur once
// in its file and tests that exist, and that every class has enough mutations.
func TestListsFollowTheCode(t *testing.T) {
	const root = "../.."
	all, err := readLists("list")
	if err != nil {
		t.Fatal(err)
	}
	known := testNames(t, root)
	classes := map[string]int{}
	for _, m := range all {
		classes[m.class]++
		text, err := m.broken(root)
		if err != nil {
			t.Error(err)
		}
		if text != "" && m.after == m.before {
			t.Errorf("%s, %s: changes nothing", m.list, m.what)
		}
		for _, name := range m.tests {
			if !known[m.pkg+" "+name] {
				t.Errorf("%s, %s: %s has no test %s", m.list, m.what, m.pkg, name)
			}
		}
		if len(m.tests) == 0 {
			t.Errorf("%s, %s: no test must fail", m.list, m.what)
		}
	}
	if len(all) < atLeast {
		t.Errorf("%d mutations, want at least %d", len(all), atLeast)
	}
	for i := 1; i <= 28; i++ {
		class := fmt.Sprintf("C%02d", i)
		if class != "C24" && classes[class] < perClass { // added with its feature
			t.Errorf("%s has %d mutations, want at least %d", class, classes[class], perClass)
		}
	}
}

// testNames returns every test of the module, with its package.
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	files, err := exec.Command("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "*_test.go").Output()
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	known := map[string]bool{}
	for name := range strings.FieldsSeq(string(files)) {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted but not committed yet
		}
		pkg := "./" + filepath.ToSlash(filepath.Dir(name))
		if pkg == "./." {
			pkg = "."
		}
		for _, m := range declared.FindAllStringSubmatch(string(b), -1) {
			known[pkg+" "+m[1]] = true
		}
	}
	return known
}
