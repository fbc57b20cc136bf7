package portico_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// ladder lists the packages from top to bottom, as doc.go describes them.
// Packages on one rung must not import each other.
var ladder = [][]string{
	{"portico/cmd/portico", "portico/internal/porticotest", "portico/e2e", "portico/bench", "portico/e2e/failover", "portico/e2e/guide", "portico/e2e/powercut", "portico/e2e/vulnerabilities", "portico/e2e/mutants", "portico/packaging/licences"},
	{"portico/internal/cli"},
	{"portico/internal/web", "portico/internal/web/gallery"},
	{"portico/internal/web/ui"},
	{"portico/internal/twofactorreset"},
	{"portico/internal/imports", "portico/internal/archive"},
	{"portico/internal/users"},
	{"portico/internal/customers", "portico/internal/maintenance"},
	{"portico/internal/auth"},
	{"portico/internal/outbox"},
	{"portico/internal/audit"},
	{"portico/internal/store", "portico/internal/password", "portico/internal/spreadsheet"},
	{"portico/internal/config", "portico/internal/totp", "portico/internal/passkey", "portico/internal/passkey/passkeytest", "portico/internal/seal", "portico/internal/mail", "portico/internal/syslog", "portico/internal/testdb", "portico/internal/store/storetest"},
	{"portico/internal/locale"},
	{"portico"},
}

// TestLadder reports every import of a package that is not on a lower rung.
func TestLadder(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	rung := map[string]int{}
	for i, packages := range ladder {
		for _, p := range packages {
			rung[p] = i
		}
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from, known := rung[p.ImportPath]
		if !known {
			t.Errorf("%s stands on no rung", p.ImportPath)
			continue
		}
		for _, to := range p.Imports {
			if to != "portico" && !strings.HasPrefix(to, "portico/") {
				if p.ImportPath == "portico" && strings.Contains(to, ".") {
					t.Errorf("the vocabulary imports %s, which is not of the standard library", to)
				}
				if to == "database/sql" && !strings.HasPrefix(p.ImportPath, "portico/internal/store") {
					t.Errorf("%s imports database/sql", p.ImportPath)
				}
				continue
			}
			if rung[to] <= from {
				t.Errorf("%s imports %s, which is not below it", p.ImportPath, to)
			}
			if p.ImportPath == "portico/internal/web" && to == "portico/internal/store" ||
				p.ImportPath == "portico/internal/web/ui" && to != "portico" && to != "portico/internal/locale" ||
				from == len(ladder)-3 && to != "portico/internal/locale" {
				t.Errorf("%s may not import %s", p.ImportPath, to)
			}
		}
	}
}

// TestC03_SessionConstructorHasOneCaller checks that sessions and pending
// logins are created in one place only.
func TestC03_SessionConstructorHasOneCaller(t *testing.T) {
	for call, in := range map[string]string{`\.CreateSession(`: "internal/auth/login.go", `\.newSession(`: "internal/auth/login.go", `\.CreatePending(`: "internal/auth/login.go"} {
		out, err := exec.Command("grep", "-rnF", "--include=*.go", "--exclude=*_test.go", strings.TrimPrefix(call, `\`), ".").Output()
		if err != nil {
			t.Fatal(err)
		}
		var callers []string
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "func (") {
				callers = append(callers, strings.TrimSpace(line))
			}
		}
		if len(callers) != 1 || !strings.Contains(callers[0], in) {
			t.Errorf("%s is called by %q, not once in %s", call, callers, in)
		}
	}
}
