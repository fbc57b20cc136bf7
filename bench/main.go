package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
)

func main() {
	people := flag.Int("people", 1_000_000, "people in the large portal")
	rounds := flag.Int("rounds", 150, "requests of each kind to a list")
	shuffled := flag.Bool("shuffled", false, "import people in no order")
	only := flag.String("only", "", "measure one part: session, login, passkey, lists, cold")
	data := flag.String("data", "", "keep the portals in this directory, and use those of an earlier run")
	growth := flag.Bool("growth", false, "measure among a thousand people, ten thousand and so on, up to -people, in place of the limits")
	picture := flag.String("picture", "", "with -growth, the SVG file to draw")
	slow := flag.String("sync", "", "how much longer each sync to the disk takes, such as 5ms; needs strace")
	kratos := flag.String("kratos", "", "measure log-ins of Ory Kratos beside the portal's: path of the program")
	listen := flag.String("listen", "127.0.0.1:0", "with -bare, where")
	bare := flag.Bool("bare", false, "be the bare server that the portal is measured against")
	flag.Parse()
	measure := func() error {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		return inDirectory(*data, func(dir string) error {
			b := &bench{ctx: ctx, dir: dir, portico: filepath.Join(dir, "portico"), shuffled: *shuffled, sync: *slow, database: os.Getenv("PORTICOTEST_DATABASE")}
			if *growth {
				return b.growth(*people, min(*rounds, 30), *picture)
			}
			return b.run(*people, *rounds, *only, *kratos) //nolint:contextcheck // the drivers alone are measured without one
		})
	}
	if *bare { // ends with the signal
		measure = func() error { return serveBare(*listen) }
	}
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// inDirectory runs f in the directory dir, or in a temporary one that it
// removes.
func inDirectory(dir string, f func(dir string) error) error {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		return f(dir)
	}
	dir, err := os.MkdirTemp("", "portico-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary directory
	return f(dir)
}

// run measures one part after the other, or only one, and prints the table.
func (b *bench) run(people, rounds int, only, kratos string) error {
	if err := b.build(); err != nil {
		return err
	}
	defer func() {
		for _, p := range b.started {
			p.stop()
		}
	}()
	small := sync.OnceValues(func() (*portal, error) { return b.portal("small", 1000, 1) })
	large := sync.OnceValues(func() (*portal, error) { return b.portal("large", people, 1000) })
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"session", func() error {
			p, err := small()
			if err != nil {
				return err
			}
			return b.sessions(p)
		}},
		{"login", b.logins},
		{"kratos", func() error { return b.kratosLogins(kratos) }},
		{"passkey", b.passkeyLogins},
		{"lists", func() error {
			few, err1 := small()
			many, err2 := large()
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			return b.lists(few, many, rounds)
		}},
		{"cold", func() error {
			p, err := large()
			if err != nil {
				return err
			}
			return b.coldStart(p.data.Data)
		}},
	} {
		if only != "" && only != part.name || part.name == "kratos" && kratos == "" {
			continue
		}
		fmt.Fprintf(os.Stderr, "Measuring: %s.\n", part.name)
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	b.print(os.Stdout)
	return nil
}
