package portico_test

import (
	"go/ast"
	"go/types"
	"testing"
)

// detailsKept are the functions that give an event details which were recorded before.
var detailsKept = map[string]bool{
	"portico/internal/audit.Record":          true, // the English of Event.Told
	"portico/internal/audit.eventLine.entry": true, // of an exported event
}

// TestDetailsOfEventsAreTold: the details of an event are Event.Told, which pages show
// in the reader's language, or fields. Plain Event.Details would be English alone.
func TestDetailsOfEventsAreTold(t *testing.T) {
	packages, err := checkedPackages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		for _, file := range p.syntax {
			for _, decl := range file.Decls {
				if d, is := decl.(*ast.FuncDecl); is && detailsKept[p.path+"."+receiver(d)+d.Name.Name] {
					continue
				}
				ast.Inspect(decl, func(n ast.Node) bool {
					if p.plainDetails(n) {
						t.Errorf("%s: the details are in English alone: use Told, or fields with Stored()", p.files.Position(n.Pos()))
					}
					return true
				})
			}
		}
	}
}

// plainDetails reports whether a node writes Event.Details without Told, and not as
// fields.
func (p checked) plainDetails(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, to := range n.Lhs {
			if field, is := to.(*ast.SelectorExpr); is && field.Sel.Name == "Details" && isEvent(p.info.TypeOf(field.X)) {
				return true
			}
		}
	case *ast.CompositeLit:
		if !isEvent(p.info.TypeOf(n)) {
			return false
		}
		given := map[string]ast.Expr{}
		for _, e := range n.Elts {
			pair, named := e.(*ast.KeyValueExpr)
			if !named {
				return true // every field, in order
			}
			given[pair.Key.(*ast.Ident).Name] = pair.Value
		}
		return given["Details"] != nil && given["Told"] == nil && !isStored(given["Details"])
	}
	return false
}

func isEvent(t types.Type) bool {
	if of, is := types.Unalias(t).(*types.Pointer); is {
		t = of.Elem()
	}
	return t != nil && types.TypeString(types.Unalias(t), nil) == "portico.Event"
}

// isStored reports whether an expression calls the method Stored of fields.
func isStored(e ast.Expr) bool {
	call, is := e.(*ast.CallExpr)
	if !is {
		return false
	}
	method, is := call.Fun.(*ast.SelectorExpr)
	return is && method.Sel.Name == "Stored"
}
