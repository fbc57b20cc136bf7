package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// collector receives what Stream sends.
type collector struct {
	lines []string
	down  error // returned in place of taking lines
	calls int
}

func (c *collector) take(_ context.Context, lines []audit.Line) error {
	c.calls++
	if c.down != nil {
		return c.down
	}
	for _, line := range lines {
		c.lines = append(c.lines, line.Text())
	}
	return nil
}

// streamed is a line of the stream as a program reads it.
type streamed struct {
	Format   int    `json:"portico_audit_event"`
	Log      string `json:"log"`
	Customer string `json:"customer"`
	Number   int64  `json:"number"`
	ID       string `json:"id"`
	Action   string `json:"action"`
	Details  string `json:"details"`
	Attested bool   `json:"attested"`
}

func readStreamed(t *testing.T, line string) (e streamed) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Format != 1 || e.ID == "" || strings.ContainsAny(line, "\r\n") {
		t.Errorf("a line of the stream: got %q (%v), want one JSON object of format 1 with an id", line, err)
	}
	return e
}

// streams gives the new events of a portal to a collector, as the node.
func (l *ledger) streams(node string, to *collector) error {
	l.t.Helper()
	must(l.t, l.p.Audit.BeginStream(l.t.Context()))
	must(l.t, l.p.Audit.Sequence(l.t.Context()))
	return l.p.Audit.Stream(l.t.Context(), node, to.take)
}

// TestStreamLosesNothing checks that the stream begins with the first call, gives
// each event once while all goes well, and goes on where it was when the receiver
// was down.
func TestStreamLosesNothing(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l, to := newLedger(t), &collector{}
	must(t, l.streams("a", to))
	if len(to.lines) > 0 {
		t.Errorf("events from before the stream: got %q, want none", to.lines)
	}
	globex := l.p.Customer("globex", "Globex")
	l.happens(3)
	must(t, l.streams("a", to))
	to.down = errors.New("down")
	l.happens(2)
	l.p.User(globex.ID, "greta", portico.RoleUser)
	for range 2 {
		if err := l.streams("a", to); !errors.Is(err, to.down) {
			t.Errorf("while the receiver is down: got %v, want its error", err)
		}
	}
	if n := len(to.lines); n != 4 {
		t.Errorf("before the receiver was down: got %d events, want 4", n)
	}
	to.down = nil
	must(t, l.streams("a", to))
	must(t, l.streams("a", to))
	next := map[string]int64{"acme": 15, "globex": 1}
	for _, line := range to.lines {
		e := readStreamed(t, line)
		if e.Number != next[e.Customer] || !e.Attested || !strings.HasPrefix(e.Log, "portico/audit/") {
			t.Errorf("got %+v, want number %d of %s, attested", e, next[e.Customer], e.Customer)
		}
		next[e.Customer]++
	}
	if next["acme"] != 20 || next["globex"] != 3 {
		t.Errorf("numbers to come: got %v, want 20 of acme and 3 of globex", next)
	}
}

// TestStreamOfManyEvents checks that a long log is sent in parts, and that another
// one does not wait for its end.
func TestStreamOfManyEvents(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l, to := newLedger(t), &collector{}
	must(t, l.streams("a", to))
	l.records(1200)
	l.p.Customer("zeta", "Zeta")
	must(t, l.streams("a", to))
	seen := map[string]bool{}
	zeta := -1
	for i, line := range to.lines {
		e := readStreamed(t, line)
		seen[e.ID] = true
		if e.Customer == "zeta" {
			zeta = i
		}
	}
	if len(seen) != 1201 || len(to.lines) != 1201 || to.calls < 3 {
		t.Errorf("got %d events, %d different ones, in %d parts, want 1201 in 3 or more", len(to.lines), len(seen), to.calls)
	}
	if zeta < 0 || zeta > 600 {
		t.Errorf("the event of another log came as number %d, want it behind the first part of the long one", zeta)
	}
}

