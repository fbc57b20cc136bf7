package main

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// loginsAlone measures log-ins while nobody asks for pages, several at a time,
// over what all cores can hash, in turns. Each figure is the median of three
// rounds.
func (b *bench) loginsAlone(p *portal, c *crowd, hash string) error {
	bare, err := bareHash(hash)
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 4, 16, 64} {
		var rates, waits []float64
		var all load
		for range 3 {
			hashes := hashRate(bare, 2*time.Second)
			l, err := drive(p.address, p.process(), clients, 3*time.Second, loggingIn(c))
			if err != nil {
				return err
			}
			rates = append(rates, l.rate()/hashes)
			waits = append(waits, l.percentile(99).Seconds()*l.rate()/float64(clients))
			all = all.plus(l)
		}
		slices.Sort(rates)
		slices.Sort(waits)
		rate, wait := b.add("log-ins a second over what all cores can hash, %d clients", clients), b.add("the same: p99 over the mean")
		if clients == 16 {
			rate.least(rates[1], "times", 0.8)
			wait.most(waits[1], "times", 1.5)
		} else {
			rate.is(rates[1], "times")
			wait.is(waits[1], "times")
		}
		rate.with("%.2f to %.2f; %v, answers %v", rates[0], rates[2], all, all.statuses)
		wait.with("%.2f to %.2f", waits[0], waits[2])
	}
	return nil
}

// hashRate returns how many hashes a second all cores compute.
func hashRate(hash func(), long time.Duration) float64 {
	var n atomic.Int64
	done := make(chan struct{})
	start := time.Now()
	for range runtime.NumCPU() {
		go func() {
			for time.Since(start) < long {
				hash()
				n.Add(1)
			}
			done <- struct{}{}
		}()
	}
	for range runtime.NumCPU() {
		<-done
	}
	return float64(n.Load()) / time.Since(start).Seconds()
}
