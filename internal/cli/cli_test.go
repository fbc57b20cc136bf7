package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"portico/internal/cli"
	"portico/internal/porticotest"
	"portico/internal/testdb"
)

const race = "atexit_sleep_ms=0" // for GORACE

// client has its own transport: the end of any httptest server closes the idle
// connections of the default one, also under a request that another test sends.
var client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}

func TestMain(m *testing.M) {
	syscall.Umask(0) // a umask of 0 protects nothing, so the commands must set modes themselves
	// A program with the race detector sleeps for a second when it ends. The
	// tests start some hundred.
	_ = os.Setenv("GORACE", race)
	testscript.Main(m, map[string]func(){"portico": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

// TestCommands runs the scripts in testdata. Each consists of some commands,
// their output and their exit codes.
func TestCommands(t *testing.T) {
	t.Parallel()
	if testdb.Postgres() {
		return // the portals of the scripts are in SQLite
	}
	scripts := testscript.Params{
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", race)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"started":  started,
			"answered": answered,
			"stopped":  stopped,
			"logged":   logged,
			"exits":    exits,
			"until":    until,
			"private":  private,
			"captured": captured,
			"unzipped": unzipped,

			"certificate": certificate,
			"mailserver":  mailServer,
		},
	}
	if testing.Short() { // what most changes break
		scripts.Files = []string{"testdata/init.txt"}
	} else {
		scripts.Dir = "testdata"
	}
	testscript.Run(t, scripts)
}

// started runs portico in the background until it prints where it listens. It
// sets $URL to the address, $LISTENING to the address without http://, and
// $SETUP to the path of the set-up link.
func started(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("portico", args...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), append(os.Environ(), "TMPDIR="+ts.Getenv("WORK"))
	if file := ts.Getenv("PORTICO_SMTP_FILE"); file != "" {
		cmd.Env = append(cmd.Env, "PORTICO_SMTP_FILE="+file)
	}
	var log bytes.Buffer
	p := startLogging(cmd, &log)
	logs.Store(ts.Getenv("WORK"), &log)
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	for line := range p.lines {
		if _, link, found := strings.Cut(line, "/setup/"); found {
			ts.Setenv("SETUP", "/setup/"+link)
		}
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			ts.Setenv("URL", strings.Fields(rest)[0])
			ts.Setenv("LISTENING", strings.TrimPrefix(strings.Fields(rest)[0], "http://"))
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

// captured sets a variable to what the group of a pattern matches in the output
// of the last command.
func captured(ts *testscript.TestScript, neg bool, args []string) {
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if found == nil {
		ts.Fatalf("%s does not match %q", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

var running, logs sync.Map // by working directory

// logged checks that the log of the program that was stopped last matches a
// pattern.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	log, _ := logs.Load(ts.Getenv("WORK"))
	if text := log.(*bytes.Buffer).String(); regexp.MustCompile(args[0]).MatchString(text) == neg {
		ts.Fatalf("%q in the log is %v:\n%s", args[0], !neg, text)
	}
}

// answered requests a path and checks the status of the response.
func answered(ts *testscript.TestScript, neg bool, args []string) {
	res, err := client.Get(ts.Getenv("URL") + args[0])
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

// exits runs a command and checks its exit code.
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

// until runs a command again and again until its output matches a pattern,
// because what it waits for is done by another program.
func until(ts *testscript.TestScript, neg bool, args []string) {
	for range 1000 {
		_ = ts.Exec(args[1], args[2:]...) // the output decides
		if regexp.MustCompile(args[0]).MatchString(ts.ReadFile("stdout")) {
			return
		}
		porticotest.Pause()
	}
	ts.Fatalf("%v never says %q", args[1:], args[0])
}

// process is portico in a process of its own.
type process struct {
	cmd   *exec.Cmd
	lines chan string
}

func start(cmd *exec.Cmd) *process { return startLogging(cmd, io.Discard) }

func startLogging(cmd *exec.Cmd, log io.Writer) *process {
	p := &process{cmd: cmd, lines: make(chan string, 1000)}
	out, err := cmd.StdoutPipe()
	if err != nil {
		panic(err)
	}
	cmd.Stderr = log
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
