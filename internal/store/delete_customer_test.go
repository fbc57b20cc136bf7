package store

import (
	"go/ast"
	"go/token"
	"regexp"
	"testing"
)

// TestLoginIDsAreFoundByTheirIndex checks that each statement that looks for a
// person by a login ID says that it is not empty. The index holds no empty ones,
// and without these words the database looks through everybody: for each of a
// customer's people while the customer is deleted.
func TestLoginIDsAreFoundByTheirIndex(t *testing.T) {
	looks, says := regexp.MustCompile(`(?i)\b(where|and) (u\.)?login_key = \$`), regexp.MustCompile(`login_key <> ''`)
	ofUsers := regexp.MustCompile(`(?i)from users\b`)
	found := 0
	for _, f := range sources(t) {
		for _, d := range f.Decls {
			fn, is := d.(*ast.FuncDecl)
			if !is {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				lit, is := n.(*ast.BasicLit)
				if !is || lit.Kind != token.STRING || !looks.MatchString(lit.Value) || !ofUsers.MatchString(lit.Value) && !says.MatchString(lit.Value) {
					return true
				}
				if found++; !says.MatchString(lit.Value) {
					t.Errorf("%s looks for a login ID without its index: %s", fn.Name.Name, lit.Value)
				}
				return true
			})
		}
	}
	if found < 2 {
		t.Errorf("%d statements look for a login ID, want at least those of log-in and of the hold", found)
	}
}
