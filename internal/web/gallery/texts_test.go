package gallery

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portico/internal/web/ui"
)

// TestTextsAreThePrograms checks that what the samples say is wrong, or why
// something cannot be done, is a sentence of the program. Otherwise the gallery
// would show what nobody is ever told.
func TestTextsAreThePrograms(t *testing.T) {
	program := sentences(t)
	for _, s := range States() {
		for _, text := range told(s.Content) {
			if !slices.ContainsFunc(program, func(r *regexp.Regexp) bool { return r.MatchString(text) }) {
				t.Errorf("%s: the program never says %q", s.Path(), text)
			}
		}
	}
}

// TestTextsAreInTheLanguage checks that the sentences of samples are translated, with
// their values, as the program would have.
func TestTextsAreInTheLanguage(t *testing.T) {
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range States() {
		page, err := r.Render(inLanguage(s.Content, "de"))
		if err != nil {
			t.Errorf("%s: %v", s.Path(), err)
		}
		for _, text := range told(s.Content) {
			if len(text) >= leastText && strings.Contains(html.UnescapeString(string(page)), text) {
				t.Errorf("%s: %q is in English", s.Path(), text)
			}
		}
	}
}

// told returns the sentences of a sample that the program would have written.
func told(p ui.Page) (texts []string) {
	if problem := reflect.ValueOf(p).FieldByName("Problem"); problem.IsValid() {
		if p := problem.Interface().(*ui.Problem); p != nil {
			texts = append(texts, p.Text)
			for _, text := range p.Fields {
				texts = append(texts, text)
			}
		}
	}
	switch p := p.(type) {
	case ui.SelectedPage:
		for _, u := range p.Ineligible {
			texts = append(texts, u.Why)
		}
	case ui.ImportFilePage:
		texts = append(texts, p.Import.Stopped)
		for _, r := range p.Rows {
			if r.Does == "refused" {
				texts = append(texts, r.Why.String())
			}
		}
	case ui.MessagePage:
		texts = append(texts, p.Title, p.Text)
	}
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// leastText is the length of the shortest sentence, without the places of values.
const leastText = 14

// place is where a value stands, in a message or in a format of package fmt.
var place = regexp.MustCompile(`%[a-z]|\{[0-9n]\}`)

// sentences returns a pattern for each text in the program's source.
func sentences(t *testing.T) (all []*regexp.Regexp) {
	t.Helper()
	const root = "../../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "gallery" {
			return cmp.Or(err, filepath.SkipDir)
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			text, _ := literal(n)
			for form := range strings.SplitSeq(text, "|") {
				if p := pattern(form); p != nil {
					all = append(all, p)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(all) < 1000 {
		t.Fatalf("reading the program: %d texts, error %v", len(all), err)
	}
	return all
}

// pattern returns a pattern for a sentence, or nil if it is too short for one.
func pattern(text string) *regexp.Regexp {
	parts := place.Split(text, -1)
	if fixed := strings.Join(parts, ""); len(fixed) < leastText || !strings.Contains(fixed, " ") {
		return nil
	}
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".+") + "$")
}

// literal returns a text in the source, of which parts may be joined by +. What
// is no text in it may be anything.
func literal(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(n.Value)
		return text, err == nil && n.Kind == token.STRING
	case *ast.BinaryExpr:
		left, isText := literal(n.X)
		right, areTexts := literal(n.Y)
		if n.Op != token.ADD || !isText && !areTexts {
			return "", false
		}
		if !isText {
			left = "%s"
		}
		if !areTexts {
			right = "%s"
		}
		return left + right, true
	}
	return "", false
}
