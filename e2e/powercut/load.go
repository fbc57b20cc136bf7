package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

const password = "violet-harbour-9-lanterns"

// load is the portal at work, with the number of acknowledged changes.
type load struct {
	program, data  string
	people         int // to create between a start and a stop
	created, ended int
}

// prepare creates the customer and its people. This is not traced.
func (l *load) prepare() error {
	for _, args := range [][]string{
		{"init"},
		{"customer", "create", "--slug", "acme", "--name", "Acme Telecom"},
		{"user", "create", "--customer", "acme", "--login-id", "alice", "--first-name", "Alice", "--last-name", "Adams", "--email", "alice@example.com", "--role", "administrator", "--password-stdin"},
		{"user", "create", "--customer", "acme", "--login-id", "bob", "--first-name", "Bob", "--last-name", "Brown", "--email", "bob@example.com", "--role", "user", "--password-stdin"},
	} {
		// #nosec G204 -- the program is the caller's
		cmd := exec.Command(l.program, append(args, "--data", l.data)...)
		cmd.Stdin = strings.NewReader(password)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	return nil
}

// traced are the system calls that matter. SQLite reads with pread64, which is
// left out; read is needed for requests.
const traced = "open,openat,read,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range," +
	"rename,renameat,renameat2,unlink,unlinkat,link,linkat"

// run starts the portal under strace, sends requests, and stops it as systemd
// does.
func (l *load) run(start int, trace string) error {
	// #nosec G204 -- the program is the caller's
	cmd := exec.Command("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-o", trace, "-e", "trace="+traced,
		l.program, "serve", "--data", l.data, "--listen", "127.0.0.1:0", "--hash-memory", "1024", "--hash-time", "1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = io.Discard
	if err := cmd.Start(); err != nil {
		return err
	}
	address := ""
	for lines := bufio.NewScanner(stdout); address == "" && lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "Portico listens on "); found {
			address = strings.Fields(rest)[0]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }() // only so that the program is not blocked
	problem := errors.New("the portal does not start under strace")
	if address != "" {
		problem = l.work(address, start)
	}
	stopped := l.stop(cmd)
	return errors.Join(problem, stopped)
}

// stop stops the portal and thereby strace, which passes no signals on.
func (l *load) stop(cmd *exec.Cmd) error {
	children, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(cmd.Process.Pid), "task", fmt.Sprint(cmd.Process.Pid), "children"))
	if err != nil {
		return err
	}
	for _, child := range strings.Fields(string(children)) {
		var pid int
		if _, err := fmt.Sscan(child, &pid); err != nil {
			return err
		}
		p, err := os.FindProcess(pid)
		if err == nil {
			err = p.Signal(syscall.SIGTERM)
		}
		if err != nil {
			return err
		}
	}
	return cmd.Wait()
}

// work creates people, and logs others in and out.
func (l *load) work(address string, start int) error {
	alice := browser()
	if err := post(alice, address+"/login", url.Values{"login_id": {"alice"}, "password": {password}}); err != nil {
		return err
	}
	var next, ended atomic.Int64
	problems := make([]error, 4)
	var workers sync.WaitGroup
	for w := range problems {
		workers.Go(func() {
			if w == 0 {
				for int(next.Load()) <= l.people && problems[w] == nil {
					problems[w] = logInAndOut(address)
					ended.Add(1)
				}
				return
			}
			for n := int(next.Add(1)); n <= l.people && problems[w] == nil; n = int(next.Add(1)) {
				problems[w] = post(alice, address+"/administration/access/new", url.Values{
					"first_name": {"P"}, "last_name": {"L"}, "email": {fmt.Sprintf("s%dn%d@example.com", start, n)}, "role": {"user"},
				})
			}
		})
	}
	workers.Wait()
	l.created += l.people
	l.ended += int(ended.Load())
	return errors.Join(problems...)
}

func logInAndOut(address string) error {
	bob := browser()
	if err := post(bob, address+"/login", url.Values{"login_id": {"bob"}, "password": {password}}); err != nil {
		return err
	}
	err := post(bob, address+"/logout", nil)
	bob.CloseIdleConnections()
	return err
}

// browser returns a client that keeps cookies and connections, and does not
// follow redirects.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// post sends a form. It returns an error unless the response is 303.
func post(b *http.Client, address string, form url.Values) error {
	res, err := b.PostForm(address, form)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("%s: %s", address, res.Status)
	}
	return nil
}
