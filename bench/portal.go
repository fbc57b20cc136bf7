package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const password = "violet-harbour-9-lanterns"

// bench is one run.
type bench struct {
	ctx      context.Context
	dir      string
	program  string
	shuffled bool // people come in no order
	rows     []row
}

// portal is a program that serves, and a browser that is logged in to it.
type portal struct {
	url    string
	client *http.Client
	serve  *exec.Cmd
	idle   float64 // memory before the first log-in, in MiB
}

func (b *bench) build() error {
	cmd := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.program, "./cmd/portico")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// command runs a command of the program and returns how long it took and the
// most memory it had, in bytes.
func (b *bench) command(stdin string, args ...string) (time.Duration, int64, error) {
	cmd := exec.CommandContext(b.ctx, b.program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return took, 0, fmt.Errorf("portico %s: %w: %s", strings.Join(args, " "), err, out.Bytes())
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	memory := int64(0)
	if usage != nil {
		memory = usage.Maxrss
		if runtime.GOOS == "linux" {
			memory <<= 10 // in KiB there
		}
	}
	return took, memory, nil
}

// portal makes a portal with so many people in one customer, and other
// customers, and starts it.
func (b *bench) portal(name string, people, customers int) (*portal, error) {
	data := filepath.Join(b.dir, name)
	fmt.Fprintf(os.Stderr, "Making a portal of %d people and %d customers.\n", people, customers)
	if _, _, err := b.command("", "customer", "create", "--data", data, "--slug", "acme", "--name", "Acme Telecom"); err != nil {
		return nil, err
	}
	if _, _, err := b.command(password, "user", "create", "--data", data, "--customer", "acme", "--login-id", "alice", "--first-name", "Alice",
		"--last-name", "Adams", "--email", "alice@acme.example", "--role", "administrator", "--password-stdin"); err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, name+".csv")
	if err := writePeople(file, people, b.shuffled); err != nil {
		return nil, err
	}
	took, memory, err := b.command("", "user", "import", "--data", data, "--customer", "acme", file)
	if err != nil {
		return nil, err
	}
	if people >= 100_000 {
		b.add("import of %d invited people", people).is(took.Seconds(), "s", 60*float64(people)/1e6)
		b.add("memory of that import").is(float64(memory)/(1<<20), "MiB", 200)
	}
	if err := fillUp(b.ctx, data, people, customers); err != nil {
		return nil, err
	}
	return b.start(data)
}

// start runs the program and logs in.
func (b *bench) start(data string) (*portal, error) {
	p := &portal{serve: exec.CommandContext(b.ctx, b.program, "serve", "--data", data, "--listen", "127.0.0.1:0")}
	out, err := p.serve.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.serve.Start(); err != nil {
		return nil, err
	}
	for scan := bufio.NewScanner(out); scan.Scan(); {
		if m := regexp.MustCompile(`listens on (http://\S+)`).FindStringSubmatch(scan.Text()); m != nil {
			p.url = m[1]
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p.client = &http.Client{Jar: jar}
	if _, _, err := p.get("/login"); err != nil {
		return nil, err
	}
	if p.idle, err = p.memory(); err != nil {
		return nil, err
	}
	res, err := p.client.PostForm(p.url+"/login", url.Values{"login_id": {"alice"}, "password": {password}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if body, err := io.ReadAll(res.Body); err != nil || !bytes.Contains(body, []byte("Hello Alice")) {
		return nil, errors.Join(err, errors.New("the administrator cannot log in"))
	}
	return p, nil
}

func (p *portal) stop() {
	_ = p.serve.Process.Signal(os.Interrupt)
	_ = p.serve.Wait()
}

// get asks for a page and returns how long it took, and the page.
func (p *portal) get(path string) (time.Duration, []byte, error) {
	start := time.Now()
	res, err := p.client.Get(p.url + path)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	took := time.Since(start)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, res.Status)
	}
	return took, body, err
}

// memory is what the program holds now, in MiB.
func (p *portal) memory() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.serve.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("looking at the memory, which needs Linux: %w", err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0, errors.New("the system does not say how much memory the program holds")
	}
	kib, err := strconv.ParseFloat(string(m[1]), 64)
	return kib / 1024, err
}
