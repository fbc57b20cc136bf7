package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// workersOf returns the processes that hash passwords for a portal.
func workersOf(process int) (workers []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", process)) // the pattern is valid
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, child := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(child); err == nil {
				workers = append(workers, n)
			}
		}
	}
	return workers
}

// ticks is how many units of CPU time Linux counts in a second.
const ticks = 100

// cpuOf returns the CPU time of a process and of its workers, also of those that
// have ended, or 0 if the system does not report it.
func cpuOf(process int) time.Duration {
	sum := cpuIn(process, 11, 12, 13, 14)
	for _, w := range workersOf(process) {
		sum += cpuIn(w, 11, 12)
	}
	return sum
}

// cpuIn adds up fields of a process's stat: 11 and 12 are its own time in user
// and system mode, 13 and 14 that of its children that have ended.
func cpuIn(process int, which ...int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(b, []byte(") ")) // the program's name may contain spaces
	fields := strings.Fields(string(after))
	sum := 0
	for _, i := range which {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0
		}
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks
}

// peak returns the most memory that the portal has taken, and what its workers
// have allocated, in MiB. The pages of the program file, which all of them share,
// are counted once.
func (p *portal) peak() (float64, error) {
	sum, err := p.memory("VmHWM")
	for _, w := range workersOf(p.process()) {
		allocated, err := memoryOf(w, "RssAnon")
		if err != nil {
			return 0, err
		}
		sum += allocated
	}
	return sum, err
}

// memory returns the memory of the portal without its workers in MiB: current
// (VmRSS) or peak (VmHWM).
func (p *portal) memory(which string) (float64, error) { return memoryOf(p.process(), which) }

func memoryOf(process int, which string) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, fmt.Errorf("looking at the memory, which needs Linux: %w", err)
	}
	m := regexp.MustCompile(which + `:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0, errors.New("the system does not say how much memory the program holds")
	}
	kib, err := strconv.ParseFloat(string(m[1]), 64)
	return kib / 1024, err
}
