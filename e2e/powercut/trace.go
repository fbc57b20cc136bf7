package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// kind says what happened to the disk or was acknowledged.
type kind string

const (
	create   kind = "create"
	write    kind = "write"
	truncate kind = "truncate"
	syncing  kind = "begin of a sync of" // what was written before may be on the disk
	synced   kind = "sync of"            // and now is on the disk
	unlink   kind = "unlink"
	link     kind = "link"
	rename   kind = "rename"
	created  kind = "creation of" // was acknowledged
	ended    kind = "log-out"     // was acknowledged
)

// event is one such event. The name is that of a file in the data directory, or
// "." for the directory. For an acknowledgement, it is an email address or the
// hash of a token in hex.
type event struct {
	kind kind
	name string
	to   string // the new name
	by   string // the thread that syncs
	at   int64  // the position of the write, or the new size
	data []byte
	made *file // by a create
}

// trace reads the output of strace.
type trace struct {
	dir      string
	events   []event
	begun    map[string]string // by thread: a call that has not returned
	requests map[string][]byte // by socket: what was received since the last response
}

func newTrace(dir string) *trace { return &trace{dir: dir} }

func (t *trace) read(file string) (err error) {
	t.begun, t.requests = map[string]string{}, map[string][]byte{}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		thread, call, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if err := t.line(thread, strings.TrimSpace(call)); err != nil {
			return fmt.Errorf("%s: %w", call[:min(len(call), 200)], err)
		}
	}
}

// line handles a whole call, or its beginning or end. strace reports the
// beginning before the call has any effect, and the end after all its effects.
func (t *trace) line(thread, call string) error {
	if head, unfinished := strings.CutSuffix(call, " <unfinished ...>"); unfinished {
		t.begun[thread] = head
		return t.begin(thread, head)
	}
	if rest, resumed := strings.CutPrefix(call, "<... "); resumed {
		_, tail, _ := strings.Cut(rest, " resumed>")
		call = t.begun[thread] + tail
		delete(t.begun, thread)
		return t.end(thread, call)
	}
	if !strings.Contains(call, "(") {
		return nil // a signal, or the end of a thread
	}
	return errors.Join(t.begin(thread, call), t.end(thread, call))
}

// begin handles what may reach the disk or the network from now on.
func (t *trace) begin(thread, call string) error {
	name, args, _ := strings.Cut(call, "(")
	inside, socket := t.place(args)
	switch name {
	case "write":
		if socket != "" {
			return t.answer(socket, args)
		}
		if inside != "" {
			return fmt.Errorf("%s is written without a position", inside) // the keyset is written before the trace begins
		}
	case "pwrite64":
		if inside != "" {
			data, rest, err := quoted(args)
			if err != nil {
				return err
			}
			var size, at int64
			if _, err := fmt.Sscanf(rest, ", %d, %d", &size, &at); err != nil || int(size) != len(data) {
				return fmt.Errorf("%d of %d bytes: %w", len(data), size, err)
			}
			t.events = append(t.events, event{kind: write, name: inside, at: at, data: data})
		}
	case "ftruncate":
		if inside != "" {
			_, size, _ := strings.Cut(args, ", ")
			at, err := strconv.ParseInt(size[:strings.IndexFunc(size+")", func(r rune) bool { return r < '0' || r > '9' })], 10, 64)
			if err != nil {
				return err
			}
			t.events = append(t.events, event{kind: truncate, name: inside, at: at})
		}
	case "fsync", "fdatasync":
		if inside != "" {
			t.events = append(t.events, event{kind: syncing, name: inside, by: thread})
		}
	case "writev", "pwritev", "pwritev2", "truncate", "fallocate", "sync_file_range":
		if inside != "" {
			return errors.New("a call that is not understood")
		}
	}
	return nil
}

// end handles the effects of a call.
func (t *trace) end(thread, call string) error {
	name, args, _ := strings.Cut(call, "(")
	i := strings.LastIndex(args, " = ")
	if i < 0 {
		return nil // the program ended
	}
	args, result := args[:i], args[i+3:]
	if strings.HasPrefix(result, "-1 ") {
		return nil // the call failed
	}
	inside, socket := t.place(args)
	switch name {
	case "read":
		if socket == "" {
			return nil
		}
		data, _, err := quoted(args)
		t.requests[socket] = append(t.requests[socket], data...)
		return err
	case "pwrite64":
		if inside == "" {
			return nil
		}
		if data, _, _ := quoted(args); result != strconv.Itoa(len(data)) {
			return errors.New("written in part, which is not understood")
		}
	case "fsync", "fdatasync":
		if inside != "" {
			t.events = append(t.events, event{kind: synced, name: inside, by: thread})
		}
	case "open", "openat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat":
		return t.names(name, args)
	}
	return nil
}

