package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryPartHasALicence checks that licences that were not recognised are
// added, that others stay, and that a part without one is refused by name.
func TestEveryPartHasALicence(t *testing.T) {
	write := func(parts string) string {
		file := filepath.Join(t.TempDir(), "x.cdx.json")
		if err := os.WriteFile(file, []byte(`{"metadata":{"component":{"name":"portico"}},"components":[`+parts+`]}`), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write(`{"name":"std"},{"name":"rsc.io/qr","evidence":{"licenses":[{"license":{"id":"0BSD"}}]}}`)
	if err := complete(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{`"MIT"`, `"BSD-3-Clause"`, `"0BSD"`} {
		if strings.Count(string(text), id) != 1 {
			t.Errorf("got %s, want the licence %s once", text, id)
		}
	}
	if err := complete(write(`{"name":"example.com/new"}`)); err == nil || !strings.Contains(err.Error(), "example.com/new") {
		t.Errorf("a part without a licence: got the error %v, want one that names it", err)
	}
}
