package cli_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"portico/internal/cli"
	"portico/internal/porticotest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"portico": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

// TestCommands runs the stories of testdata: each a few commands, what they
// print and how they exit.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"started":  started,
			"answered": answered,
			"stopped":  stopped,
			"exits":    exits,
		},
	})
}

// started runs portico in the background until it says where it listens, and
// puts the address into $URL and the one-time link's path into $SETUP.
func started(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("portico", args...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), append(os.Environ(), "TMPDIR="+ts.Getenv("WORK"))
	p := start(cmd)
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	for line := range p.lines {
		if _, link, found := strings.Cut(line, "/setup/"); found {
			ts.Setenv("SETUP", "/setup/"+link)
		}
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			ts.Setenv("URL", strings.Fields(rest)[0])
			running.Store(ts.Getenv("WORK"), p)
			return
		}
		if strings.Contains(line, "http://localhost:") && strings.HasSuffix(line, "/login") {
			ts.Setenv("URL", strings.TrimSuffix(strings.TrimSpace(line), "/login"))
		}
		if strings.HasPrefix(line, "Mails are files in ") {
			ts.Setenv("DEMO", strings.TrimSuffix(strings.TrimPrefix(line, "Mails are files in "), "/outbox"))
			running.Store(ts.Getenv("WORK"), p)
			return
		}
	}
	ts.Fatalf("%v ended before it listened", args)
}

var running sync.Map // by working directory

// answered asks for a path until the server does, and looks at the status.
func answered(ts *testscript.TestScript, neg bool, args []string) {
	res, err := http.Get(ts.Getenv("URL") + args[0])
	if err != nil {
		ts.Fatalf("%v", err)
	}
	_ = res.Body.Close()
	if got := fmt.Sprint(res.StatusCode); got != args[1] {
		ts.Fatalf("%s answers %s, not %s", args[0], got, args[1])
	}
}

// stopped tells the program to stop and waits for a clean exit.
func stopped(ts *testscript.TestScript, neg bool, args []string) {
	p, _ := running.LoadAndDelete(ts.Getenv("WORK"))
	if err := p.(*process).stop(); err != nil {
		ts.Fatalf("stopping: %v", err)
	}
}

// exits runs a command and looks at its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v: %v", args[1:], err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("%v exits with %d, not %s", args[1:], code, args[0])
	}
}

// process is a portico of its own.
type process struct {
	cmd   *exec.Cmd
	lines chan string
}

func start(cmd *exec.Cmd) *process {
	p := &process{cmd: cmd, lines: make(chan string, 1000)}
	out, err := cmd.StdoutPipe()
	if err != nil {
		panic(err)
	}
	cmd.Stderr = io.Discard
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
		close(p.lines)
	}()
	return p
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// TestKilledAtAnyMoment: what a page acknowledged is there after kill -9.
func TestKilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	portico, err := exec.LookPath("portico")
	if err != nil {
		t.Fatal(err)
	}
	command := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command(portico, append(args, "--data", dir)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	command("", "customer", "create", "--slug", "acme", "--name", "Acme Telecom")
	command(porticotest.Password, "user", "create", "--customer", "acme", "--login-id", "alice", "--first-name", "Alice", "--last-name", "Adams",
		"--email", "alice@example.com", "--role", "administrator", "--password-stdin")
	var acknowledged []string
	var session string
	for round := range 6 {
		p := start(exec.Command(portico, "serve", "--listen", "127.0.0.1:0", "--data", dir))
		url := ""
		for line := range p.lines {
			if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
				url = strings.Fields(rest)[0]
				break
			}
		}
		if url == "" {
			t.Fatal("ended before it listened")
		}
		b := porticotest.NewClient(t, url)
		if round == 0 {
			if page := b.Login("alice", porticotest.Password, ""); !page.Has("Hello Alice") {
				t.Fatal(page.Text())
			}
			session = b.Cookie("portico_session")
		} else {
			b.SetCookie("portico_session", session)
		}
		acknowledged = append(acknowledged, createUntilKilled(p, b, round)...)
	}
	list := command("", "user", "list", "--customer", "acme")
	lost := 0
	for _, email := range acknowledged {
		if !strings.Contains(list, email+" ") {
			lost++
		}
	}
	t.Logf("%d acknowledged, %d lost", len(acknowledged), lost)
	if lost > 0 || len(acknowledged) < 30 {
		t.Errorf("%d acknowledged, %d lost", len(acknowledged), lost)
	}
}

// createUntilKilled creates users from two browsers' worth of requests and
// kills the program in the middle of them.
func createUntilKilled(p *process, b *porticotest.Client, round int) (acknowledged []string) {
	var mu sync.Mutex
	var done atomic.Int64
	var wg sync.WaitGroup
	for worker := range 3 {
		wg.Go(func() {
			for i := 0; ; i++ {
				email := fmt.Sprintf("r%dw%di%d@example.com", round, worker, i)
				status, err := b.TryPost("/administration/access/new", "first_name", "F", "last_name", "L", "email", email, "role", "user")
				if err != nil {
					return // killed
				}
				if status != http.StatusSeeOther {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, email)
				mu.Unlock()
				if done.Add(1) == int64(10+3*round) {
					_ = p.cmd.Process.Kill() // ended already otherwise
				}
			}
		})
	}
	wg.Wait()
	_ = p.cmd.Wait() // killed: never a clean exit
	return acknowledged
}
