package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedSettings checks that the settings of the guide are valid, and
// that the unit leads to the directory that the guide puts them into.
func TestDocumentedSettings(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?s)cat >(/\S+)/portico\.toml <<'END'\n(.*?)\nEND\n`).FindSubmatch(guide)
	if found == nil {
		t.Fatal("the guide writes no portico.toml")
	}
	dir := t.TempDir()
	server := filepath.Join(dir, "smtp")
	settings := strings.ReplaceAll(string(found[2]), "/etc/portico/smtp", server)
	for file, content := range map[string]string{server: "smtp://user:password@mail.example.com:587\n", filepath.Join(dir, "portico.toml"): settings} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := run(t, dir, 0, "config", "check"); !strings.Contains(out, "The settings are valid") {
		t.Errorf("portico config check with the guide's settings: got %q, want that they are valid", out)
	}
	if out := run(t, dir, 0, "config", "show"); !strings.Contains(out, "https://portal.example.com") || !strings.Contains(out, "portico.toml") {
		t.Errorf("portico config show with the guide's settings: got %q, want the base URL and the file", out)
	}
	unit, err := os.ReadFile("../../packaging/portico.service")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Environment=PORTICO_DATA=" + string(found[1]) + "\n"; !strings.Contains(string(unit), want) {
		t.Errorf("packaging/portico.service: got no line %q, want it, as in the guide", want)
	}
}
