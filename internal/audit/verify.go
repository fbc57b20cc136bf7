package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"portico"
)

// Report is what Verify has found.
type Report struct {
	Log      string       // its name, as it is signed
	Customer string       // short name, as the file says it: nobody has signed that
	Keys     []string     // the public keys that it went by
	Signed   Checkpoint   // of the file
	Outside  []Checkpoint // that were held outside, by size
	Notes    []string     // what is as it should be, and worth knowing
	Findings []Finding    // what is not; the first ones, by number
	Found    int          // how many there are in all
}

// Finding is something that was done to the log beside the portal.
type Finding struct {
	Number int64 // of the event, from 1; of the first one, where it is not known which; 0 for none
	Text   string
}

// findingsKept is how many findings are kept.
const findingsKept = 100

// maxLine is the longest line of an export that is read.
const maxLine = 16 << 20

// Verify checks an export without the portal. outside are checkpoints that were
// kept elsewhere, as they came or inside a mail. keys are the public keys; with
// none, the file's own one counts, which shows no more than that the file is
// whole. The error is of what cannot be checked at all.
func Verify(file io.Reader, keys, outside []string) (*Report, error) {
	v := &verifier{report: &Report{Keys: keys}}
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
		return nil, errors.New("the file is empty")
	}
	if err := v.head(lines.Bytes(), outside); err != nil {
		return nil, err
	}
	for n := 2; lines.Scan(); n++ {
		if err := v.line(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d of the file: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	return v.report, v.end()
}

type verifier struct {
	report   *Report
	customer portico.CustomerID
	known    note.Verifiers
	tree     hashes
	claim    int64 // how many events the file says that there are
	from     int64 // the first number, from 1, that it says is attested; 0 when it is silent, as older files are
	size     int64 // numbers read
	kept     int64 // the first number that has an event; -1 before it
	attested bool  // an event was
	old      int64 // events that the portal did not attest, and need not have
	lastOld  int64
	unproved int64 // events that a command without the keyset may have written
	trim     trimmed
	signed   string
	key      string // in the first line
}

// hashes is a tree in memory, as the library reads it.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, errors.New("the tree is not that large")
		}
		out[i] = h[index]
	}
	return out, nil
}

func (v *verifier) head(line []byte, outside []string) error {
	var head headLine
	if err := json.Unmarshal(line, &head); err != nil || head.Format != 1 || !strings.HasPrefix(head.Log, originPrefix) {
		return errors.New("this is no audit log with proofs (portico audit export without --since), or of a newer portico")
	}
	if !exportsAs(head, line) {
		return errors.New("the first line of the file is not written as the portal exports it, or by a newer portico: export it again")
	}
	v.key = head.Key
	v.customer, v.report.Customer = portico.CustomerID(head.Log[len(originPrefix):]), head.Customer
	v.claim, v.from, v.kept = head.Events, head.Attested, -1
	if len(v.report.Keys) == 0 {
		v.report.Keys = []string{head.Key}
	}
	var known []note.Verifier
	for _, k := range v.report.Keys {
		verifier, err := note.NewVerifier(k)
		if err != nil {
			return fmt.Errorf("%q is no public key of an audit log: %w", k, err)
		}
		known = append(known, verifier)
	}
	v.known = note.VerifierList(known...)
	for _, text := range outside {
		signed, err := find(text)
		if err != nil {
			return err
		}
		c, err := open(signed, v.known)
		if err != nil {
			return fmt.Errorf("held outside: %w", err)
		}
		if c.Customer != v.customer {
			return errors.New("the checkpoint that was held outside is of another log")
		}
		v.report.Outside = append(v.report.Outside, c)
	}
	slices.SortFunc(v.report.Outside, func(a, b Checkpoint) int { return int(a.Size - b.Size) })
	return nil
}

func (v *verifier) addFinding(number int64, format string, args ...any) {
	v.report.Found++
	if len(v.report.Findings) < findingsKept {
		v.report.Findings = append(v.report.Findings, Finding{number, fmt.Sprintf(format, args...)})
	}
}

func (v *verifier) line(b []byte) error {
	if v.signed != "" {
		return errors.New("something stands behind the end")
	}
	var line struct {
		entryLine
		endLine
	}
	if err := json.Unmarshal(b, &line); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	if line.Checkpoint != "" {
		if !exportsAs(line.endLine, b) {
			return errors.New("the end holds something beside the checkpoint")
		}
		v.signed = line.Checkpoint
		return nil
	}
	if !exportsAs(line.entryLine, b) {
		v.addFinding(line.Number, "is not written as the portal exports it: to other programs it may say more, or something else")
	}
	switch next := v.size + 1; {
	case line.Number > v.claim && line.Event != nil:
		v.addFinding(line.Number, "was added behind the end of the log: %s", said(line.Event))
		return nil
	case line.Number > next:
		return fmt.Errorf("the numbers %d to %d are missing in the file: export it again", next, line.Number-1)
	case line.Number < next:
		return fmt.Errorf("number %d stands there again", line.Number)
	}
	return v.entry(line.entryLine)
}

