package portico_test

import (
	"fmt"
	"go/ast"
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
	files := messagesByFile(t)
	for _, l := range locale.All()[1:] {
		path := filepath.Join("internal", "locale", "messages", string(l)+".toml")
		translations, err := l.Messages()
		if err != nil {
			t.Error(err)
			continue
		}
		if os.Getenv("PORTICOTEST_MESSAGES") == "write" {
			if err := os.WriteFile(path, []byte(catalogFile(files, translations)), 0o600); err != nil {
				t.Error(err)
			}
			continue
		}
		wrong := wrongIn(l, files, translations)
		for _, w := range wrong[:min(len(wrong), 20)] {
			t.Errorf("%s: %s", path, w)
		}
		if len(wrong) > 20 {
			t.Errorf("%s: and %d more", path, len(wrong)-20)
		}
	}
}

// wrongIn returns what is wrong in a language.
func wrongIn(l locale.Language, files []sourceFile, translations map[string]string) (wrong []string) {
	known := map[string]bool{}
	for _, file := range files {
		for _, message := range file.messages {
			known[message] = true
			if w := wrongTranslation(l, message, translations[message]); w != "" {
				wrong = append(wrong, fmt.Sprintf("%q in %s: %s", message, file.name, w))
			}
		}
	}
	for _, message := range slices.Sorted(maps.Keys(translations)) {
		if !known[message] {
			wrong = append(wrong, fmt.Sprintf("%q is no message of the portal; make messages takes it out", message))
		}
	}
	return wrong
}

// elided are the French words that lose their vowel before another one, in front of
// a place for a name. Numbers, dates and the account template begin with none.
var elided = regexp.MustCompile(`(?i)\b(de|que|jusque|lorsque|puisque|je|ne|se) (<\w+>)?(\{\d\}|\{\{[ .$(][^}]*(Name|Whom|By|LoginID|Customer|Brand|Suspended)\b)`)

// TestFrenchNeedsNoElision checks that no French message has a word before a name
// that would have to be d' or qu' if the name begins with a vowel.
func TestFrenchNeedsNoElision(t *testing.T) {
	translations, err := locale.Language("fr").Messages()
	if err != nil {
		t.Fatal(err)
	}
	numbers := regexp.MustCompile(`[Mm]ore than|waiting period|limit of|\{0\} more between`)
	for _, message := range slices.Sorted(maps.Keys(translations)) {
		if found := elided.FindString(translations[message]); found != "" && !numbers.MatchString(message) {
			t.Errorf("%q: %q would be wrong before a vowel", message, found)
		}
	}
}

// TestTypography checks the marks in translations: the quotes of each language, and
// in French the spaces in front of marks, which must not leave one alone on the next
// line.
func TestTypography(t *testing.T) {
	for _, l := range locale.All()[1:] {
		translations, err := l.Messages()
		if err != nil {
			t.Fatal(err)
		}
		for _, message := range slices.Sorted(maps.Keys(translations)) {
			if w := wrongMarks(l, translations[message]); w != "" {
				t.Errorf("%s: %q has %q", l, translations[message], w)
			}
		}
	}
}

// TestWrongMarks checks what TestTypography finds.
func TestWrongMarks(t *testing.T) {
	for _, row := range []struct {
		l           locale.Language
		translation string
		wrong       bool
	}{
		{"de", "„{{.Name}}“ und <code class=\"x\">;</code> in {{or .Base \"/\"}}", false},
		{"de", "Die Spalte \"email\"", true},
		{"de", "Die Spalte «email»", true},
		{"de", "So geht's", true},
		{"es", "la columna «email»", false},
		{"es", "la columna “email”", true},
		{"fr", "<b>{0}</b>\u00a0: «\u00a0email\u00a0», à 15:04, par <code>;</code>", false},
		{"fr", "fini\u202f? oui\u202f; non\u202f!", false},
		{"fr", "<b>{0}</b> : fini", true},
		{"fr", "<b>{0}</b>: fini", true},
		{"fr", "<b>{0}</b>\u202f: fini", true},
		{"fr", "fini ?", true},
		{"fr", "fini?", true},
		{"fr", "fini\u00a0; encore", true},
		{"fr", "« email\u00a0»", true},
		{"fr", "«\u00a0email »", true},
	} {
		if got := wrongMarks(row.l, row.translation); (got != "") != row.wrong {
			t.Errorf("%s %q: got %q, want an error: %v", row.l, row.translation, got, row.wrong)
		}
	}
}

