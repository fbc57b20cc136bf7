package portico_test

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico/internal/locale"
)

// unspoken are the packages whose texts nobody reads in another language: commands
// and what serves tests.
var unspoken = map[string]bool{"portico/internal/cli": true, "portico/internal/web/gallery": true}

// TestCatalogs checks that each language has a translation for each message and for
// nothing else, with the same places for values, elements and plural forms.
//
// With PORTICOTEST_MESSAGES=write (make messages) it writes each file anew: messages
// that are new get an empty translation, and those that are gone are left out.
func TestCatalogs(t *testing.T) {
	catalog := messagesByFile(t)
	for _, l := range locale.All()[1:] {
		path := filepath.Join("internal", "locale", "messages", string(l)+".toml")
		translations, err := l.Messages()
		if err != nil {
			t.Error(err)
			continue
		}
		if os.Getenv("PORTICOTEST_MESSAGES") == "write" {
			if err := os.WriteFile(path, []byte(catalogFile(catalog, translations)), 0o600); err != nil {
				t.Error(err)
			}
			continue
		}
		known := map[string]bool{}
		for _, file := range catalog {
			for _, message := range file.messages {
				known[message] = true
				if wrong := wrongTranslation(l, message, translations[message]); wrong != "" {
					t.Errorf("%s: %q in %s: %s", path, message, file.name, wrong)
				}
			}
		}
		for message := range translations {
			if !known[message] {
				t.Errorf("%s: %q is no message of the portal; make messages takes it out", path, message)
			}
		}
	}
}

// TestWrongTranslation checks what TestCatalogs finds.
func TestWrongTranslation(t *testing.T) {
	for _, row := range []struct {
		message, translation string
		wrong                bool
	}{
		{"Log in", "Anmelden", false},
		{"Log in", "", true},
		{"Hello {0}", "Hallo", true},
		{"Hello {0}", "{0}, hallo", false},
		{"<b>{{.Name}}</b> logged in", "Angemeldet: <b>{{.Name}}</b>", false},
		{"<b>{{.Name}}</b> logged in", "Angemeldet: {{.Name}}", true},
		{"1 user|{n} users", "1 Person|{n} Personen", false},
		{"1 user|{n} users", "{n} Personen", true},
		{"1 user|{n} users", "1 Person|Personen", true},
		{"#date 2 Jan 2006", "2. Jan 2006", false},
		{"#date 2 Jan 2006", "2. Januar", true},
	} {
		if got := wrongTranslation(locale.English, row.message, row.translation); (got != "") != row.wrong {
			t.Errorf("%q as %q: got %q, want an error: %v", row.message, row.translation, got, row.wrong)
		}
	}
}

// kept is what a translation has as the message has it: values, elements,
// references to characters, places.
var kept = regexp.MustCompile(`\{\{.*?\}\}|<[^>]*>|&\w+;|\{\w+\}|%\w|https?://\S+`)

// wrongTranslation returns what is wrong with a translation, or "".
func wrongTranslation(l locale.Language, message, translation string) string {
	if strings.TrimSpace(translation) == "" && strings.TrimSpace(message) != "" {
		return "it has no translation"
	}
	english := strings.Split(message, "|")
	forms := strings.Split(translation, "|")
	if len(english) == 1 && len(forms) != 1 || len(english) > 1 && len(forms) != len(l.Forms()) {
		return "it has not the plural forms " + strings.Join(l.Forms(), ", ")
	}
	if strings.HasPrefix(message, "#date ") {
		kept := regexp.MustCompile(`\b(2006|January|Jan|2|15:04|15:04:05)\b`)
		if !slices.Equal(sortedMatches(kept, message), sortedMatches(kept, translation)) {
			return "it has not the parts of the date"
		}
	}
	for i, form := range forms {
		want := english[min(i, len(english)-1)]
		if i == 0 && len(forms) > 1 && !slices.Equal(sortedMatches(kept, form), sortedMatches(kept, want)) {
			want = english[len(english)-1] // the first form may have the number, as in French
		}
		if got, want := sortedMatches(kept, form), sortedMatches(kept, want); !slices.Equal(got, want) {
			return "it keeps " + strings.Join(got, " ") + ", want " + strings.Join(want, " ")
		}
	}
	return ""
}

func sortedMatches(of *regexp.Regexp, text string) []string {
	found := of.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// sourceFile is a file with the messages that occur there first, in their order.
type sourceFile struct {
	name     string
	messages []string
}

// messagesByFile returns the messages of the portal, templates first.
func messagesByFile(t *testing.T) (files []sourceFile) {
	t.Helper()
	seen := map[string]bool{}
	keep := func(file, message string) {
		if seen[message] || message == "" {
			return
		}
		seen[message] = true
		if last := len(files) - 1; last < 0 || files[last].name != file {
			files = append(files, sourceFile{name: file})
		}
		files[len(files)-1].messages = append(files[len(files)-1].messages, message)
	}
	for _, pattern := range []string{"internal/web/ui/templates/*.html", "internal/web/ui/templates/page/*.html", "internal/mail/templates/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: got %v and %v, want templates", pattern, paths, err)
		}
		for _, path := range paths {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			messages, err := locale.MessagesIn(string(source))
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			for _, message := range messages {
				keep(filepath.ToSlash(path), message)
			}
		}
	}
	set := token.NewFileSet()
	byFile := map[string][]string{}
	for _, p := range checkedPackages(t, set) {
		if unspoken[p.path] {
			continue
		}
		p.everyExpression(func(e ast.Expr) {
			if isText(p.info.TypeOf(e)) {
				path := set.Position(e.Pos()).Filename
				byFile[path] = append(byFile[path], p.constant(e))
			}
		})
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(byFile)) {
		name, err := filepath.Rel(here, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, message := range byFile[path] {
			keep(filepath.ToSlash(name), message)
		}
	}
	if len(seen) < 1000 {
		t.Errorf("only %d messages were found", len(seen))
	}
	return files
}

// catalogFile returns the file of a language, with the messages of each source
// file under its name.
func catalogFile(catalog []sourceFile, translations map[string]string) string {
	var b strings.Builder
	b.WriteString("# The messages in English, and their translations. Written by `make messages`, which keeps the translations.\n")
	for _, file := range catalog {
		b.WriteString("\n# " + file.name + "\n")
		for _, message := range file.messages {
			b.WriteString(tomlString(message) + " = " + tomlString(translations[message]) + "\n")
		}
	}
	return b.String()
}

// tomlString writes a string of TOML: within apostrophes if that needs no escapes.
// Spaces that look like others are escaped.
func tomlString(text string) string {
	if strings.Contains(text, `"`) && !strings.ContainsAny(text, "'\n\t\u00a0\u202f") {
		return "'" + text + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\u00a0", `\u00a0`, "\u202f", `\u202f`).Replace(text) + `"`
}
