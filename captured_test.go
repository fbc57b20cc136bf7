package portico_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// captures lists the functions whose transactions assign to variables around
// them, and why.
var captures = map[string]string{
	"store.View":   "is what returns values for all others",
	"store.Update": "is what returns values for all others",
	"store.update": "is called for each try, and runs once",
	"audit.Check":  "what was found counts also if reading fails then",
}

// TestTransactionsReturnValues checks that no closure that takes a transaction
// assigns to a variable around it, or takes its address. Such a closure may run
// more than once, and what an earlier try has assigned would stay.
// store.View and store.Update return what the closure returns.
func TestTransactionsReturnValues(t *testing.T) {
	seen := map[string]bool{}
	eachFunction(t, func(files *token.FileSet, name string, f *ast.FuncDecl) {
		for _, id := range capturedIn(f) {
			seen[name] = true
			if captures[name] == "" {
				t.Errorf("%s: %s assigns to %s in a transaction that may run again: return it from store.View or store.Update", files.Position(id.Pos()), name, id.Name)
			}
		}
	})
	for name := range captures {
		if !seen[name] {
			t.Errorf("%s is in the list and assigns to nothing around its transaction", name)
		}
	}
}

// TestCapturedIn checks what counts as an assignment to a captured variable.
func TestCapturedIn(t *testing.T) {
	const before = "package p\nfunc f(db DB, to *T) (n int, v V, err error) {\n\tm := map[int]int{}\n\t"
	for _, tt := range []struct{ code, want string }{
		{"db.Update(ctx, by, func(tx *Tx) error { n = 1; return nil })", "n"},
		{"db.View(ctx, func(r *Reader) error { n++; return nil })", "n"},
		{"s.change(ctx, id, func(tx *store.Tx, r Reset) error { v.A.B = 1; return nil })", "v"},
		{"store.Update(ctx, db, by, func(tx *store.Tx) (int, error) { m[1] = 2; return 0, nil })", "m"},
		{"store.View(ctx, db, func(r *store.Reader) (int, error) { to.A, err = 1, nil; return 0, err })", "to err"},
		{"change := func(*store.Tx) error { (*to) = T{}; return nil }", "to"},
		{"db.View(ctx, func(r *Reader) error { for n = range 3 {}; return nil })", "n"},
		{"db.View(ctx, func(r *Reader) error { each(func() { n = 1 }); return nil })", "n"},
		{"db.View(ctx, func(r *Reader) error { return r.Read(&v.A) })", "v"},
		{"db.View(ctx, func(r *Reader) error { n := 1; n++; return nil })", ""},
		{"db.View(ctx, func(r *Reader) (err error) { err = r.Read(n); return err })", ""},
		{"db.View(ctx, func(r *Reader) error { r.Now = n; _ = r; return nil })", ""},
		{"each(func(c Customer) error { n = 1; return nil })", ""},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", before+tt.code+"\n}", 0)
		if err != nil {
			t.Fatalf("%s: %v", tt.code, err)
		}
		var got []string
		for _, id := range capturedIn(file.Decls[0].(*ast.FuncDecl)) {
			got = append(got, id.Name)
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s assigns to %q around it, want %q", tt.code, got, tt.want)
		}
	}
}

// capturedIn returns the variables that the transactions of a function assign to
// or take the address of, and that are declared outside the transaction.
func capturedIn(f *ast.FuncDecl) (ids []*ast.Ident) {
	ast.Inspect(f, func(n ast.Node) bool {
		closure, is := n.(*ast.FuncLit)
		if !is || !takesTransaction(closure) {
			return true
		}
		ast.Inspect(closure.Body, func(n ast.Node) bool {
			for _, e := range assigned(n) {
				if id := variable(e); id != nil && id.Name != "_" && !declaredIn(id, closure) {
					ids = append(ids, id)
				}
			}
			return true
		})
		return true
	})
	return ids
}

// takesTransaction reports whether the first parameter of a closure is a
// *store.Tx or a *store.Reader.
func takesTransaction(f *ast.FuncLit) bool {
	if len(f.Type.Params.List) == 0 {
		return false
	}
	pointer, is := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !is {
		return false
	}
	var name string
	switch to := pointer.X.(type) {
	case *ast.Ident: // in package store itself
		name = to.Name
	case *ast.SelectorExpr:
		name = to.Sel.Name
	}
	return name == "Tx" || name == "Reader"
}

// assigned returns what a statement or expression assigns to or takes the
// address of.
func assigned(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE { // :=, which declares at least one of them
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return slices.DeleteFunc([]ast.Expr{n.Key, n.Value}, func(e ast.Expr) bool { return e == nil })
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	}
	return nil
}

// variable returns the variable of which e is the whole or a part, or nil.
func variable(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return variable(e.X)
	case *ast.IndexExpr:
		return variable(e.X)
	case *ast.StarExpr:
		return variable(e.X)
	case *ast.ParenExpr:
		return variable(e.X)
	}
	return nil
}

// declaredIn reports whether a variable is declared in a closure, as a parameter,
// a result or in its body.
func declaredIn(id *ast.Ident, f *ast.FuncLit) bool {
	return id.Obj != nil && f.Pos() <= id.Obj.Pos() && id.Obj.Pos() < f.End()
}
