package portico_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// passesOn are the functions that show a text which is a constant elsewhere, or none.
var passesOn = map[string]bool{
	"portico.Action.Text":                     true, // of an action that a newer program wrote
	"portico/internal/web/gallery.inLanguage": true, // of whatever is a message
}

// TestTextsAreConstants: a text that people read stands in the source as a whole, so
// that it can be translated, and has a place for each value. The compiler takes no
// string as a portico.Text, so what is left are conversions and +.
func TestTextsAreConstants(t *testing.T) {
	packages, err := checkedPackages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		p.everyExpression(func(e ast.Expr) {
			if wrong := p.wrongText(e); wrong != "" {
				t.Errorf("%s: %s", p.files.Position(e.Pos()), wrong)
			}
		})
	}
}

// everyExpression calls f with the expressions of a package, but for those in
// functions that pass texts on.
func (p checked) everyExpression(f func(ast.Expr)) {
	for _, file := range p.syntax {
		for _, decl := range file.Decls {
			if d, is := decl.(*ast.FuncDecl); is && passesOn[p.path+"."+receiver(d)+d.Name.Name] {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if e, is := n.(ast.Expr); is {
					f(e)
				}
				return true
			})
		}
	}
}

// receiver returns the type that a method belongs to, with a dot; "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	if of, is := f.Recv.List[0].Type.(*ast.Ident); is {
		return of.Name + "."
	}
	return ""
}

// sentence is how a text for people begins.
var sentence = regexp.MustCompile(`^[A-Z][a-z]+ [a-z]`)

// wrongText returns what is wrong with an expression that makes or shows a text.
func (p checked) wrongText(e ast.Expr) string {
	sum, isSum := e.(*ast.BinaryExpr)
	if isSum && isText(p.info.TypeOf(sum)) && p.info.Types[sum].Value == nil {
		return "a text is put together from pieces"
	}
	if p.path == "portico/internal/web" && sentence.MatchString(p.constant(e)) && !isText(p.info.TypeOf(e)) {
		return fmt.Sprintf("%q is in no language: make it a portico.Text", p.constant(e))
	}
	call, is := e.(*ast.CallExpr)
	if !is {
		return ""
	}
	if p.info.Types[call.Fun].IsType() {
		if isText(p.info.TypeOf(call)) && p.info.Types[call].Value == nil {
			return "a text is no constant"
		}
		return ""
	}
	f, is := p.info.TypeOf(call.Fun).(*types.Signature)
	if !is || !f.Variadic() || call.Ellipsis.IsValid() {
		return ""
	}
	last := f.Params().Len() - 1 // where the values begin
	if last < 1 {
		return ""
	}
	if !isText(f.Params().At(last - 1).Type()) {
		return ""
	}
	text := p.constant(call.Args[last-1])
	if want := places(text); text != "" && want != len(call.Args)-last {
		return fmt.Sprintf("%q has %d places and %d values", text, want, len(call.Args)-last)
	}
	return ""
}

// constant returns the constant text of an expression, or "".
func (p checked) constant(e ast.Expr) string {
	if v := p.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

func isText(t types.Type) bool {
	return t != nil && types.TypeString(types.Unalias(t), nil) == "portico.Text"
}

var numbered = regexp.MustCompile(`\{[0-9]\}`)

// places returns how many values a text shows.
func places(text string) int {
	different := map[string]bool{}
	for _, p := range numbered.FindAllString(text, -1) {
		different[p] = true
	}
	return len(different)
}

// checked is a package with the types of its expressions.
type checked struct {
	path   string
	files  *token.FileSet
	syntax []*ast.File
	info   *types.Info
}

// checkedPackages returns the packages of the program. Those that they import are
// read as the compiler has left them.
var checkedPackages = sync.OnceValues(func() (all []checked, err error) {
	type listed struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
	}
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	var own []listed
	exports := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			return nil, fmt.Errorf("listing the packages: %w", err)
		}
		exports[p.ImportPath] = p.Export
		if p.ImportPath == "portico" || strings.HasPrefix(p.ImportPath, "portico/") {
			own = append(own, p)
		}
	}
	files := token.NewFileSet()
	conf := types.Config{Importer: importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	for _, l := range own {
		p := checked{path: l.ImportPath, files: files, info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
		for _, name := range l.GoFiles {
			file, err := parser.ParseFile(files, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", l.ImportPath, err)
			}
			p.syntax = append(p.syntax, file)
		}
		if _, err := conf.Check(l.ImportPath, files, p.syntax, p.info); err != nil {
			return nil, fmt.Errorf("checking %s: %w", l.ImportPath, err)
		}
		all = append(all, p)
	}
	return all, nil
})
