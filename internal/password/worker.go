package password

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// workerKeep is how long an idle worker is kept. It takes 25 MiB, and a new one
// some 30 ms of the next log-in.
const workerKeep = time.Minute

// workerPatience is how long a worker may take for a task, which is many times as
// long as the most costly hash (maxWork) takes. It may have been stopped.
const workerPatience = 30 * time.Second

// Work does the tasks that it reads from in, and writes the results to out, until
// in ends. It is what a worker does: a process of its own that computes one hash
// at a time, for a Hasher that was told to UseWorkers. It returns an error for
// anything else than a task, such as one of another version of the program.
//
// Each hash fills a block of memory, which is garbage afterwards. Here it is
// collected before the next one, which costs little because nothing else is
// alive, so that each hash gets the same memory again.
func Work(in io.Reader, out io.Writer) error {
	debug.SetGCPercent(-1)
	tasks, results := json.NewDecoder(in), json.NewEncoder(out)
	tasks.DisallowUnknownFields()
	for {
		var t task
		if err := tasks.Decode(&t); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a task: %w", err)
		}
		if err := t.validate(); err != nil {
			return err
		}
		if err := results.Encode(t.run()); err != nil {
			return fmt.Errorf("writing a result: %w", err)
		}
		runtime.GC()
	}
}

// workers are the idle workers of a Hasher. Its queue limits how many of them
// there are, because each one that is not idle has a slot.
type workers struct {
	command  func() *exec.Cmd
	log      *slog.Logger
	keep     time.Duration
	patience time.Duration

	mu   sync.Mutex
	idle []*worker // the one that was used last is at the end
}

type worker struct {
	process *exec.Cmd
	said    *beginning // on standard error, of its end
	tasks   *json.Encoder
	results *json.Decoder
	expiry  *time.Timer // while it is idle
	used    bool
}

// beginning keeps the first bytes that are written to it. A crash of Go writes
// hundreds of lines, of which the first says why.
type beginning struct{ kept []byte }

func (b *beginning) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p[:min(len(p), 200-len(b.kept))]...)
	return len(p), nil
}

// UseWorkers makes a Hasher compute each hash in a process that command starts
// and that calls Work. Where that process cannot be started or ends early, this one
// computes the hash, and logs why.
func (h *Hasher) UseWorkers(command func() *exec.Cmd, log *slog.Logger) {
	h.workers = &workers{command: command, log: log, keep: workerKeep, patience: workerPatience}
}

// EndWorkers ends the idle workers, and waits until they have ended.
func (h *Hasher) EndWorkers() {
	h.workers.mu.Lock()
	idle := h.workers.idle
	h.workers.idle = nil
	h.workers.mu.Unlock()
	for _, w := range idle {
		w.expiry.Stop()
		w.end()
	}
}

// compute runs a task: in a worker, if there are any.
func (h *Hasher) compute(t task) result {
	if h.workers != nil {
		r, err := h.workers.run(t)
		if err == nil {
			return r
		}
		h.workers.log.Warn("a password was hashed without a worker process; while that lasts, log-ins slow pages down", "error", err)
	}
	return t.run()
}

// run runs a task in an idle worker, or in a new one if there is none or the idle
// ones have ended meanwhile.
func (p *workers) run(t task) (result, error) {
	for {
		w, err := p.take()
		if err != nil {
			return result{}, fmt.Errorf("starting a worker: %w", err)
		}
		late := time.AfterFunc(p.patience, func() { _ = w.process.Process.Kill() }) // else it has ended
		r, err := w.run(t)
		inTime := late.Stop()
		if err == nil { // if it was killed just now, the next task finds that out
			p.put(w)
			return r, nil
		}
		w.end()
		if !w.used || !inTime {
			line, _, _ := bytes.Cut(w.said.kept, []byte("\n"))
			return result{}, fmt.Errorf("a worker failed (%v, %q): %w", w.process.ProcessState, line, err)
		}
	}
}

func (w *worker) run(t task) (r result, err error) {
	if err := w.tasks.Encode(t); err != nil {
		return result{}, fmt.Errorf("writing to it: %w", err)
	}
	if err := w.results.Decode(&r); err != nil {
		return result{}, fmt.Errorf("reading from it: %w", err)
	}
	if r.Compared != (t.Foreign != "") || len(r.Key) != int(t.Size) {
		return result{}, fmt.Errorf("it gave an invalid answer, with a key of %d bytes", len(r.Key))
	}
	return r, nil
}

// take returns an idle worker, or a new one.
func (p *workers) take() (*worker, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		w.expiry.Stop()
		w.used = true
		return w, nil
	}
	p.mu.Unlock()
	w := &worker{process: p.command(), said: &beginning{}}
	w.process.Stderr = w.said
	stdin, err := w.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := w.process.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, stdin.Close())
	}
	w.tasks, w.results = json.NewEncoder(stdin), json.NewDecoder(stdout)
	return w, w.process.Start()
}

// put keeps a worker for the next task, or ends it if none comes for a while.
func (p *workers) put(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, w)
	w.expiry = time.AfterFunc(p.keep, func() {
		p.mu.Lock()
		at := slices.Index(p.idle, w)
		if at >= 0 {
			p.idle = slices.Delete(p.idle, at, at+1)
		}
		p.mu.Unlock()
		if at >= 0 {
			w.end()
		}
	})
}

// end ends a worker, which has nothing to lose, and waits for that.
func (w *worker) end() {
	_ = w.process.Process.Kill() // it may have ended
	_ = w.process.Wait()         // it was killed
}
