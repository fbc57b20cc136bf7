package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	people := flag.Int("people", 1_000_000, "people in the large portal")
	rounds := flag.Int("rounds", 150, "requests of each kind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "portico-bench-")
	if err == nil {
		err = run(ctx, dir, *people, *rounds)
		_ = os.RemoveAll(dir) // in the system's directory for such things
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything in turn.
func run(ctx context.Context, dir string, people, rounds int) error {
	b := &bench{ctx: ctx, dir: dir, program: filepath.Join(dir, "portico")}
	if err := b.build(); err != nil {
		return err
	}
	small, err := b.portal("small", 1000, 1)
	if err != nil {
		return err
	}
	defer small.stop()
	large, err := b.portal("large", people, 1000)
	if err != nil {
		return err
	}
	defer large.stop()
	if err := b.lists(small, large, rounds); err != nil {
		return err
	}
	b.print()
	return nil
}
