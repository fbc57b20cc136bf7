package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/store"
)

var start = time.Date(2026, 11, 23, 9, 0, 7, 123e6, time.UTC)

func testKey(t testing.TB, secret byte) *key {
	t.Helper()
	k, err := keyFrom(bytes.Repeat([]byte{secret}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sample(n int) store.Entry {
	return store.Entry{Number: int64(n), Salt: []byte("sixteen bytes ok"), Attested: true, Event: portico.Event{
		ID: fmt.Sprintf("01930000-0000-7000-8000-%012d", n), At: start.Add(time.Duration(n) * time.Second), CustomerID: "c-acme", Action: portico.TwoFactorReset,
		Actor: portico.Actor{
			Kind: portico.ActorUser, UserID: "u-ann", Name: "Ann \"Lee\", <b>", LoginID: "ann", Role: portico.RoleAdministrator,
			Origin: portico.Origin{Address: "192.0.2.1", Browser: "Firefox\xff\xfe\u2028\b"},
		},
		TargetID: "u-ben", TargetName: "Ben Ode (ben)", Details: "Reason: lost phone",
	}}
}

// TestLeafStaysAsItIs: what was hashed, attested or signed once is hashed,
// attested and signed so for ever.
func TestLeafStaysAsItIs(t *testing.T) {
	e, k := sample(1), testKey(t, 7)
	const bytesOf = `15:portico event 1,6:c-acme,36:01930000-0000-7000-8000-000000000001,13:1795424408123,35:two_factor.deleted_by_administrator,4:user,5:u-ann,14:Ann "Lee", <b>,3:ann,13:administrator,5:u-ben,13:Ben Ode (ben),18:Reason: lost phone,9:192.0.2.1,17:Firefox` + "\ufffd\ufffd\u2028\b" + `,32:7369787465656e206279746573206f6b,`
	if got := string(fields(e.Event, e.Salt)); got != bytesOf {
		t.Errorf("string(fields(e.Event, e.Salt)): got %q, want %v", got, bytesOf)
	}
	unattested := e
	unattested.Attested = false
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"leaf":       {hashOf(e), "271072080149cf18727cd09f72995e93f667f4202f3a732642e93be790e3b82e"},
		"unattested": {hashOf(unattested), "ce589a268ea5d7267268b14a59d723d107cf93d2e84057af3481e46b14051589"},
		"mac":        {k.mac(e.Event, e.Salt), "a5dd1141d76590b2216af1fb7a55d1f13204a00d705ae40f7aff3ff3f6822cdb"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if k.public != "portico-audit+e2ae0f7c+AXXs/LoeYLLTjlex9gNTdT1NIg+54ZBNYBlqJB7nD5Jt" {
		t.Errorf(`got %v, want k.public "portico-audit+e2ae0f7c+AXXs/LoeYLLTjlex9gNTdT1NIg+54ZBNYBlqJB7nD5Jt"`, k.public)
	}
	c, err := k.sign(Checkpoint{Customer: "c-acme", Size: 2, Root: tlog.RecordHash([]byte("x")), At: start, Kept: 1})
	const signed = "portico/audit/c-acme\n2\nPH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=\nsigned 2026-11-23T09:00:07Z\nfirst kept 2\n\n— portico-audit 4q4PfIRqFtcku6PWOjcbOcQEhN0hlm5FceZZq4VMZ5o6zTOsQmqcIdCb/AZWdD0Ur3ftOPY8MkNDiWAmlLLu0OE4lgM=\n"
	if err != nil || c.Signed != signed {
		t.Errorf("sign: got %q %v, want no error, c.Signed %v", c.Signed, err, signed)
	}
}

func hashOf(e store.Entry) []byte { h := leafHash(e); return h[:] }

// TestParseCheckpoint: one text for each checkpoint, and nothing else is one.
func TestParseCheckpoint(t *testing.T) {
	good := Checkpoint{Customer: "c-acme", Size: 20, At: start.Truncate(time.Second), Kept: 3}.text()
	if c, err := parse(good); err != nil || c.text() != good || c.Kept != 3 || c.Size != 20 || c.Customer != "c-acme" {
		t.Errorf(`parse(good): got %+v %v, want no error, c.text() %v, c.Kept 3, c.Size 20, c.Customer "c-acme"`, c, err, good)
	}
	for _, change := range [][2]string{
		{"portico/audit/", "portico/other/"},
		{"\n20\n", "\n020\n"},
		{"\n20\n", "\n-20\n"},
		{"\n20\n", "\n2\n"},
		{"first kept 4", "first kept 0"},
		{"first kept 4", "first kept  4"},
		{"signed 2026", "signed 26"},
		{"first kept 4\n", "first kept 4\nmore\n"},
		{"AAAA", "AAA"},
	} {
		if text := strings.Replace(good, change[0], change[1], 1); text == good {
			t.Errorf("%q is not there", change[0])
		} else if c, err := parse(text); err == nil {
			t.Errorf("%q is taken: %+v", text, c)
		}
	}
}

// exported is a log as its export has it, made without a database.
type exported struct {
	k       *key
	head    headLine
	entries []entryLine
	at      Checkpoint
}

// export makes a log of n events, of which retention has deleted the first kept.
func export(t testing.TB, k *key, n, kept int, change func(*store.Entry)) *exported {
	t.Helper()
	x := &exported{k: k, head: headLine{1, originPrefix + "c-acme", "acme", k.public, int64(n), 0}}
	var tree hashes
	for i := range n {
		e := sample(i)
		if change != nil {
			change(&e)
		}
		h := leafHash(e)
		more, err := tlog.StoredHashesForRecordHash(int64(i), h, tree)
		if err != nil {
			t.Fatal(err)
		}
		tree = append(tree, more...)
		line := entryLine{Number: int64(i + 1), Hash: hex.EncodeToString(h[:])}
		if i >= kept {
			line.Event = lineOf(e)
		}
		x.entries = append(x.entries, line)
	}
	root, err := tlog.TreeHash(int64(n), tree)
	if err != nil {
		t.Fatal(err)
	}
	at := start
	if kept > 0 { // for events are kept for a while
		at = start.AddDate(1, 0, 0)
	}
	if x.at, err = k.sign(Checkpoint{Customer: "c-acme", Size: int64(n), Root: root, At: at, Kept: int64(kept)}); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *exported) lines(t testing.TB) []string {
	t.Helper()
	all := []any{x.head}
	for _, e := range x.entries {
		all = append(all, e)
	}
	var lines []string
	for _, v := range append(all, endLine{x.at.Signed}) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	return lines
}

// rehash makes the hash of a number that of its event.
func (x *exported) rehash(t *testing.T, number int) {
	t.Helper()
	e, err := x.entries[number-1].Event.entry("c-acme")
	if err != nil {
		t.Fatal(err)
	}
	x.entries[number-1].Hash = hex.EncodeToString(hashOf(e))
}

// TestVerify: what is found in files that were changed, and what is no finding.
func TestVerify(t *testing.T) {
	k := testKey(t, 1)
	early, late := export(t, k, 8, 0, nil).at.Signed, export(t, k, 15, 0, nil).at.Signed
	outside := []string{late, "kept with some words\n" + early}
	for name, c := range map[string]struct {
		x       *exported
		change  func(*exported)
		outside []string
		first   string // finding
		fails   string // error
	}{
		"as it is":                  {outside: outside},
		"deleted by retention":      {x: export(t, k, 20, 12, nil), outside: outside},
		"all deleted by retention":  {x: export(t, k, 20, 20, nil), outside: outside},
		"empty":                     {x: export(t, k, 0, 0, nil)},
		"changed":                   {change: func(x *exported) { x.entries[4].Event.Details = "other" }, outside: outside, first: "5 was changed; it now says: 2026-11-23T09:00:11.123Z"},
		"no time":                   {change: func(x *exported) { x.entries[4].Event.Time = "then" }, first: "5 was changed"},
		"no salt":                   {change: func(x *exported) { x.entries[4].Event.Salt = "x" }, first: "5 was changed"},
		"attested though it is not": {x: export(t, k, 20, 0, func(e *store.Entry) { e.Attested = e.Number != 9 }), change: func(x *exported) { x.entries[9].Event.Attested = true }, first: "10 was changed"},
		"not attested":              {x: export(t, k, 20, 0, func(e *store.Entry) { e.Attested = e.Number != 9 }), first: "10 was not written by the portal"},
		"from before":               {x: export(t, k, 20, 0, func(e *store.Entry) { e.Attested = e.Number > 9 })},
		"removed":                   {change: func(x *exported) { x.entries[19].Event = nil }, first: "20 was removed"},
		"swapped": {change: func(x *exported) {
			x.entries[4].Event, x.entries[6].Event = x.entries[6].Event, x.entries[4].Event
		}, first: "5 was changed"},
		"changed with its hash": {change: func(x *exported) {
			x.entries[9].Event.Details = "other"
			x.rehash(t, 10)
		}, first: "1 or one behind it up to number 20 was changed together with its hash"},
		"changed with its hash, against what was kept": {change: func(x *exported) {
			x.entries[9].Event.Details = "other"
			x.rehash(t, 10)
		}, outside: outside, first: "9 or one behind it up to number 15 is another than it was"},
		"written anew by who has the key": {
			x:       export(t, k, 20, 0, func(e *store.Entry) { e.Details = strings.Replace(e.Details, "lost", "new", 1) }),
			outside: []string{early}, first: "1 or one behind it up to number 8 is another than it was",
		},
		"written anew, shorter":        {x: export(t, k, 12, 0, nil), outside: outside, first: "13 was cut off, with everything to number 15"},
		"written anew as if deleted":   {x: export(t, k, 20, 12, nil), change: func(x *exported) { x.entries[9].Hash = x.entries[8].Hash }, outside: []string{late}, first: "1 or one behind it up to number 15 is another"},
		"retention that never was":     {change: func(x *exported) { x.entries[0].Event = nil }, first: "1 was removed, with everything to number 1"},
		"retention of what is new":     {x: export(t, k, 20, 12, nil), change: func(x *exported) { x.at.At = start.AddDate(0, 2, 0); x.at, _ = k.sign(x.at) }, outside: outside, first: "9 was deleted as old, with everything to number 12"},
		"retention that was undone":    {x: export(t, k, 20, 5, nil), change: func(x *exported) { x.entries[4].Event = lineOf(sample(4)) }, first: "5 is there again"},
		"a hash is gone":               {change: func(x *exported) { x.entries[4].Hash = "" }, first: "5 lost its hash"},
		"added behind":                 {change: func(x *exported) { x.entries = append(x.entries, entryLine{Number: 30, Event: lineOf(sample(30))}) }, first: "30 was added behind"},
		"cut off, and the head too":    {change: func(x *exported) { x.entries, x.head.Events = x.entries[:12], 12 }, first: "13 numbers 13 to 20 are missing in the file"},
		"a line is gone":               {change: func(x *exported) { x.entries = append(x.entries[:4:4], x.entries[5:]...) }, fails: "line 6 of the file: the numbers 5 to 5 are missing"},
		"a line stands there twice":    {change: func(x *exported) { x.entries[5] = x.entries[4] }, fails: "number 5 stands there again"},
		"another log's checkpoint":     {change: func(x *exported) { x.at, _ = k.sign(Checkpoint{Customer: "c-globex", Size: 20}) }, fails: "of another log"},
		"signed by another key":        {change: func(x *exported) { x.at = export(t, testKey(t, 2), 20, 0, nil).at }, fails: "not signed with the key"},
		"no signature":                 {change: func(x *exported) { x.at.Signed = x.at.text() }, fails: "damaged"},
		"kept: by another key":         {outside: []string{export(t, testKey(t, 2), 8, 0, nil).at.Signed}, fails: "held outside: the checkpoint is not signed"},
		"kept: nothing":                {outside: []string{"hello"}, fails: "no checkpoint"},
		"kept: changed":                {outside: []string{strings.Replace(early, "\n8\n", "\n9\n", 1)}, fails: "held outside: "},
		"another format":               {change: func(x *exported) { x.head.Format = 2 }, fails: "of a newer portico"},
		"no log at all":                {change: func(x *exported) { x.head.Log = "x" }, fails: "no audit log with proofs"},
		"the hash of something longer": {change: func(x *exported) { x.entries[4].Hash += "00" }, first: "5 lost its hash"},
	} {
		t.Run(name, func(t *testing.T) {
			x := c.x
			if x == nil {
				x = export(t, k, 20, 0, nil)
			}
			if c.change != nil {
				c.change(x)
			}
			r, err := Verify(strings.NewReader(strings.Join(x.lines(t), "\n")+"\n"), []string{k.public}, c.outside)
			switch {
			case c.fails != "":
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got %+v %v, want an error, %v in err.Error()", r, err, c.fails)
				}
			case err != nil:
				t.Errorf("%s: got the error %v, want a report", name, err)
			case c.first == "":
				if r.Found != 0 || len(r.Findings) != 0 || len(r.Outside) != len(c.outside) {
					t.Errorf("got %+v, want r.Found 0, 0 of r.Findings, %v of r.Outside", r, len(c.outside))
				}
			default:
				if r.Found == 0 || !strings.HasPrefix(fmt.Sprint(r.Findings[0].Number, " ", r.Findings[0].Text), c.first) {
					t.Errorf(`got %+v, want r.Found other than 0, fmt.Sprint(r.Findings[0].Number, " ", r.Findings[0].Text) to begin with %v`, r.Findings, c.first)
				}
			}
		})
	}
	lines := export(t, k, 5, 0, nil).lines(t)
	// What verifies says the same to every program that reads it.
	for name, bend := range map[string][2]string{
		"something added":           {`"details":`, `"approver":"Cy","details":`},
		"said twice":                {`"details":`, `"details":"Reason: forged","details":`},
		"said in another case":      {`"details":`, `"details":"Reason: forged","DETAILS":`},
		"something beside an event": {`"event":`, `"note":"checked","event":`},
	} {
		tampered := append([]string{}, lines...)
		tampered[3] = strings.Replace(tampered[3], bend[0], bend[1], 1)
		r, err := Verify(strings.NewReader(strings.Join(tampered, "\n")), []string{k.public}, nil)
		if err != nil || r.Found != 1 || r.Findings[0].Number != 3 {
			t.Errorf("%s: %+v %v, want no error, r.Found 1, r.Findings[0].Number 3", name, r, err)
		}
	}
	// What stands in the first line is what the checkpoint says, once.
	for name, bend := range map[string][2]string{
		"a customer twice":      {`"customer":"acme"`, `"customer":"acme","customer":"beta"`},
		"one in another case":   {`"customer":"acme"`, `"customer":"acme","CUSTOMER":"beta"`},
		"something more":        {`"events":`, `"note":"all is well","events":`},
		"white space":           {`"events":`, `"events": `},
		"another number":        {`"events":5`, `"events":1000000000000000000`},
		"fewer than there are":  {`"events":5`, `"events":4`},
		"another form of it":    {`"events":5`, `"events":5e0`},
		"another key":           {k.public, testKey(t, 2).public},
		"another log":           {"c-acme", "c-beta"},
		"attested from further": {`"events":5`, `"events":5,"attested_from":4`},
	} {
		tampered := append([]string{}, lines...)
		tampered[0] = strings.Replace(tampered[0], bend[0], bend[1], 1)
		if tampered[0] == lines[0] {
			t.Errorf("%s changes nothing", name)
		}
		if r, err := Verify(strings.NewReader(strings.Join(tampered, "\n")), []string{k.public}, nil); err == nil && r.Found == 0 {
			t.Errorf("%s: %+v, want not (err == nil && r.Found == 0)", name, r)
		}
	}
	if _, err := Verify(strings.NewReader(strings.Repeat("x", maxLine+2)), nil, nil); err == nil || strings.Contains(err.Error(), "is empty") {
		t.Errorf("a line that is too long: %v", err)
	}
	for name, file := range map[string]string{
		"with an event in its end": strings.Join(lines[:6], "\n") + "\n" + strings.Replace(lines[6], "{", `{"number":6,"event":{"details":"forged"},`, 1),

		"empty": "", "without its end": strings.Join(lines[:6], "\n"), "with a line that was cut": strings.Join(lines[:3], "\n")[:400],
		"with something behind its end": strings.Join(append(lines, lines[5]), "\n"),
	} {
		if r, err := Verify(strings.NewReader(file), nil, nil); err == nil {
			t.Errorf("%s: %+v, want an error", name, r)
		}
	}
}

// BenchmarkVerify checks a file of a million events:
// go test -run '^$' -bench Verify -benchtime 1x ./internal/audit
func BenchmarkVerify(b *testing.B) {
	k := testKey(b, 1)
	file := filepath.Join(b.TempDir(), "log.jsonl")
	lines := strings.Join(export(b, k, 1_000_000, 0, nil).lines(b), "\n")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f, err := os.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		r, err := Verify(f, []string{k.public}, nil)
		if err != nil || r.Found != 0 || r.Signed.Size != 1_000_000 {
			b.Fatalf("Verify(f, []string{k.public}, nil): got %+v %v, want no error, r.Found 0, r.Signed.Size 1_000_000", r, err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
