package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"

	"portico/internal/locale"
)

// spoken are the pages whose accessibility tree is stored as text. They are
// those that somebody who cannot see them must be able to use: enrolment, the
// second step of log-in, and helping a colleague.
var spoken = []string{
	"/account/not-enabled", "/account/set-up", "/account/wrong-code", "/account/recovery-codes", "/code/wrong-code", "/access/many-people",
	"/ask/delete-2fa-setup", "/reset/who-is-calling", "/reset/to-approve", "/reset-code/shown-once", "/vouch/asked",
}

// TestSpoken compares what a screen reader gets from these pages with the
// reviewed text in testdata. PORTICOTEST_SPOKEN=write replaces that text, which
// must then be reviewed again.
func TestSpoken(t *testing.T) {
	t.Parallel()
	b := browse(t, galleryPages(t, locale.English), noScript)
	for _, path := range spoken {
		b.open(path)
		got := b.spoken()
		file := filepath.Join("testdata", "spoken", strings.ReplaceAll(strings.Trim(path, "/"), "/", "-")+".txt")
		if os.Getenv("PORTICOTEST_SPOKEN") == "write" {
			b.must(os.WriteFile(file, []byte(got), 0o644))
		}
		want, err := os.ReadFile(file)
		b.must(err)
		if got != string(want) {
			t.Errorf("%s is told otherwise than in %s:\n%s", path, file, got)
		}
	}
}

// silent are the roles that screen readers do not announce.
var silent = map[string]bool{"generic": true, "InlineTextBox": true, "none": true, "paragraph": true, "ListMarker": true, "LineBreak": true, "LayoutTableCell": true}

// spoken returns the accessibility tree of the page: one line for each element,
// with its role, name, state and description.
func (b *tab) spoken() string {
	b.t.Helper()
	tree := call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		nodes[n.NodeID] = n
	}
	var out strings.Builder
	var tell func(n *accessibility.Node, depth int)
	tell = func(n *accessibility.Node, depth int) {
		role, name := value(n.Role), value(n.Name)
		if !n.Ignored && !silent[role] && (role != "StaticText" || strings.TrimSpace(name) != "") {
			line := strings.TrimSpace(role + " " + name)
			for _, p := range n.Properties {
				switch p.Name {
				case "checked", "expanded", "invalid", "level", "disabled", "required": // not "focused", which changes shortly after and has tests of its own
					if v := value(p.Value); v != "" && v != "false" {
						line += " [" + string(p.Name) + " " + v + "]"
					}
				}
			}
			if d := value(n.Description); d != "" {
				line += " (" + d + ")"
			}
			out.WriteString(strings.Repeat("  ", depth) + line + "\n")
			depth++
			if role == "StaticText" || role == "heading" || role == "link" || role == "button" {
				return // the name contains the children
			}
		}
		for _, id := range n.ChildIDs {
			if child := nodes[id]; child != nil {
				tell(child, depth)
			}
		}
	}
	tell(tree.Nodes[0], 0)
	return out.String()
}

func value(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if err := json.Unmarshal(v.Value, &s); err == nil {
		return s
	}
	return string(v.Value)
}
