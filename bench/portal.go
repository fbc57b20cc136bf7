package main

import (
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
	"slices"
	"strings"
	"syscall"
	"time"

	"portico/internal/config"
	"portico/internal/imports"
)

const password = "violet-harbour-9-lanterns"

// bench is one run.
type bench struct {
	ctx      context.Context
	dir      string
	portico  string // path of the program
	database string // address of a PostgreSQL server, or ""
	shuffled bool   // import people in random order
	sync     string // how much longer each sync to the disk takes, or ""
	rows     []*row
	started  []*portal // the portals of lists, until the end
}

// portal is a running portal, with a browser that is logged in to it.
type portal struct {
	*program
	data   config.Data
	url    string
	cookie string // session cookie
	client *http.Client
	idle   float64 // memory before the first log-in, in MiB
}

var listens = regexp.MustCompile(`listens on http://(\S+)`)

func (b *bench) build() error {
	cmd := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.portico, "./cmd/portico")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// command runs a command of the program. It returns how long it took and its
// peak memory in bytes.
func (b *bench) command(stdin string, args ...string) (time.Duration, int64, error) {
	cmd := exec.CommandContext(b.ctx, b.portico, args...)
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
			memory <<= 10 // Linux counts in KiB
		}
	}
	return took, memory, nil
}

// portal creates a portal with a number of people in one customer and a number
// of customers, and starts it until the end of the run.
func (b *bench) portal(name string, people, customers int) (*portal, error) {
	p, err := b.filled(name, people, customers)
	if err == nil {
		b.started = append(b.started, p)
	}
	return p, err
}

func (b *bench) filled(name string, people, customers int) (*portal, error) {
	data := filepath.Join(b.dir, name)
	if _, err := os.Stat(filepath.Join(data, "portico.db")); err == nil {
		return b.start(data) // from an earlier run, kept by -data
	}
	fmt.Fprintf(os.Stderr, "Making a portal of %d people and %d customers.\n", people, customers)
	if _, _, err := b.command("", "init", "--data", data); err != nil {
		return nil, err
	}
	if _, _, err := b.command("", "customer", "create", "--data", data, "--slug", "acme", "--name", "Acme Telecom"); err != nil {
		return nil, err
	}
	if _, _, err := b.command(password, "user", "create", "--data", data, "--customer", "acme", "--login-id", "alice", "--first-name", "Alice",
		"--last-name", "Adams", "--email", "alice@acme.example", "--role", "administrator", "--password-stdin"); err != nil {
		return nil, err
	}
	if err := b.importPeople(data, people); err != nil {
		return nil, err
	}
	if err := b.fillUp(data, people, customers); err != nil {
		return nil, err
	}
	return b.start(data)
}

// importPeople imports people, in several files if they are more than one may
// hold.
func (b *bench) importPeople(data string, people int) error {
	file := data + ".csv"
	for from := 0; from < people; from += imports.MaxRows {
		n := min(imports.MaxRows, people-from)
		if err := writePeople(file, from, n, b.shuffled); err != nil {
			return err
		}
		took, memory, err := b.command("", "user", "import", "--data", data, "--customer", "acme", file)
		if err != nil {
			return err
		}
		if n >= 100_000 {
			b.add("import of %d invited people", n).most(took.Seconds(), "s", 60*float64(n)/1e6)
			b.add("memory of that import").most(float64(memory)/(1<<20), "MiB", 200)
		}
	}
	return os.Remove(file)
}

// flags returns the flags of a command that say where the data is.
func flags(data config.Data) []string {
	f := []string{"--data", data.Data}
	if data.Database != "" {
		f = append(f, "--database", data.Database)
	}
	return f
}

// serving is the command that serves a portal, on a disk as slow as -sync says.
func (b *bench) serving(data config.Data, more ...string) *exec.Cmd {
	command := slices.Concat([]string{b.portico, "serve", "--listen", "127.0.0.1:0"}, flags(data), more)
	if b.sync != "" { // -D: the portal stays our child; --seccomp-bpf: nothing else becomes slower
		delay := "inject=fsync,fdatasync:delay_exit=" + b.sync
		command = append([]string{"strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", delay}, command...)
	}
	return exec.CommandContext(b.ctx, command[0], command[1:]...)
}

// serve starts the program.
func (b *bench) serve(data config.Data) (*portal, error) {
	p, err := b.listening(b.serving(data))
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	return &portal{program: p, data: data, url: "http://" + p.address, client: &http.Client{Jar: jar}}, err
}

// start starts the program on a data directory and logs in.
func (b *bench) start(data string) (*portal, error) { return b.startOn(config.Data{Data: data}) }

func (b *bench) startOn(data config.Data) (*portal, error) {
	p, err := b.serve(data)
	if err != nil {
		return nil, err
	}
	if _, _, err := p.get("/login"); err != nil {
		return nil, err
	}
	if p.idle, err = p.memory("VmRSS"); err != nil {
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
	for _, c := range p.client.Jar.Cookies(res.Request.URL) {
		if c.Name == "portico_session" {
			p.cookie = c.Name + "=" + c.Value
		}
	}
	return p, nil
}

// get requests a page, and returns how long it took and the body.
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
