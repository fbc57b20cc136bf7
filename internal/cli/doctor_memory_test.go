package cli

import (
	"testing"
	"testing/fstest"

	"portico/internal/config"
)

func TestMemoryLimit(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	const meminfo = "MemTotal:        4030464 kB\nMemFree:          123456 kB\n"
	for name, c := range map[string]struct {
		root fstest.MapFS
		want int64
		ok   bool
	}{
		"another system":       {fstest.MapFS{}, 0, false},
		"nonsense":             {fstest.MapFS{"proc/meminfo": file("nothing")}, 0, false},
		"a machine":            {fstest.MapFS{"proc/meminfo": file(meminfo)}, 4030464 << 10, true},
		"cgroup v1":            {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("4:memory:/a\n0::/\n")}, 4030464 << 10, true},
		"a container":          {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("67108864\n")}, 64 << 20, true},
		"no limit":             {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/memory.max": file("max\n")}, 4030464 << 10, true},
		"more than there is":   {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/memory.max": file("99999999999999\n")}, 4030464 << 10, true},
		"a limit above":        {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("0::/a/b/c\n"), "sys/fs/cgroup/a/memory.max": file("134217728\n"), "sys/fs/cgroup/a/b/c/memory.max": file("max\n")}, 128 << 20, true},
		"the lowest of two":    {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/memory.max": file("134217728\n"), "sys/fs/cgroup/a/b/memory.max": file("67108864\n")}, 64 << 20, true},
		"outside of the mount": {fstest.MapFS{"proc/meminfo": file(meminfo), "proc/self/cgroup": file("0::/../../x\n")}, 4030464 << 10, true},
	} {
		if got, ok := memoryLimit(c.root); got != c.want || ok != c.ok {
			t.Errorf("%s: got %d %v, want %d %v", name, got, ok, c.want, c.ok)
		}
	}
}

func TestMemoryNeeded(t *testing.T) {
	for cores, want := range map[int]int64{1: 115 << 20, 2: 140 << 20, 16: 490 << 20} {
		if got := memoryNeeded(config.Config{HashMemory: 19 << 10}, cores); got != want {
			t.Errorf("with %d cores: got %d, want %d", cores, got, want)
		}
	}
}
