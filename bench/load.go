package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// wire is a connection that stays open. It does as little as possible, because
// client and server share the machine.
type wire struct {
	conn net.Conn
	r    *bufio.Reader
}

func dial(address string) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn, bufio.NewReaderSize(conn, 64<<10)}, nil
}

// answer is a response.
type answer struct {
	status     int
	cookies    []string // as they are sent back
	retryAfter bool
	body       []byte // valid until the next request
}

// request returns the text of a request with a cookie and, for a POST, a form.
func request(method, path, cookies, form string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path)
	if cookies != "" {
		fmt.Fprintf(&b, "Cookie: %s\r\n", cookies)
	}
	if method == "POST" {
		fmt.Fprintf(&b, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(form))
	}
	b.WriteString("\r\n" + form)
	return b.Bytes()
}

func (w *wire) do(request []byte) (answer, error) {
	var a answer
	if _, err := w.conn.Write(request); err != nil {
		return a, err
	}
	length := 0
	for first := true; ; first = false {
		line, err := w.r.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case len(line) == 0:
			a.body = make([]byte, length)
			_, err := io.ReadFull(w.r, a.body)
			return a, err
		case first && len(line) > 12:
			if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return a, err
			}
		case string(name) == "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, err
			}
		case string(name) == "Transfer-Encoding":
			return a, errors.New("an answer in chunks")
		case string(name) == "Retry-After":
			a.retryAfter = true
		case string(name) == "Set-Cookie":
			cookie, _, _ := strings.Cut(string(value), ";")
			a.cookies = append(a.cookies, cookie)
		}
	}
}

// load is what several clients saw that each sent one request after the other.
type load struct {
	took     time.Duration
	cpu      time.Duration   // of the process that responds
	times    []time.Duration // of each request
	statuses map[int]int
}

// drive sends requests with several clients for some time. one sends one
// request of a client. process is the process whose CPU is counted, 0 for none.
func drive(address string, process, clients int, long time.Duration, one func(client int, w *wire) (int, error)) (load, error) {
	l := load{statuses: map[int]int{}}
	var mu sync.Mutex
	var wait sync.WaitGroup
	var failed error
	before, start := cpuOf(process), time.Now()
	for client := range clients {
		wait.Go(func() {
			times, statuses, err := ask(address, start.Add(long), client, one)
			mu.Lock()
			defer mu.Unlock()
			l.times = append(l.times, times...)
			for s, n := range statuses {
				l.statuses[s] += n
			}
			failed = errors.Join(failed, err)
		})
	}
	wait.Wait()
	l.took, l.cpu = time.Since(start), cpuOf(process)-before
	return l, failed
}

func ask(address string, until time.Time, client int, one func(int, *wire) (int, error)) ([]time.Duration, map[int]int, error) {
	w, err := dial(address)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = w.conn.Close() }()
	var times []time.Duration
	statuses := map[int]int{}
	for {
		start := time.Now()
		if !start.Before(until) {
			return times, statuses, nil
		}
		status, err := one(client, w)
		if err != nil {
			return times, statuses, err
		}
		times = append(times, time.Since(start))
		statuses[status]++
	}
}

// plus returns the sum of two loads that were measured one after the other.
func (l load) plus(other load) load {
	sum := load{l.took + other.took, l.cpu + other.cpu, append(l.times, other.times...), map[int]int{}}
	for _, s := range []map[int]int{l.statuses, other.statuses} {
		for status, n := range s {
			sum.statuses[status] += n
		}
	}
	return sum
}

// rate returns the number of requests per second.
func (l load) rate() float64 { return float64(len(l.times)) / l.took.Seconds() }

// cpuEach returns the CPU time of one request in microseconds.
func (l load) cpuEach() float64 { return float64(l.cpu.Microseconds()) / float64(max(1, len(l.times))) }

// percentile returns a percentile of the times. It sorts them.
func (l load) percentile(p float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	slices.Sort(l.times)
	return l.times[min(len(l.times)-1, int(p/100*float64(len(l.times))))]
}

func (l load) String() string {
	return fmt.Sprintf("%.0f/s, p50 %v, p95 %v, p99 %v", l.rate(), round(l.percentile(50)), round(l.percentile(95)), round(l.percentile(99)))
}

func round(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > 10*time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}
