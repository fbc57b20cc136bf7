package password

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets this test program be a worker, as the portal is one when it is
// started for that.
func TestMain(m *testing.M) {
	switch os.Getenv("PORTICOTEST_WORKER") {
	case "":
		os.Exit(m.Run())
	case "works":
		if err := Work(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "ends": // at its first task
		_, _ = os.Stdin.Read(make([]byte, 1))
		fmt.Fprintln(os.Stderr, "for want of memory\n"+strings.Repeat("goroutine\n", 1000))
		os.Exit(3)
	case "hangs": // as if somebody had stopped it
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "lies":
		_, _ = os.Stdin.Read(make([]byte, 1))
		fmt.Println(`{"Key":"AAAA"}`)
		_ = Work(os.Stdin, os.Stdout)
	}
}

// working returns a Hasher with workers that behave in a way, and what it logs.
func working(t *testing.T, how string) (*Hasher, *bytes.Buffer) {
	t.Helper()
	h := NewHasher(quick, Limits{Slots: 2, Waiting: 8})
	log := &bytes.Buffer{}
	h.UseWorkers(func() *exec.Cmd {
		if how == "cannot start" {
			return &exec.Cmd{Path: t.TempDir() + "/none"}
		}
		return &exec.Cmd{Path: os.Args[0], Args: os.Args[:1], Env: []string{"PORTICOTEST_WORKER=" + how, "GORACE=atexit_sleep_ms=0"}}
	}, slog.New(slog.NewTextHandler(log, nil)))
	if how == "hangs" {
		h.workers.patience = time.Millisecond
	}
	t.Cleanup(h.EndWorkers)
	return h, log
}

// TestWorkersAgree checks that a worker and this process come to the same results,
// also where something is wrong with the workers. Nobody must get in because a
// worker says nothing or nonsense, and nobody must be kept out.
func TestWorkersAgree(t *testing.T) {
	ctx := context.Background()
	for how, logs := range map[string]string{
		"works": "", "cannot start": "starting a worker",
		"ends": "for want of memory", "hangs": "a worker failed (signal: killed", "lies": "invalid answer",
	} {
		t.Run(how, func(t *testing.T) {
			h, log := working(t, how)
			for _, right := range []string{"corréct horse battery", "\xff\xfe no UTF-8 \x00", strings.Repeat("long", 200)} {
				stored, err := h.Hash(ctx, Turn{}, right)
				if err != nil {
					t.Fatal(err)
				}
				for entered, want := range map[string]Verdict{right: Right, right + "x": Wrong, "": Wrong, "\ufffd\ufffd no UTF-8 \x00": Wrong} {
					for where, hasher := range map[string]*Hasher{"with workers": h, "without": NewHasher(quick, Limits{Slots: 1, Waiting: 1})} {
						if got, err := hasher.Verify(ctx, Turn{}, stored, entered); err != nil || got != want {
							t.Errorf("%q for %q %s: %v, %v, want %v and no error", entered, right, where, got, err, want)
						}
					}
				}
				if got, err := h.Verify(ctx, Turn{}, "", right); err != nil || got != Wrong {
					t.Errorf("%q for no account: %v, %v, want %v and no error", right, got, err, Wrong)
				}
			}
			for entered, want := range map[string]Verdict{"correct horse battery staple": RightStale, "correct horse battery staplE": Wrong} {
				if got, err := h.Verify(ctx, Turn{}, foreignHashes["bcrypt"], entered); err != nil || got != want {
					t.Errorf("%q for a hash from elsewhere: %v, %v, want %v and no error", entered, got, err, want)
				}
			}
			if !strings.Contains(log.String(), logs) || (logs == "") != (log.Len() == 0) {
				t.Errorf("logged %q, want %q", log, logs)
			}
		})
	}
}

func TestWorkersCompareHashesFromElsewhere(t *testing.T) {
	h, log := working(t, "works")
	for name, stored := range foreignHashes {
		for entered, want := range map[string]Verdict{"correct horse battery staple": RightStale, "correct horse battery staplE": Wrong, "": Wrong} {
			if got, err := h.Verify(context.Background(), Turn{}, stored, entered); err != nil || got != want {
				t.Errorf("%s, %q: %v, %v, want %v and no error", name, entered, got, err, want)
			}
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged %q, want nothing", log)
	}
}

// TestWorkersAreFew checks that there are no more workers than slots, that an
// idle one is used again, and that it ends when nobody needs it.
func TestWorkersAreFew(t *testing.T) {
	all, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	h, log := working(t, "works")
	command := h.workers.command
	h.workers.command = func() *exec.Cmd {
		worker := command()
		worker.ExtraFiles = []*os.File{ours} // which it closes when it ends
		return worker
	}
	var eight sync.WaitGroup
	for range 8 {
		eight.Go(func() {
			if _, err := h.Hash(context.Background(), Turn{}, "corréct horse battery"); err != nil {
				t.Error(err)
			}
		})
	}
	eight.Wait()
	before := slices.Clone(h.workers.idle)
	if n := len(before); n < 1 || n > 2 {
		t.Errorf("%d workers after eight hashes in two slots, want 1 or 2", n)
	}
	if _, err := h.Hash(context.Background(), Turn{}, "again"); err != nil {
		t.Fatal(err)
	}
	if last := h.workers.idle[len(h.workers.idle)-1]; last != before[len(before)-1] {
		t.Error("a new worker was started while another one was idle")
	}
	for _, w := range before {
		w.expiry.Reset(0)
	}
	_ = ours.Close()
	if said, err := io.ReadAll(all); err != nil || len(said) > 0 { // ends with the last worker
		t.Errorf("idle workers ended with %q, %v, want nothing and no error", said, err)
	}
	if log.Len() > 0 {
		t.Errorf("logged %q, want nothing", log)
	}
}

// TestIdleWorkerDied checks that a worker that ended while it was idle is replaced,
// without a word.
func TestIdleWorkerDied(t *testing.T) {
	h, log := working(t, "works")
	stored, err := h.Hash(context.Background(), Turn{}, "corréct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	died := h.workers.idle[0]
	if err := died.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Verify(context.Background(), Turn{}, stored, "corréct horse battery"); err != nil || got != Right {
		t.Errorf("got %v, %v, want %v and no error", got, err, Right)
	}
	if len(h.workers.idle) != 1 || h.workers.idle[0] == died || log.Len() > 0 {
		t.Errorf("%d workers, logged %q, want a new one and nothing", len(h.workers.idle), log)
	}
}

// TestWorkRefuses checks that a worker computes nothing for what is no task, such as
// one of another version of the program, whose names differ.
func TestWorkRefuses(t *testing.T) {
	for _, in := range []string{
		"x", "{}", `{"Password":"c2VjcmV0","Params":{"MemoryKiB":64,"Time":1,"Parallelism":1},"Salt":"AAAA","Size":32}`,
		`{"Entered":"c2VjcmV0","Salt":"AAAA","Size":32}`, `{"Entered":"c2VjcmV0","Params":{"MemoryKiB":64,"Time":1,"Parallelism":1},"Salt":"AAAA"}`,
	} {
		var out bytes.Buffer
		if err := Work(strings.NewReader(in), &out); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, %q, want an error and nothing", in, err, &out)
		}
	}
}