// notMarks is text that is no prose.
var notMarks = regexp.MustCompile(`<code\b[^>]*>.*?</code>|` + locale.Fixed.String())

// strange are the marks that a language does not use, or not so. Straight quotes and
// apostrophes are wrong in each.
var strange = map[locale.Language]*regexp.Regexp{
	"de": regexp.MustCompile(`["'«»”]`),
	"es": regexp.MustCompile(`["'“”„]`),
	"fr": regexp.MustCompile(`["'“”„]|«([^\x{a0}]|$)|(^|[^\x{a0}])(»|:(\s|$))|(^|[^\x{202f}])[;?!](\s|$)`),
}

// wrongMarks returns the first mark that is wrong in a translation, or "".
func wrongMarks(l locale.Language, translation string) string {
	of := strange[l]
	if of == nil {
		of = regexp.MustCompile(`["']`)
	}
	return of.FindString(notMarks.ReplaceAllString(translation, ""))
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
		if i == 0 && len(forms) > 1 && !slices.Equal(sortedMatches(locale.Fixed, form), sortedMatches(locale.Fixed, want)) {
			want = english[len(english)-1] // the first form may have the number, as in French
		}
		if got, want := sortedMatches(locale.Fixed, form), sortedMatches(locale.Fixed, want); !slices.Equal(got, want) {
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

// catalog is the messages of the portal, each where it occurs first.
type catalog struct {
	files []sourceFile
	seen  map[string]bool
}

// keep adds a message that occurs in a file.
func (c *catalog) keep(file, message string) {
	if c.seen[message] || message == "" {
		return
	}
	c.seen[message] = true
	if last := len(c.files) - 1; last < 0 || c.files[last].name != file {
		c.files = append(c.files, sourceFile{name: file})
	}
	c.files[len(c.files)-1].messages = append(c.files[len(c.files)-1].messages, message)
}

// messagesByFile returns the messages of the portal, templates first.
func messagesByFile(t *testing.T) []sourceFile {
	t.Helper()
	c := catalog{seen: map[string]bool{}}
	c.keepTemplates(t)
	c.keepGo(t)
	if len(c.seen) < 1000 {
		t.Errorf("only %d messages were found", len(c.seen))
	}
	return c.files
}

// keepTemplates adds the messages of pages and mails.
func (c *catalog) keepTemplates(t *testing.T) {
	t.Helper()
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
				c.keep(filepath.ToSlash(path), message)
			}
		}
	}
}

// keepGo adds the constants of the type portico.Text, in the order of their files.
func (c *catalog) keepGo(t *testing.T) {
	t.Helper()
	packages, err := checkedPackages()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	byFile := map[string][]string{}
	for _, p := range packages {
		if unspoken[p.path] {
			continue
		}
		p.everyExpression(func(e ast.Expr) {
			if isText(p.info.TypeOf(e)) {
				path := p.files.Position(e.Pos()).Filename
				byFile[path] = append(byFile[path], p.constant(e))
			}
		})
	}
	for _, path := range slices.Sorted(maps.Keys(byFile)) {
		name, err := filepath.Rel(here, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, message := range byFile[path] {
			c.keep(filepath.ToSlash(name), message)
		}
	}
}

// catalogFile returns the file of a language, with the messages of each source
// file under its name.
func catalogFile(files []sourceFile, translations map[string]string) string {
	var b strings.Builder
	b.WriteString("# The messages in English, and their translations. Written by `make messages`, which keeps the translations.\n")
	for _, file := range files {
		b.WriteString("\n# " + file.name + "\n")
		for _, message := range file.messages {
			b.WriteString(tomlString(message) + " = " + tomlString(translations[message]) + "\n")
		}
	}
	return b.String()
}

// tomlString writes a string of TOML: within apostrophes if that needs no escapes.
// Spaces that look like others, and soft hyphens, are escaped.
func tomlString(text string) string {
	if strings.Contains(text, `"`) && !strings.ContainsAny(text, "'\n\t\u00a0\u202f\u00ad") {
		return "'" + text + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\u00a0", `\u00a0`, "\u202f", `\u202f`, "\u00ad", `\u00ad`).Replace(text) + `"`
}
