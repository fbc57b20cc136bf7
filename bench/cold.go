package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// coldStart compares the time from the start of the program to its first
// response with that of a bare server.
func (b *bench) coldStart(data string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	serve := func(data string) func(string) *exec.Cmd {
		return func(address string) *exec.Cmd {
			return exec.CommandContext(b.ctx, b.portico, "serve", "--data", data, "--listen", address)
		}
	}
	starts := []func(address string) *exec.Cmd{
		func(address string) *exec.Cmd { return exec.CommandContext(b.ctx, self, "-bare", "-listen", address) },
		nil, // in an empty directory, a new one each time
		serve(data),
	}
	times := make([][]time.Duration, len(starts))
	for round := range 9 {
		starts[1] = serve(filepath.Join(b.dir, fmt.Sprintf("empty-%d", round)))
		for i, start := range starts {
			took, err := firstAnswer(start)
			if err != nil {
				return err
			}
			times[i] = append(times[i], took)
		}
	}
	bare := median(times[0])
	for i, what := range []string{"empty", "many people"} {
		took := median(times[i+1])
		b.add("cold start to the first answer, %s: more than a bare server's", what).most(float64((took-bare).Microseconds())/1000, "ms", 50).
			with("%v and %v", round(took), round(bare))
	}
	return nil
}

// firstAnswer starts a program, sends requests until it responds, and stops it.
func firstAnswer(start func(address string) *exec.Cmd) (time.Duration, error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	p := &program{address: address, cmd: start(address)}
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		return 0, err
	}
	defer p.stop()
	text := request("GET", "/healthz", "", "")
	for time.Since(begun) < 30*time.Second {
		w, err := dial(address)
		if err != nil {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		_, err = w.do(text)
		took := time.Since(begun)
		_ = w.conn.Close()
		return took, err
	}
	return 0, fmt.Errorf("%s does not answer", p.cmd.Path)
}
