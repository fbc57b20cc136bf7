package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"portico/internal/config"
	"portico/internal/password"
)

// hashWorker is the argument with which serve starts this program again, to hash
// passwords. It is no command for people, so the help does not list it.
const hashWorker = "hash-worker"

// work hashes passwords for serve, until serve or the end of standard input ends
// it. Signals that are meant for serve do not.
func work(stdin io.Reader, stdout, stderr io.Writer) int {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// On Linux: its name in top, which is "exe" otherwise, and that the system, when
	// it is short of memory, kills it rather than serve.
	_ = os.WriteFile("/proc/self/comm", []byte("portico"), 0)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	if err := password.Work(stdin, stdout); err != nil {
		say(stderr, "portico %s: %v\n", hashWorker, err)
		return exitFailed
	}
	return exitOK
}

// workerCommand returns the command of a worker. It is given no settings, which
// may contain passwords, but as many cores as a hash has lanes, and a limit above
// which it gives memory back: a hash from another system may take 256 MiB.
func workerCommand(c config.Config) func() *exec.Cmd {
	program, err := os.Executable()
	if runtime.GOOS == "linux" {
		program, err = "/proc/self/exe", nil // also after an upgrade has replaced the file
	}
	return func() *exec.Cmd {
		return &exec.Cmd{
			Path: program, Args: []string{os.Args[0], hashWorker}, Err: err,
			Env: []string{fmt.Sprintf("GOMAXPROCS=%d", c.HashParallelism), fmt.Sprintf("GOMEMLIMIT=%dKiB", 16<<10+c.HashMemory)},
		}
	}
}
