package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	only := flag.String("only", "", "a regular expression: only mutations whose class and description match")
	workers := flag.Int("workers", 2, "how many are tried at a time")
	flag.Parse()
	if err := run(ctx, *only, *workers); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// verdict is the result of a mutation.
type verdict struct {
	mutation
	killed bool
	err    error // why it could not be tried
}

func run(ctx context.Context, only string, workers int) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	all, err := readLists("e2e/mutants/list")
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(m mutation) bool { return !match.MatchString(m.class + " " + m.what) })
	work := make(chan mutation)
	done := make(chan verdict)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for m := range work {
				killed, err := try(ctx, m)
				done <- verdict{m, killed, err}
			}
		})
	}
	go func() {
		for _, m := range all {
			work <- m
		}
		close(work)
		wg.Wait()
		close(done)
	}()
	return report(done)
}

// report prints each mutation that survived or could not be tried and, at the
// end, how many of each class were tried.
func report(done <-chan verdict) error {
	tried, survived, failed := map[string]int{}, 0, 0
	for v := range done {
		tried[v.class]++
		switch {
		case v.err != nil:
			failed++
			fmt.Printf("CANNOT BE TRIED %s %s: %v\n", v.class, v.what, v.err)
		case !v.killed:
			survived++
			fmt.Printf("SURVIVED %s %s (%s; %s %s)\n", v.class, v.what, v.file, v.pkg, strings.Join(v.tests, " "))
		}
	}
	total := 0
	for _, class := range slices.Sorted(func(yield func(string) bool) {
		for c := range tried {
			if !yield(c) {
				return
			}
		}
	}) {
		total += tried[class]
		fmt.Printf("%s %d\n", class, tried[class])
	}
	fmt.Printf("%d mutations, %d survived, %d could not be tried\n", total, survived, failed)
	if survived+failed > 0 {
		return errors.New("not every mutation was noticed")
	}
	return nil
}

// longest is the time limit of the tests of one mutation, including the build.
const longest = 5 * time.Minute

// try runs the tests of a mutation with the broken file. The mutation is killed
// if one of them fails. A file that does not compile is an error.
func try(ctx context.Context, m mutation) (killed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	text, err := m.broken(".")
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a directory of our own in the system's temporary directory
	overlay, err := writeOverlay(dir, m.file, text)
	if err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-count=1", "-failfast", "-overlay", overlay,
		"-run", "^("+strings.Join(m.tests, "|")+")$", m.pkg)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil && bytes.Contains(out, []byte("no tests to run")):
		return false, fmt.Errorf("%s has no such tests", m.pkg)
	case err == nil:
		return false, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.As(err, &exit) && !bytes.Contains(out, []byte("[build failed]")) && !bytes.Contains(out, []byte("[setup failed]")):
		return true, nil
	}
	return false, fmt.Errorf("%w: %s", err, out)
}

// writeOverlay writes the broken file and an overlay with which the Go command
// uses it instead of the one in the tree. It returns the name of the overlay.
func writeOverlay(dir, file, text string) (string, error) {
	broken := filepath.Join(dir, "broken.go")
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		return "", err
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": {whole: broken}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o600)
}
