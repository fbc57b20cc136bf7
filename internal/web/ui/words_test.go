package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"portico/internal/locale"
)

var (
	// english matches what people read rather than programs: a capitalised word, or
	// two words.
	english = regexp.MustCompile(`^[“(]?[A-Z][A-Za-z]|[A-Za-z][,.]? [A-Za-z“]`)
	verbs   = regexp.MustCompile(`%[0-9]*[a-z]`)
)

// unread are calls whose texts no reader of a page sees: errors, and the headers
// of static files.
var unread = map[string]bool{"Errorf": true, "Set": true, "Get": true}

// stylesheet begins the only CSS in Go, which the test takes for words.
const stylesheet = "@layer base "

// TestEveryTextInGoIsAMessage checks that the English in this package is looked up
// in the reader's language: it is in a call of Text or Plural, in a call of one of
// our functions that takes a message, or in a table of messages.
func TestEveryTextInGoIsAMessage(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for _, text := range spokenInGo(files...) {
		t.Errorf("%q is no message", text)
	}
}

// TestEnglishInGoIsFound checks that TestEveryTextInGoIsAMessage finds English
// wherever Go can hold it, and takes nothing else for it.
func TestEnglishInGoIsFound(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package ui\n"+`
type tag struct { Text portico.Text; Kind string }
func say(m portico.Text) {}
var kept = map[string]portico.Text{"Key": "In a table"}
var tags = []tag{{"In a struct", "ok"}}
func f() (string, error) {
	say("In a call")
	put("<td class=\"one two\" data-label=\"")
	put("\" class=\"one two\">")
	return l.Text("In a message") + m["Index"], fmt.Errorf("no such thing")
}
var labels = map[string]string{"Key": "found one"}
func g() string {
	put("<td title=\"found two\">")
	put("<p>found three")
	put("<td data-label=\"found four")
	put("found five\">")
	return "Found" + "is found six" + string(l)
}`, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	want := "found one, found two, found three, found four, found five, Found, is found six"
	if got := strings.Join(spokenInGo(f), ", "); got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

// spokenInGo returns the texts for people in source files that are no messages.
func spokenInGo(files ...*ast.File) (texts []string) {
	takes := takers(files)
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.IndexExpr:
				return false
			case *ast.CallExpr:
				name := nameOf(n.Fun)
				return !takes[name] && !unread[name]
			case *ast.CompositeLit:
				return n.Type == nil || !hasText(n.Type) && !mentions(n.Type, takes)
			case *ast.KeyValueExpr:
				if key, is := n.Key.(*ast.BasicLit); is {
					key.Value = `""` // keys are for programs
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					texts = append(texts, spokenIn(text)...)
				}
			}
			return true
		})
	}
	return texts
}

// takers returns the names of what looks up the messages that it is given: the
// calls, and the types with a field or element that is a message.
func takers(files []*ast.File) map[string]bool {
	takes := map[string]bool{"Text": true, "Plural": true}
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				takes[d.Name.Name] = takes[d.Name.Name] || hasText(d.Type)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, is := s.(*ast.TypeSpec); is {
						takes[s.Name.Name] = takes[s.Name.Name] || hasText(s.Type)
					}
				}
			}
		}
	}
	return takes
}

// spokenIn returns what people read of a text, which may be a piece of HTML that
// begins or ends within a tag.
func spokenIn(text string) []string {
	text = verbs.ReplaceAllString(text, "0")
	if !strings.ContainsAny(text, "<>") && !strings.Contains(text, `="`) {
		if word := strings.TrimSpace(text); english.MatchString(word) && !untranslated[word] && !strings.HasPrefix(text, stylesheet) {
			return []string{text}
		}
		return nil
	}
	if at := strings.IndexAny(text, "<>"); at < 0 || text[at] == '>' { // begins in a tag, between attributes or in one
		text = map[bool]string{true: `<i`, false: `<i title="`}[text[0] == ' '] + text
	}
	if at := strings.LastIndexAny(text, "<>"); text[at] == '<' {
		text += `">`
	}
	return textsOf(text)
}

func nameOf(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// hasText reports whether a type is a portico.Text, or has one.
func hasText(in ast.Node) (has bool) {
	ast.Inspect(in, func(n ast.Node) bool {
		s, is := n.(*ast.SelectorExpr)
		if is {
			x, isName := s.X.(*ast.Ident)
			has = has || isName && x.Name == "portico" && s.Sel.Name == "Text"
		}
		return !has
	})
	return has
}

// mentions reports whether one of the names stands in a type.
func mentions(in ast.Node, names map[string]bool) (is bool) {
	ast.Inspect(in, func(n ast.Node) bool {
		id, isName := n.(*ast.Ident)
		is = is || isName && names[id.Name]
		return !is
	})
	return is
}

// TestRowsAreInTheLanguage checks that the list of people, which is built in Go,
// shows in another language only what people typed as it is.
func TestRowsAreInTheLanguage(t *testing.T) {
	page := peoplePage(1)
	page.Language = locale.Pseudo
	page.Rows[0].Self, page.Rows[0].Locked, page.Rows[0].Waiting = true, true, "/r"
	u := page.Rows[0].User
	for _, text := range textsOf(string(page.Body())) {
		typed := text == u.Name() || text == u.Email || text == u.LoginID
		if !typed && !strings.HasPrefix(strings.TrimPrefix(text, "23 "), "[") { // a date begins with its day
			t.Errorf("%q is not in the language", text)
		}
	}
	told := flashOf(Layout{Language: locale.Pseudo, Notice: "suspended", About: u.Name()}).Text
	if !strings.HasPrefix(told, "["+u.Name()) {
		t.Errorf("got the notice %q, want one in the language that names %s", told, u.Name())
	}
}
