package cli_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestDoctorComparesNodes runs two nodes of one portal with other settings each.
// The doctor names both nodes and both values, and says nothing of what is the
// same.
func TestDoctorComparesNodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir, keyset := portalWithKeyset(t)
	const base, from = "https://portal.example.com", "portal@example.com"
	a := serveWith(t, dir, keyset, "--base-url", base, "--mail-from", from)
	b := serveWith(t, dir, keyset, "--base-url", "https://other.example.com", "--mail-from", from, "--smtp", "smtp://u:SECRET@127.0.0.1:1")
	out := run(t, dir, 1, "doctor", "--keyset", keyset)
	for setting, values := range map[string][2]string{"base-url": {base, "https://other.example.com"}, "smtp": {"none", "127.0.0.1:1"}} {
		line := lineWith(out, "--"+setting)
		for _, want := range []string{"problem", "nodes", strings.TrimPrefix(a.url, "http://"), values[0], strings.TrimPrefix(b.url, "http://"), values[1]} {
			if !strings.Contains(line, want) {
				t.Errorf("doctor about --%s of two nodes: got %q, want %s in it\n%s", setting, line, want, out)
			}
		}
	}
	if strings.Contains(out, "SECRET") || lineWith(out, "--mail-from") != "" {
		t.Errorf("doctor: got %s, want no password, and nothing of what is the same", out)
	}
	must(t, b.stop())
	b = serveWith(t, dir, keyset, "--base-url", base, "--mail-from", from)
	if out := run(t, dir, 0, "doctor", "--keyset", keyset); strings.Count(out, "serves, with the same keys") != 2 {
		t.Errorf("doctor about two nodes with the same settings: got %s, want no problem", out)
	}
	must(t, a.stop())
	must(t, b.stop())
}

// TestCommandsUseWhatAllNodesServeWith starts nodes beside others with another base
// URL. What commands use changes only when no node that serves has another one.
func TestCommandsUseWhatAllNodesServeWith(t *testing.T) {
	if testing.Short() {
		return // long: many nodes
	}
	t.Parallel()
	dir := nowhere(t)
	const first, second = "https://portal.example.com", "https://other.example.com"
	node := func(base string) serving {
		t.Helper()
		s := serve(t, dir, "--listen", "127.0.0.1:0", "--base-url", base)
		await(t, s.lines, "Portico listens on ")
		return s
	}
	used := regexp.MustCompile(`(?m)^ok +base URL +(\S+)$`)
	uses := func(when string, code int, base string) {
		t.Helper()
		if found := used.FindStringSubmatch(run(t, dir, code, "doctor")); found == nil || found[1] != base {
			t.Errorf("%s, commands use %v, want %s", when, found, base)
		}
	}
	a, b := node(first), node(second)
	await(t, b.log, "another node serves with another setting")
	uses("beside a node with another base URL", 1, first)
	must(t, b.stop())
	uses("once that node has ended", 0, first)

	b = node(first)
	must(t, a.stop())
	a = node(second)
	uses("when one of two nodes has changed", 1, first)
	must(t, b.stop())
	b = node(second)
	uses("when both have changed", 0, second)

	// A node that was killed counts until it was not seen for a while.
	must(t, a.cmd.Process.Kill())
	_ = a.cmd.Wait() // it was killed
	must(t, b.stop())
	b = node(first)
	uses("beside a node that was killed", 1, second)
	execute(t, dir, `UPDATE nodes SET seen_at = 0 WHERE settings LIKE '%other.example.com%'`)
	run(t, dir, 0, "keys", "rotate") // and the node records its keys
	for {
		if found := used.FindStringSubmatch(run(t, dir, 0, "doctor")); found[1] == first {
			break
		}
		porticotest.Pause()
	}
	must(t, b.stop())
}

// TestDoctorAfterARotation checks that a node which has not reported its keys since
// the old ones were dropped is no unfinished rotation, and that one which goes on
// with them has a copy of the keyset that was not replaced.
func TestDoctorAfterARotation(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	run(t, p.Dir, 0, "keys", "rotate")
	held, err := p.Keys.Held()
	must(t, err)
	for i, says := range []string{"ok.*and has not reported its keys since", "warning.*put a copy of that file in the place of its own"} {
		after := time.Duration(i) * time.Minute
		later(p, after)
		must(t, p.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
			return tx.PutNode(store.Node{ID: "a", Name: "the node", Holds: append(held.Keys, 7), SealsWith: held.Primary})
		}))
		if out := run(t, p.Dir, 0, "doctor"); !regexp.MustCompile(says).MatchString(lineWith(out, "the node")) {
			t.Errorf("doctor about a node that reports old keys %v after a rotation: got %s, want %s", after, out, says)
		}
	}
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "nodes") && strings.Contains(line, part) {
			return line
		}
	}
	return ""
}