// records writes n events into acme's log.
func (l *ledger) records(n int) {
	l.t.Helper()
	must(l.t, l.p.DB.Update(l.t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		for range n {
			if err := audit.Record(tx, portico.Event{CustomerID: l.acme.ID, Action: portico.CustomerChanged, Actor: portico.CommandLine()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// TestStreamOfOneNode checks that one node sends, until it ends, is killed, or
// cannot reach the receiver.
func TestStreamOfOneNode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l, a, b := newLedger(t), &collector{}, &collector{}
	want := func(what string, inA, inB int) {
		t.Helper()
		if len(a.lines) != inA || len(b.lines) != inB {
			t.Errorf("%s: node a has sent %d events and b %d, want %d and %d", what, len(a.lines), len(b.lines), inA, inB)
		}
	}
	both := func() {
		t.Helper()
		must(t, l.streams("b", b))
		must(t, l.streams("a", a))
	}
	must(t, l.streams("a", a))
	l.happens(1)
	must(t, l.streams("a", a))
	l.happens(1)
	both()
	want("while a sends", 2, 0)
	must(t, l.p.Audit.EndStream(t.Context(), "b"))
	l.happens(1)
	both()
	want("after b has ended, which did not send", 3, 0)
	must(t, l.p.Audit.EndStream(t.Context(), "a"))
	l.happens(1)
	both()
	want("after a has ended", 3, 1)
	l.p.Clock.Advance(25 * time.Second) // b is killed
	l.happens(1)
	must(t, l.streams("a", a))
	want("after b was killed", 4, 1)
	a.down = errors.New("no route")
	l.happens(1)
	if err := l.streams("a", a); !errors.Is(err, a.down) {
		t.Errorf("a node that cannot reach the receiver: got %v, want its error", err)
	}
	both()
	want("while a cannot reach the receiver", 4, 2)
}

// TestStreamGoesOnBehindDeletedEvents checks that events which retention has
// deleted before they were sent, and whole logs, do not stop the stream.
func TestStreamGoesOnBehindDeletedEvents(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l, to := newLedger(t), &collector{down: errors.New("down")}
	_ = l.streams("a", to) // begins
	must(t, l.p.Customers.SavePolicy(t.Context(), portico.CommandLine(), l.acme.ID, nil, &portico.Policy{AuditMonths: 3}))
	l.happens(3)
	_ = l.streams("a", to)
	l.p.Clock.Advance(200 * 24 * time.Hour)
	must(t, l.p.Audit.Trim(t.Context()))
	gone := l.p.Customer("gone", "Gone")
	must(t, l.p.Audit.Sequence(t.Context()))
	for _, table := range []string{"events", "audit_logs"} {
		l.bend(`DELETE FROM ` + table + ` WHERE customer_id = '` + string(gone.ID) + `'`)
	}
	l.happens(1)
	to.down = nil
	must(t, l.streams("a", to))
	var actions []string
	for _, line := range to.lines {
		e := readStreamed(t, line)
		actions = append(actions, e.Customer+" "+e.Action)
	}
	if got, want := strings.Join(actions, ", "), "acme audit.trimmed, acme user.created"; got != want {
		t.Errorf("after the deletion: got %q, want %q", got, want)
	}
}

// TestExportSince checks that an export since a number, a time or a duration has
// the lines of the stream, and that an export without it has its proofs as before.
func TestExportSince(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	l, to := newLedger(t), &collector{}
	must(t, l.streams("a", to))
	since := l.p.Clock.Now()
	l.happens(3) // 15, 16, 17
	must(t, l.streams("a", to))
	all := strings.Join(to.lines, "\n") + "\n"
	export := func(want int, args ...string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "events.jsonl")
		out := run(t, l.p.Dir, want, append([]string{"audit", "export", "--output", file}, args...)...)
		if want > 0 {
			return out
		}
		b, err := os.ReadFile(file)
		must(t, err)
		return string(b)
	}
	for _, when := range []string{"14", since.Format(time.RFC3339), since.In(time.FixedZone("", 3600)).Format(time.RFC3339)} {
		if got := export(0, "--customer", "acme", "--since", when); got != all {
			t.Errorf("since %s: got %s, want the lines of the stream:\n%s", when, got, all)
		}
	}
	for when, want := range map[string]int{"0": 17, "16": 1, "17": 0, "2026-11-23": 17, "2026-11-24": 0, "1000000h": 17} {
		if got := strings.Count(export(0, "--customer", "acme", "--since", when), "\n"); got != want {
			t.Errorf("since %s: got %d events, want %d", when, got, want)
		}
	}
	_, err := l.p.Users.Create(t.Context(), portico.CommandLine(), portico.ProviderID, portico.User{
		LoginID: "olga", FirstName: "Olga", LastName: "Petrova", Email: "olga@example.com", Role: portico.RoleOperator,
	}, "violet-harbour-9-lanterns")
	must(t, err)
	if got := export(0, "--since", "0"); !strings.Contains(got, `"customer":"provider","number":`) {
		t.Errorf("the provider's own log: got %q, want its events", got)
	}
	for _, when := range []string{"18", "20261123"} { // as after a restore, and a date without dashes
		if out := export(1, "--customer", "acme", "--since", when); !strings.Contains(out, "The newest event of this log has the number 17") {
			t.Errorf("since %s: got %q, want the number of the newest event", when, out)
		}
	}
	for _, when := range []string{"", "-1", "yesterday", "-24h", "7w", "2026-13-01"} {
		if out := export(2, "--since="+when); !strings.Contains(out, "give the number of an event") {
			t.Errorf("since %s: got %q, want what can be given", when, out)
		}
	}
	if got := export(0, "--customer", "acme"); !strings.HasPrefix(got, `{"portico_audit_log":1,`) || strings.Contains(got, "portico_audit_event") {
		t.Errorf("without --since: got %.80q, want the export with proofs", got)
	}
}

// TestDocumentedLine checks that the line in the guide has the fields of a line
// that the portal sends.
func TestDocumentedLine(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/audit-log.md")
	must(t, err)
	var documented string
	for line := range strings.Lines(string(guide)) {
		if strings.HasPrefix(line, `    {"portico_audit_event"`) {
			documented = strings.TrimSpace(line)
		}
	}
	l, to := newLedger(t), &collector{}
	must(t, l.streams("a", to))
	l.p.Client().Login("nobody", "not the password", "")
	must(t, l.streams("a", to))
	if len(to.lines) != 1 {
		t.Fatalf("a refused log-in: got the lines %q, want one", to.lines)
	}
	shape := func(line string) string {
		values := regexp.MustCompile(`:("(\\.|[^"\\])*"|[0-9]+|true)`)
		var details struct {
			Reason string `json:"reason"`
			Hash   string `json:"login_id_hash"`
		}
		must(t, json.Unmarshal([]byte(readStreamed(t, line).Details), &details))
		return fmt.Sprintf("%s %s %d", values.ReplaceAllString(line, ""), details.Reason, len(details.Hash))
	}
	if got, want := shape(documented), shape(to.lines[0]); got != want {
		t.Errorf("the line in docs/audit-log.md: got %s, want %s, as in %s", got, want, to.lines[0])
	}
}
