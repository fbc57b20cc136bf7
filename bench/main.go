package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
)

func main() {
	people := flag.Int("people", 1_000_000, "people in the large portal")
	rounds := flag.Int("rounds", 150, "requests of each kind")
	shuffled := flag.Bool("shuffled", false, "import people in no order")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "portico-bench-")
	if k := os.Getenv("KEEP"); k != "" {
		dir = k
		_ = os.MkdirAll(k, 0o700)
		err = run(ctx, dir, *people, *rounds, *shuffled)
		fmt.Println(err)
		return
	}
	if err == nil {
		err = run(ctx, dir, *people, *rounds, *shuffled)
		_ = os.RemoveAll(dir) // in the system's directory for such things
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything in turn.
func run(ctx context.Context, dir string, people, rounds int, shuffled bool) error {
	b := &bench{ctx: ctx, dir: dir, program: filepath.Join(dir, "portico"), shuffled: shuffled}
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
	b.add("memory, idle, before anybody has logged in").is(small.idle, "MiB", 30)
	if err := b.lists(small, large, rounds); err != nil {
		return err
	}
	memory, err := small.memory()
	if err != nil {
		return err
	}
	b.add("memory after that: idle, a hash a core and 64 MiB").is(memory, "MiB", 30+64+19*float64(runtime.NumCPU()))
	b.print()
	return nil
}
