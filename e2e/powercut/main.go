// Command powercut is make powercut. It checks what a power failure leaves of a
// SQLite database, and whether the portal can continue from there.
//
// It runs portico serve under load with strace, which records what was written
// to the disk, what was synced, and when a response was sent. From that it
// constructs the disk as it may be after a power failure at many moments:
// everything that was synced, and of what was written since then nothing,
// everything, or some sectors. The portal's own store opens each disk, and
// Debian's sqlite3 reads it. It fails if something that was acknowledged is
// missing, if a session exists whose end was acknowledged, or if a database is
// damaged.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2" //nolint:depguard // not for secrets: the same seed cuts at the same moments
	"os"
	"path/filepath"
	"sync"
)

func main() {
	portico := flag.String("portico", "", "the program")
	moments := flag.Int("moments", 150, "how many cuts; each leaves five disks")
	people := flag.Int("people", 450, "how many people are created between two starts")
	starts := flag.Int("starts", 2, "how often the portal is started and stopped")
	seed := flag.Uint64("seed", 1, "of what is random")
	flag.Parse()
	if err := run(*portico, *moments, *people, *starts, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "powercut:", err)
		os.Exit(1)
	}
}

func run(program string, moments, people, starts int, seed uint64) (err error) {
	dir, err := os.MkdirTemp("", "powercut")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l := &load{program: program, data: filepath.Join(dir, "data"), people: people}
	if err := l.prepare(); err != nil {
		return err
	}
	base, err := readBase(l.data)
	if err != nil {
		return err
	}
	t := newTrace(l.data)
	for start := range starts {
		file := filepath.Join(dir, fmt.Sprintf("trace%d", start))
		if err := l.run(start, file); err != nil {
			return err
		}
		if err := t.read(file); err != nil {
			return err
		}
	}
	created, ended := t.acknowledged()
	if created != l.created || ended != l.ended { // the recording is incomplete
		return fmt.Errorf("%d people were created and %d sessions ended, but strace saw %d and %d", l.created, l.ended, created, ended)
	}
	fmt.Fprintf(os.Stdout, "recorded: %d writes, %d syncs, %d checkpoints, %d creations and %d log-outs acknowledged\n",
		t.count(write), t.count(synced), t.checkpoints(), created, ended)
	// #nosec G404 -- see the import
	found := cut(base, t.events, pick(t.events, moments, rand.New(rand.NewPCG(seed, 0))), seed)
	return found.report(os.Stdout)
}

// pick chooses moments, as the numbers of events after which the power fails: a
// third when a response is sent, a third at checkpoints, syncs and truncations,
// and a third anywhere.
func pick(events []event, moments int, r *rand.Rand) map[int]bool {
	var answers, edges []int
	for i, e := range events {
		switch {
		case e.kind == created || e.kind == ended:
			answers = append(answers, i)
		case e.kind == write && e.name == "portico.db", e.kind == syncing, e.kind == truncate, e.kind == unlink:
			edges = append(edges, i)
		}
	}
	chosen := map[int]bool{}
	for i := 0; len(chosen) < min(moments, len(events)/2); i++ {
		switch i % 3 {
		case 0:
			chosen[answers[r.IntN(len(answers))]] = true
		case 1:
			chosen[edges[r.IntN(len(edges))]] = true
		default:
			chosen[r.IntN(len(events))] = true
		}
	}
	return chosen
}

// cut goes through the events once and checks the disks of every chosen moment,
// at most two at a time.
func cut(base disk, events []event, chosen map[int]bool, seed uint64) *findings {
	found := &findings{}
	var work sync.WaitGroup
	places := make(chan struct{}, 2)
	d, known := base, acks{}
	for i, e := range events {
		d.apply(e)
		known.apply(e)
		if !chosen[i] {
			continue
		}
		// #nosec G404 -- see the import
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		for _, left := range leftovers {
			image, then := left.image(&d, r), known.copy()
			places <- struct{}{}
			work.Go(func() {
				defer func() { <-places }()
				found.add(fmt.Sprintf("after event %d (%s %s), %s", i, e.kind, e.name, left.name), image, then)
			})
		}
	}
	work.Wait()
	return found
}
