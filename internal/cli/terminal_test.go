//go:build linux

package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// newTerminal returns both ends of a terminal: the one that a person looks at,
// and the one for a program.
func newTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { _ = person.Close() })
	var locked, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, code := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value))); code != 0 {
			t.Fatalf("making a terminal: %v", code)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// TestProgressOnTerminal checks that a command that takes long says so in one
// line on a terminal, and erases the line at its end. The command takes as long
// as its standard input is open.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: what is shown after two seconds
	}
	dir := nowhere(t)
	run(t, dir, 0, "init")
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme")
	person, program := newTerminal(t)
	cmd := processOver(t, dir, "user", "import", "--customer", "acme", "--dry-run", "-")
	cmd.Env = append(os.Environ(), "TERM=xterm")
	input, err := cmd.StdinPipe()
	must(t, err)
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, program
	must(t, cmd.Start())
	_, err = input.Write([]byte("login_id,first_name,last_name,email,role\nann,Ann,A,ann@example.com,user\n"))
	must(t, err)
	seen := ""
	for b := make([]byte, 1000); !strings.Contains(seen, "Importing (3 s)"); {
		n, err := person.Read(b)
		must(t, err)
		seen += string(b[:n])
	}
	must(t, input.Close())
	must(t, cmd.Wait())
	_, err = program.Write([]byte("the end"))
	must(t, err)
	for b := make([]byte, 1000); !strings.Contains(seen, "the end"); {
		n, err := person.Read(b)
		must(t, err)
		seen += string(b[:n])
	}
	if strings.Contains(seen, "\n") || strings.Contains(seen, "(0 s)") || strings.Contains(seen, "(1 s)") || !strings.HasSuffix(seen, "\r\x1b[Kthe end") {
		t.Errorf("the terminal got %q, want one line, from the second second on, that is erased at the end", seen)
	}
	if got := stdout.String(); got != "Would create 1, change 0, leave 0 unchanged, refuse 0.\n" {
		t.Errorf("standard output: got %q, want what would be done, and no progress", got)
	}
}
