package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// spread is a figure of several rounds.
type spread []float64

// median sorts the figures.
func (s spread) median() float64 {
	slices.Sort(s)
	return s[len(s)/2]
}

// String gives the smallest and the largest figure. It sorts them.
func (s spread) String() string {
	slices.Sort(s)
	return fmt.Sprintf("%.2f to %.2f", s[0], s[len(s)-1])
}

// rounds are of log-ins while nobody asks for pages, in turns with all that the
// cores can hash.
type rounds struct {
	rates  spread // log-ins over hashes
	waits  spread // p99 over the mean
	costs  spread // CPU of the server over that of a hash
	hashes spread // a second
	own    time.Duration
	all    load
}

// alone measures five rounds. The clients run on the same cores, so their share is
// measured too.
func alone(bare func(), address string, process, clients int, logIn func(int, *wire) (int, error)) (r rounds, err error) {
	for range 5 {
		before := ownCPU()
		hashes, n := hashRate(bare, 1500*time.Millisecond)
		each := (ownCPU() - before) / time.Duration(n)
		before = ownCPU()
		l, err := drive(address, process, clients, 2*time.Second, logIn)
		if err != nil {
			return r, err
		}
		r.own += ownCPU() - before
		r.rates, r.hashes = append(r.rates, l.rate()/hashes), append(r.hashes, hashes)
		r.waits = append(r.waits, l.percentile(99).Seconds()*l.rate()/float64(clients))
		r.costs = append(r.costs, l.cpuEach()/float64(each.Microseconds()))
		r.all = r.all.plus(l)
	}
	return r, nil
}

// loginsAlone measures log-ins while nobody asks for pages, several at a time.
// Each figure is the median of the rounds.
func (b *bench) loginsAlone(p *portal, c *crowd, hash string) error {
	bare, err := bareHash(hash)
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 4, 16, 64} {
		r, err := alone(bare, p.address, p.process(), clients, loggingIn(c))
		if err != nil {
			return err
		}
		rate, wait := b.add("log-ins a second over what all cores can hash, %d clients", clients), b.add("the same: p99 over the mean")
		cost := b.add("the same: CPU of the portal over that of the hash")
		rate.least(r.rates.median(), "times", 0.8).free = clients != 16
		wait.most(r.waits.median(), "times", 1.5).free = clients != 16
		cost.is(r.costs.median(), "times")
		rate.with("%v; %v of %.0f hashes/s, answers %v", r.rates, r.all, r.hashes.median(), r.all.statuses)
		wait.with("%v", r.waits)
		cost.with("%v; cores busy: portal %.2f, clients %.2f", r.costs, r.all.cpu.Seconds()/r.all.took.Seconds(), r.own.Seconds()/r.all.took.Seconds())
	}
	return nil
}

// hashRate returns how many hashes a second all cores compute, and how many they
// computed.
func hashRate(hash func(), long time.Duration) (rate float64, n int64) {
	var done atomic.Int64
	ended := make(chan struct{})
	start := time.Now()
	for range runtime.NumCPU() {
		go func() {
			for time.Since(start) < long {
				hash()
				done.Add(1)
			}
			ended <- struct{}{}
		}()
	}
	for range runtime.NumCPU() {
		<-ended
	}
	return float64(done.Load()) / time.Since(start).Seconds(), done.Load()
}
