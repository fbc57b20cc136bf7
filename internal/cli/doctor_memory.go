package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"

	"portico/internal/config"
)

// What serve takes with 200 log-ins at a time, by make bench: for itself, and for
// each worker beside the block of its hash.
const (
	serveMemory  = 90 << 20
	workerMemory = 6 << 20
)

// memoryNeeded returns the bytes that serve needs with a number of cores.
func memoryNeeded(c config.Config, cores int) int64 {
	return serveMemory + int64(cores)*(workerMemory+int64(c.HashMemory)<<10)
}

// memory compares what serve needs with what it may have where doctor runs: in
// the same container or on the same machine. The limit of another systemd unit is
// not seen.
func (c *checkup) memory() {
	cores := runtime.GOMAXPROCS(0)
	may, ok := memoryLimit(os.DirFS("/"))
	if !ok {
		return
	}
	needs := fmt.Sprintf("serve may use %s, and needs %s to hash %d passwords at a time", size(may), size(memoryNeeded(c.cfg, cores)), cores)
	if may < memoryNeeded(c.cfg, cores) {
		c.say(warning, "memory", "%s: without more, the system may kill it while many users log in", needs)
		return
	}
	c.say(fine, "memory", "%s", needs)
}

// memoryLimit returns how much memory this process may have: what the machine
// has, or less by a limit of its control group or one above (Linux, cgroup v2:
// Documentation/admin-guide/cgroup-v2.rst, memory.max). It returns false where
// that is not known.
func memoryLimit(root fs.FS) (limit int64, ok bool) {
	info, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0, false
	}
	var kib int64
	if _, err := fmt.Sscanf(string(info), "MemTotal: %d kB", &kib); err != nil {
		return 0, false
	}
	limit = kib << 10
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return limit, true
	}
	const top = "sys/fs/cgroup"
	for line := range strings.Lines(string(groups)) {
		group, is := strings.CutPrefix(strings.TrimSpace(line), "0::/")
		if !is {
			continue // of cgroup v1
		}
		for dir := path.Join(top, group); strings.HasPrefix(dir, top); dir = path.Dir(dir) {
			text, _ := fs.ReadFile(root, path.Join(dir, "memory.max")) // without a limit it holds "max", or is missing
			if most, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				limit = min(limit, most)
			}
		}
	}
	return limit, true
}
