package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestCommandsPrintInOnePlace checks that commands print only with say or with
// a table, which escapes in the same way.
func TestCommandsPrintInOnePlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "say.go" {
			continue
		}
		b, err := os.ReadFile(file)
		must(t, err)
		for _, way := range []string{"fmt.Fprint", "fmt.Print", "os.Stdout", "os.Stderr"} {
			if strings.Contains(string(b), way) {
				t.Errorf("%s prints by %s: use say", file, way)
			}
		}
	}
}

// TestListsAreHarmless checks that names from the database cannot move the
// cursor or begin new lines.
func TestListsAreHarmless(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	acme := p.Customer("acme", "Acme")
	ann := p.User(acme.ID, "ann", portico.RoleUser)
	db := beside(t, p)
	const bad = "x\x1b[2J\u202e\nok       audit log  fine\r\x7f\u0085\U000e0001"
	for _, statement := range []string{`UPDATE users SET last_name = $1, email = $1 WHERE id = $2`, `UPDATE customers SET name = $1 WHERE id = $2`} {
		id := any(ann.ID)
		if strings.Contains(statement, "customers") {
			id = acme.ID
		}
		_, err := db.ExecContext(t.Context(), statement, bad, id)
		must(t, err)
	}
	out := run(t, p.Dir, 0, "user", "list") + run(t, p.Dir, 0, "customer", "list")
	if strings.ContainsAny(out, "\x1b\r\u202e") || strings.Contains(out, "\nok ") || strings.Count(out, `x\x1b[2J\u202e\x0aok`) < 3 {
		t.Errorf("got %q, want not strings.ContainsAny(out, \"\\x1b\\r\\u202e\"), no \"\\nok \" in out, at least 3 for strings.Count(out, `x\\x1b[2J\\u202e\\x0aok`)", out)
	}
	var people []struct {
		LastName string `json:"last_name"`
	}
	out = run(t, p.Dir, 0, "user", "list", "--json")
	must(t, json.Unmarshal([]byte(out), &people))
	if len(people) != 1 || people[0].LastName != bad || strings.ContainsAny(out, "\x1b\r\u202e\x7f\u0085\U000e0001") {
		t.Errorf("user list --json: got %q, want the name %q with its characters escaped", out, bad)
	}
}