// names handles calls that create, remove and rename files.
func (t *trace) names(call, args string) error {
	first, rest, err := quoted(args)
	if err != nil {
		return err
	}
	from := t.inside(string(first))
	if from == "" {
		return nil
	}
	switch call {
	case "open", "openat":
		if strings.Contains(rest, "O_CREAT") {
			t.events = append(t.events, event{kind: create, name: from})
		}
		if strings.Contains(rest, "O_TRUNC") {
			t.events = append(t.events, event{kind: truncate, name: from})
		}
	case "unlink", "unlinkat":
		t.events = append(t.events, event{kind: unlink, name: from})
	default:
		second, _, err := quoted(rest)
		if err != nil {
			return err
		}
		k := rename
		if strings.HasPrefix(call, "link") {
			k = link
		}
		t.events = append(t.events, event{kind: k, name: from, to: t.inside(string(second))})
	}
	return nil
}

// answer records what a response acknowledges: from now on it may reach the
// client.
func (t *trace) answer(socket, args string) error {
	data, _, err := quoted(args)
	if err != nil || !bytes.HasPrefix(data, []byte("HTTP/1.1 ")) {
		return err
	}
	request := t.requests[socket]
	delete(t.requests, socket)
	if !bytes.HasPrefix(data, []byte("HTTP/1.1 303 ")) {
		return nil
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		return fmt.Errorf("an answer to what is no request, %q: %w", request, err)
	}
	switch r.URL.Path {
	case "/administration/access/new":
		t.events = append(t.events, event{kind: created, name: r.FormValue("email")})
	case "/logout":
		token, err := r.Cookie("portico_session")
		if err != nil {
			return err
		}
		hash := sha256.Sum256([]byte(token.Value))
		t.events = append(t.events, event{kind: ended, name: hex.EncodeToString(hash[:])})
	}
	return nil
}

// place returns the name of the file in the data directory, or the socket, that
// the first argument refers to.
func (t *trace) place(args string) (inside, socket string) {
	number, rest, found := strings.Cut(args, "<")
	if !found || strings.ContainsAny(number, ", \"") {
		return "", ""
	}
	escaped, rest, _ := strings.Cut(rest, ">")
	if strings.HasPrefix(rest, "(deleted)") {
		return "", ""
	}
	path := string(unescape(escaped))
	if strings.HasPrefix(path, "socket:") {
		return "", number + path
	}
	return t.inside(path), ""
}

// inside returns the name of a path in the data directory that survives a power
// failure. It returns "" for everything else: the -shm file is only memory, and
// lock files and mails are not checked.
func (t *trace) inside(path string) string {
	name, err := filepath.Rel(t.dir, path)
	if err != nil || name != "." && name != "portico.db" && name != "portico.db-wal" && name != "portico.db-journal" && name != "keyset.json" {
		return ""
	}
	return name
}

// quoted returns the first string and what follows it.
func quoted(args string) (data []byte, rest string, err error) {
	_, s, found := strings.Cut(args, `"`)
	if !found {
		return nil, "", nil // no bytes
	}
	s, rest, found = strings.Cut(s, `"`)
	if !found || strings.HasPrefix(rest, "...") {
		return nil, "", errors.New("a string is cut short")
	}
	return unescape(s), rest, nil
}

// unescape decodes the output of -xx: \x and two digits for each byte.
func unescape(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		return []byte(s) // was not escaped
	}
	return b
}

func (t *trace) count(k kind) (n int) {
	for _, e := range t.events {
		if e.kind == k {
			n++
		}
	}
	return n
}

func (t *trace) acknowledged() (people, logouts int) { return t.count(created), t.count(ended) }

// checkpoints counts how often the WAL was copied into the database.
func (t *trace) checkpoints() (n int) {
	writing := false
	for _, e := range t.events {
		if e.name != "portico.db" {
			continue
		}
		if e.kind == write && !writing {
			n++
		}
		writing = e.kind == write
	}
	return n
}