// exportsAs reports whether a line says v and nothing else: names that are
// added, said twice or in another case are passed over by one reader and
// believed by the next. HTML's characters may be escaped, and what was no UTF-8
// is when it is written first.
func exportsAs(v any, line []byte) bool {
	same := func(b []byte) []byte {
		return bytes.ReplaceAll(bytes.TrimSpace(b), []byte(`\ufffd`), []byte("\ufffd"))
	}
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err == nil && bytes.Equal(same(plain.Bytes()), same(line)) {
		return true
	}
	escaped, err := json.Marshal(v)
	return err == nil && bytes.Equal(same(escaped), same(line))
}

// entry checks one number of the log: the event against the hash that the tree
// has of it.
func (v *verifier) entry(line entryLine) error {
	var is, want tlog.Hash
	if line.Event != nil {
		if e, err := line.Event.entry(v.customer); err == nil { // else it was changed
			is = leafHash(e)
		}
	}
	if raw, err := hex.DecodeString(line.Hash); err != nil || len(raw) != tlog.HashSize {
		v.addFinding(line.Number, "lost its hash")
		want = is
	} else {
		want = tlog.Hash(raw)
	}
	switch {
	case line.Event == nil && v.kept >= 0:
		v.addFinding(line.Number, "was removed")
	case line.Event == nil: // by retention, or so it seems: end knows
	default:
		if v.kept < 0 {
			v.kept = line.Number - 1
		}
		if is != want {
			v.addFinding(line.Number, "was changed; it now says: %s", said(line.Event))
		}
		v.attest(line)
	}
	more, err := tlog.StoredHashesForRecordHash(v.size, want, v.tree)
	if err != nil {
		return err
	}
	v.tree = append(v.tree, more...)
	v.size++
	return nil
}

// attest looks whether the portal wrote an event. Those from before it attested
// any are at the beginning, up to the number that the checkpoint says; in files
// of an older version, whose checkpoint is silent, those before the first that
// is attested.
func (v *verifier) attest(line entryLine) {
	e := line.Event
	switch {
	case e.Attested:
		v.attested = true
		v.trims(line)
	case v.customer == portico.ProviderID && portico.Action(e.Action).Keyless():
		if v.unproved++; v.unproved <= findingsKept {
			v.report.Notes = append(v.report.Notes, fmt.Sprintf("Event %d is unproved: %s.", line.Number, said(e)))
		}
	case line.Number < v.from, v.from == 0 && !v.attested && v.kept == 0:
		v.old, v.lastOld = v.old+1, line.Number
	default:
		v.addFinding(line.Number, "was not written by the portal (or just before its keyset was lost and replaced): %s", said(e))
	}
}

// sayDay formats a day in a finding.
const sayDay = "2 January 2006"

// trimmed is what the log's own events say about deletion by retention.
type trimmed struct {
	first  int64     // the number of the first event that says so; 0 for none
	oldest time.Time // from before when it deleted events
	newest time.Time // and the last one
}

// trims checks an event that says what retention has deleted. No policy keeps
// events for less than portico.MinAuditMonths.
func (v *verifier) trims(line entryLine) {
	e := line.Event
	if e.Action != string(portico.AuditTrimmed) {
		return
	}
	before, err := portico.TrimmedBefore(e.Details)
	at, badTime := time.Parse(time.RFC3339Nano, e.Time)
	if err != nil || badTime != nil {
		v.addFinding(line.Number, "says that events were deleted, and not from when")
		return
	}
	if before.After(at.AddDate(0, -portico.MinAuditMonths, 0)) {
		v.addFinding(line.Number, "says that events from before %s were deleted: no policy keeps them for less than %d months", before.Format(sayDay), portico.MinAuditMonths)
	}
	if v.trim.first == 0 {
		v.trim.first, v.trim.oldest = line.Number, before
	}
	if before.After(v.trim.newest) {
		v.trim.newest = before
	}
}

// said is an event in some words.
func said(e *eventLine) string {
	text := fmt.Sprintf("%s, %s by %s", e.Time, e.Action, e.Actor)
	if e.Target != "" {
		text += ", about " + e.Target
	}
	return text
}
