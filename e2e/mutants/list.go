package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// mutation is one change that breaks the code, with the tests that must notice
// it.
type mutation struct {
	list   string // name of its list file
	class  string // C01 to C28
	what   string // what the mutation breaks, in one line
	file   string // relative to the module
	before string // must occur once in the file
	after  string
	pkg    string // of the tests
	tests  []string
}

// readLists reads every list in a directory.
func readLists(dir string) ([]mutation, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all []mutation
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		some, err := parse(filepath.Base(name), string(b))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// parse reads a list. A mutation begins with "# " and what it breaks. "file"
// names the file; "test" names the package and its tests. Lines that begin with
// "-" are replaced in the file by those that begin with "+".
func parse(list, text string) ([]mutation, error) {
	class, _, _ := strings.Cut(list, ".")
	var all []mutation
	var m *mutation
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		what, begins := strings.CutPrefix(line, "# ")
		switch {
		case begins:
			all = append(all, mutation{list: list, class: strings.ToUpper(class), what: what})
			m = &all[len(all)-1]
		case line == "":
		case m == nil:
			return nil, fmt.Errorf("%s:%d: a mutation begins with \"# \"", list, n)
		case line[0] == '-':
			m.before += line[1:] + "\n"
		case line[0] == '+':
			m.after += line[1:] + "\n"
		default:
			if err := m.set(strings.Fields(line)); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", list, n, err)
			}
		}
	}
	return all, nil
}

func (m *mutation) set(words []string) error {
	switch {
	case len(words) == 2 && words[0] == "file":
		m.file = words[1]
	case len(words) > 2 && words[0] == "test":
		m.pkg, m.tests = words[1], words[2:]
	default:
		return fmt.Errorf("neither \"file NAME\" nor \"test PACKAGE TEST...\": %q", strings.Join(words, " "))
	}
	return nil
}

// broken returns the file with the mutation. It returns an error unless the
// lines to replace occur exactly once, because the list must follow the code.
func (m *mutation) broken(root string) (string, error) {
	b, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return "", fmt.Errorf("%s, %s: %w", m.list, m.what, err)
	}
	text := string(b)
	if n := strings.Count(text, m.before); m.before == "" || n != 1 {
		return "", fmt.Errorf("%s, %s: its lines stand %d times in %s, want once", m.list, m.what, n, m.file)
	}
	return strings.Replace(text, m.before, m.after, 1), nil
}
