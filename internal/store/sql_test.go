package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// scopedMethods returns the names of the exported methods whose first argument
// is a CustomerID.
func scopedMethods(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range sources(t) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() || len(fn.Type.Params.List) == 0 {
				continue
			}
			if sel, ok := fn.Type.Params.List[0].Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "CustomerID" {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names
}

func sources(t *testing.T) []*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// TestSQLIsPortable searches every statement for syntax that only one engine
// accepts.
func TestSQLIsPortable(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\?|\bautoincrement\b|\bidentity\b|\bserial\b|for update|timestamptz|\blower\(|\bupper\(|\$\d+ is null|\bnow\(\)|current_timestamp|datetime\(|strftime|ilike|any\(\$|insert or |rowid|select \*|\bglob\b|integer|\bblob\b|strict`)
	addressCase := regexp.MustCompile(`lower\((u\.)?email\)`)
	statements := 0
	check := func(where, sql string) {
		statements++
		sql = addressCase.ReplaceAllString(sql, "") // it finds candidates among ASCII addresses, where the engines agree
		if found := banned.FindString(sql); found != "" {
			t.Errorf(`%s: %q in %s, want found ""`, where, found, sql)
		}
	}
	verb := regexp.MustCompile(`(?i)^\s*(select|insert|update|delete|create|alter)\b`)
	for _, f := range sources(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if s, err := strconv.Unquote(lit.Value); err == nil && verb.MatchString(s) {
				check(f.Name.Name, s)
			}
			return true
		})
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			sql, _, _ := strings.Cut(line, "--")
			check(name, sql)
		}
	}
	if statements < 50 {
		t.Errorf("only %d statements were found", statements)
	}
}
