package main

import (
	"errors"
	"maps"
	"math/rand/v2" //nolint:depguard // not for secrets: the same seed cuts at the same moments
	"os"
	"path/filepath"
)

// file holds what the disk certainly contains of a file, and what was written
// since then and may or may not be there.
type file struct {
	durable []byte
	pending []event
	syncing map[string]int // by thread: how many pending events its sync covers
}

// disk is the data directory. New and removed names are certain only after the
// directory is synced.
type disk struct {
	now, durable map[string]*file
	pending      []event        // of names
	syncing      map[string]int // of the directory
}

// readBase reads a data directory of which everything is certain.
func readBase(dir string) (disk, error) {
	d := disk{now: map[string]*file{}, syncing: map[string]int{}}
	for _, name := range []string{"portico.db", "portico.db-wal", "keyset.json"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return d, err
		}
		d.now[name] = &file{durable: b, syncing: map[string]int{}}
	}
	d.durable = maps.Clone(d.now)
	return d, nil
}

// apply applies an event to the disk.
func (d *disk) apply(e event) {
	switch e.kind {
	case create, unlink, rename, link:
		if e.kind == create {
			if d.now[e.name] != nil {
				return // an existing file was opened
			}
			e.made = &file{syncing: map[string]int{}}
		}
		change(d.now, e)
		d.pending = append(d.pending, e)
	case syncing, synced:
		if e.name == "." {
			d.syncDirectory(e)
		} else {
			d.now[e.name].sync(e)
		}
	case write, truncate: // panics if the creation of the file was not seen
		d.now[e.name].pending = append(d.now[e.name].pending, e)
	}
}

// change applies an event to a set of names.
func change(names map[string]*file, e event) {
	switch e.kind {
	case create:
		names[e.name] = e.made
	case unlink:
		delete(names, e.name)
	case rename:
		names[e.to] = names[e.name]
		delete(names, e.name)
	case link:
		names[e.to] = names[e.name]
	}
}

func (d *disk) syncDirectory(e event) {
	if e.kind == syncing {
		d.syncing[e.by] = len(d.pending)
		return
	}
	n := d.syncing[e.by]
	d.durable = d.named(n)
	d.pending = d.pending[n:]
	for by := range d.syncing {
		d.syncing[by] = max(0, d.syncing[by]-n)
	}
}

// named returns the durable names with the first n changes since then.
func (d *disk) named(n int) map[string]*file {
	names := maps.Clone(d.durable)
	for _, e := range d.pending[:n] {
		change(names, e)
	}
	return names
}

func (f *file) sync(e event) {
	if e.kind == syncing {
		f.syncing[e.by] = len(f.pending)
		return
	}
	n := f.syncing[e.by]
	for _, p := range f.pending[:n] {
		f.durable = put(f.durable, p)
	}
	f.pending = f.pending[n:]
	for by := range f.syncing {
		f.syncing[by] = max(0, f.syncing[by]-n)
	}
}

// put writes into content, or truncates it.
func put(content []byte, e event) []byte {
	size := e.at + int64(len(e.data))
	if e.kind == truncate && size <= int64(len(content)) {
		return content[:size]
	}
	for int64(len(content)) < size {
		content = append(content, make([]byte, size-int64(len(content)))...)
	}
	copy(content[e.at:], e.data)
	return content
}

// leftover is what a cut leaves of what was not synced.
type leftover struct {
	name string
	keep func(pending []event, r *rand.Rand) []event
	dirs func(pending int, r *rand.Rand) int // how many changes of names
}

var leftovers = []leftover{
	{"nothing of the rest", func([]event, *rand.Rand) []event { return nil }, func(int, *rand.Rand) int { return 0 }},
	{"all of the rest", func(p []event, _ *rand.Rand) []event { return p }, func(n int, _ *rand.Rand) int { return n }},
	{"any sectors of 512 bytes of the rest", func(p []event, r *rand.Rand) []event { return sectors(p, 512, r) }, some},
	{"any blocks of 4096 bytes of the rest", func(p []event, r *rand.Rand) []event { return sectors(p, 4096, r) }, some},
	{"the rest up to a write that is torn", torn, some},
}

func some(n int, r *rand.Rand) int { return r.IntN(n + 1) }

// sectors keeps some sectors of what was written. The file may be as long as if
// all sectors were there.
func sectors(pending []event, size int64, r *rand.Rand) (kept []event) {
	share := r.Float64()
	long := r.IntN(2) == 0
	for _, e := range pending {
		if e.kind != write {
			if r.Float64() < share {
				kept = append(kept, e)
			}
			continue
		}
		if end := e.at + int64(len(e.data)); long {
			kept = append(kept, event{kind: write, name: e.name, at: end})
		}
		for at := e.at; at < e.at+int64(len(e.data)); {
			next := min((at/size+1)*size, e.at+int64(len(e.data)))
			if r.Float64() < share {
				kept = append(kept, event{kind: write, name: e.name, at: at, data: e.data[at-e.at : next-e.at]})
			}
			at = next
		}
	}
	return kept
}

// torn keeps what was written before a random write, and some sectors of that
// write.
func torn(pending []event, r *rand.Rand) []event {
	if len(pending) == 0 {
		return nil
	}
	n := r.IntN(len(pending))
	return append(append([]event{}, pending[:n]...), sectors(pending[n:n+1], 512, r)...)
}

// image returns the disk after a cut: contents by name.
func (l leftover) image(d *disk, r *rand.Rand) map[string][]byte {
	image := map[string][]byte{}
	names := d.named(l.dirs(len(d.pending), r))
	for _, name := range []string{"keyset.json", "portico.db", "portico.db-wal"} { // in fixed order, to use the same random numbers
		f := names[name]
		if f == nil {
			continue
		}
		content := append([]byte{}, f.durable...)
		for _, e := range l.keep(f.pending, r) {
			content = put(content, e)
		}
		image[name] = content
	}
	return image
}
