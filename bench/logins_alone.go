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

// loginsAlone measures log-ins while nobody asks for pages, several at a time,
// over what all cores can hash, in turns. Each figure is the median of five
// rounds. The clients run on the same cores, so their share is told too.
func (b *bench) loginsAlone(p *portal, c *crowd, hash string) error {
	bare, err := bareHash(hash)
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 4, 16, 64} {
		var rates, waits, costs, hashRates spread
		var own time.Duration
		var all load
		for range 5 {
			before := ownCPU()
			hashes, n := hashRate(bare, 1500*time.Millisecond)
			each := (ownCPU() - before) / time.Duration(n)
			before = ownCPU()
			l, err := drive(p.address, p.process(), clients, 2*time.Second, loggingIn(c))
			if err != nil {
				return err
			}
			own += ownCPU() - before
			rates, hashRates = append(rates, l.rate()/hashes), append(hashRates, hashes)
			waits = append(waits, l.percentile(99).Seconds()*l.rate()/float64(clients))
			costs = append(costs, l.cpuEach()/float64(each.Microseconds()))
			all = all.plus(l)
		}
		rate, wait := b.add("log-ins a second over what all cores can hash, %d clients", clients), b.add("the same: p99 over the mean")
		cost := b.add("the same: CPU of the portal over that of the hash")
		rate.least(rates.median(), "times", 0.8).free = clients != 16
		wait.most(waits.median(), "times", 1.5).free = clients != 16
		cost.is(costs.median(), "times")
		rate.with("%v; %v of %.0f hashes/s, answers %v", rates, all, hashRates.median(), all.statuses)
		wait.with("%v", waits)
		cost.with("%v; cores busy: portal %.2f, clients %.2f", costs, all.cpu.Seconds()/all.took.Seconds(), own.Seconds()/all.took.Seconds())
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
