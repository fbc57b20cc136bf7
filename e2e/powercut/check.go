package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"portico/internal/store"
)

// acks holds what was acknowledged so far.
type acks struct{ people, ended map[string]bool }

func (a *acks) apply(e event) {
	if a.people == nil {
		a.people, a.ended = map[string]bool{}, map[string]bool{}
	}
	switch e.kind {
	case created:
		a.people[e.name] = true
	case ended:
		a.ended[e.name] = true
	}
}

func (a *acks) copy() acks { return acks{maps.Clone(a.people), maps.Clone(a.ended)} }

// findings is the result of all cuts.
type findings struct {
	mu                                    sync.Mutex
	images, promised, lost, out, opened   int
	damaged, cutsThatLost, cutsThatOpened int
	first                                 []string // the first problems
}

// add checks one image.
func (f *findings) add(where string, image map[string][]byte, known acks) {
	lost, opened, err := look(image, known)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.images++
	f.promised += len(known.people)
	f.out += len(known.ended)
	f.lost += lost
	f.opened += opened
	f.cutsThatLost += min(1, lost)
	f.cutsThatOpened += min(1, opened)
	if err != nil {
		f.damaged++
	}
	if (err != nil || lost > 0 || opened > 0) && len(f.first) < 5 {
		f.first = append(f.first, fmt.Sprintf("%s: %d people lost, %d sessions open, %v", where, lost, opened, err))
	}
}

func (f *findings) report(out io.Writer) error {
	fmt.Fprintf(out, "%d disks: %d damaged; %d of %d acknowledged creations lost, in %d; %d of %d ended sessions open, in %d\n",
		f.images, f.damaged, f.lost, f.promised, f.cutsThatLost, f.opened, f.out, f.cutsThatOpened)
	if f.damaged+f.lost+f.opened > 0 || f.promised == 0 || f.out == 0 {
		return errors.New("a power cut is not outlasted: " + strings.Join(f.first, "; "))
	}
	return nil
}

// look opens an image, and counts what is missing and which sessions are there
// although their end was acknowledged. It returns an error if the image is
// damaged.
func look(image map[string][]byte, known acks) (lost, opened int, err error) {
	memory := "" // the images need not be on a disk
	if _, err := os.Stat("/dev/shm"); err == nil {
		memory = "/dev/shm"
	}
	dir, err := os.MkdirTemp(memory, "powercut")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for name, content := range image {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return 0, 0, err
		}
	}
	if err := open(dir); err != nil {
		return 0, 0, err
	}
	// #nosec G204 -- the directory is made here
	out, err := exec.Command("sqlite3", filepath.Join(dir, "portico.db"),
		`PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT 'checked'; SELECT email FROM users; SELECT lower(hex(token_hash)) FROM sessions`).CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("sqlite3: %w: %s", err, out)
	}
	there := map[string]bool{}
	lines := strings.Fields(string(out))
	for _, line := range lines {
		there[line] = true
	}
	if len(lines) < 2 || lines[0] != "ok" || lines[1] != "checked" {
		return 0, 0, fmt.Errorf("sqlite3: %s", out[:min(len(out), 200)])
	}
	for email := range known.people {
		if !there[email] {
			lost++
		}
	}
	for token := range known.ended {
		if there[token] {
			opened++
		}
	}
	return lost, opened, nil
}

// open opens the database as portico serve does, and checks it as portico
// doctor does.
func open(dir string) (err error) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Place{Dir: dir}, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	t, err := db.Read(ctx).CheckIntegrity(200)
	if err != nil {
		return err
	}
	if t.Miscounted+t.StaleTwoFactor+t.Unindexed > 0 {
		return fmt.Errorf("%+v", t)
	}
	return nil
}
