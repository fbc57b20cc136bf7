package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"portico/internal/cli"
)

// TestHelpIsTyped checks that help has no typographic quotes, which its printer
// makes of two apostrophes: what it quotes is typed into a shell.
func TestHelpIsTyped(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	for _, name := range cli.CommandNames() {
		var b bytes.Buffer
		code := cli.Run(context.Background(), append(strings.Fields(name), "--help"), strings.NewReader(""), &b, &b)
		if out := b.String(); code != 0 || strings.ContainsAny(out, "‘’“”") {
			t.Errorf("portico %s --help: got %d\n%s, want exit code 0 and no typographic quotes", name, code, out)
		}
	}
}
