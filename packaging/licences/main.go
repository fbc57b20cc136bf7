// Command licences completes a bill of materials of make dist: it adds the licences
// that cyclonedx-gomod does not recognise, and fails if a part has none.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// known are licences that were read by hand: of the portal, of Go's standard
// library, and of modules whose file begins with several copyrights.
var known = map[string]string{
	"portico":                     "MIT",
	"std":                         "BSD-3-Clause",
	"github.com/pressly/goose/v3": "MIT",
}

func main() {
	for _, file := range os.Args[1:] {
		if err := complete(file); err != nil {
			fmt.Fprintf(os.Stderr, "licences: %s: %v\n", file, err)
			os.Exit(1)
		}
	}
}

// complete rewrites a file so that each part has a licence.
func complete(file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the file that the command line names
	if err != nil {
		return err
	}
	var bill map[string]any
	if err := json.Unmarshal(text, &bill); err != nil {
		return err
	}
	metadata, _ := bill["metadata"].(map[string]any)
	program, is := metadata["component"].(map[string]any)
	parts, are := bill["components"].([]any)
	if !is || !are {
		return errors.New("no bill of materials of a program")
	}
	for _, p := range append(parts, program) {
		part, is := p.(map[string]any)
		if !is {
			return fmt.Errorf("%v is no part", p)
		}
		if err := licensed(part); err != nil {
			return err
		}
	}
	text, err = json.MarshalIndent(bill, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644) //nolint:gosec // a release is for everybody to read
}

// licensed gives a part its licence if it has none, or returns an error.
func licensed(part map[string]any) error {
	evidence, _ := part["evidence"].(map[string]any)
	if found, _ := evidence["licenses"].([]any); len(found) > 0 {
		return nil
	}
	name, _ := part["name"].(string)
	id, is := known[name]
	if !is {
		return fmt.Errorf("no licence is known of %s: read it, and name it in packaging/licences", name)
	}
	part["licenses"] = []any{map[string]any{"license": map[string]any{"id": id}}}
	return nil
}
