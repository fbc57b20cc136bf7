// Command vulnerabilities converts a version of golang.org/x/vulndb to the
// database format that govulncheck reads. The module comes from the Go module
// proxy and is verified with the checksum database like every other module. The
// check therefore needs no other network access, and has the same result for
// the same version.
//
//	vulnerabilities VERSION DIRECTORY
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const module = "golang.org/x/vulndb"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: vulnerabilities VERSION DIRECTORY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "vulnerabilities:", err)
		os.Exit(1)
	}
}

func run(version, dir string) error {
	source, err := download(version)
	if err != nil {
		return err
	}
	entries, err := filepath.Glob(filepath.Join(source, "data", "osv", "GO-*.json"))
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s@%s has no data/osv", module, version)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, sub := range []string{"ID", "index"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	var x index
	for _, entry := range entries {
		b, err := os.ReadFile(entry)
		if err != nil {
			return err
		}
		if err := x.add(b); err != nil {
			return fmt.Errorf("reading %s: %w", entry, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "ID", filepath.Base(entry)), b, 0o644); err != nil {
			return err
		}
	}
	return x.write(filepath.Join(dir, "index"))
}

// download returns the directory of the module cache that holds the database.
func download(version string) (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", module+"@"+version).Output()
	var got struct{ Dir, Error string }
	if bad := json.Unmarshal(out, &got); bad != nil {
		return "", fmt.Errorf("downloading %s: %w", module, bad)
	}
	if err != nil || got.Dir == "" {
		return "", fmt.Errorf("downloading %s: %s", module, got.Error)
	}
	return got.Dir, nil
}

// report is what the index needs of an entry in the OSV format. The module has
// no modification times (the published database takes them from git), so the
// publication times are used instead.
type report struct {
	ID        string    `json:"id"`
	Published time.Time `json:"published"`
	Aliases   []string  `json:"aliases"`
	Affected  []struct {
		Package struct {
			Name string `json:"name"`
		} `json:"package"`
	} `json:"affected"`
}

// The files of the index, see https://go.dev/doc/security/vuln/database.
type (
	index struct {
		modified time.Time
		modules  map[string][]moduleVuln
		vulns    []vuln
	}
	moduleVuln struct {
		ID       string    `json:"id"`
		Modified time.Time `json:"modified"`
	}
	vuln struct {
		ID       string    `json:"id"`
		Modified time.Time `json:"modified"`
		Aliases  []string  `json:"aliases,omitempty"`
	}
	moduleEntry struct {
		Path  string       `json:"path"`
		Vulns []moduleVuln `json:"vulns"`
	}
)

func (x *index) add(entry []byte) error {
	var r report
	if err := json.Unmarshal(entry, &r); err != nil {
		return err
	}
	if r.ID == "" {
		return errors.New("it has no id")
	}
	if r.Published.After(x.modified) {
		x.modified = r.Published
	}
	x.vulns = append(x.vulns, vuln{r.ID, r.Published, r.Aliases})
	if x.modules == nil {
		x.modules = map[string][]moduleVuln{}
	}
	for _, a := range r.Affected {
		known := x.modules[a.Package.Name]
		if len(known) > 0 && known[len(known)-1].ID == r.ID {
			continue // several ranges of one module
		}
		// The version with the fix is left out. It would only save readers the
		// entries of old versions.
		x.modules[a.Package.Name] = append(known, moduleVuln{ID: r.ID, Modified: r.Published})
	}
	return nil
}

func (x *index) write(dir string) error {
	modules := make([]moduleEntry, 0, len(x.modules))
	for path, vulns := range x.modules {
		modules = append(modules, moduleEntry{path, vulns})
	}
	slices.SortFunc(modules, func(a, b moduleEntry) int { return strings.Compare(a.Path, b.Path) })
	for name, content := range map[string]any{
		"db.json":      map[string]time.Time{"modified": x.modified},
		"modules.json": modules,
		"vulns.json":   x.vulns,
	} {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(content); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
