package auth

import (
	"fmt"
	"testing"
	"time"

	"portico"
	"portico/internal/store"
)

// simulated applies the limits to one account for a year, while strangers from
// a number of addresses try passwords as soon as a limit allows it. It returns
// the times at which attempts were checked.
func simulated(addresses int) []time.Time {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	end := now.Add(365 * day)
	buckets := map[string]store.Failures{}
	bucket := func(name, kind string) store.Failures {
		f, has := buckets[name]
		if !has || !f.ExpiresAt.After(now) {
			f = store.Failures{Bucket: name, Kind: kind}
		}
		return f
	}
	var evaluated []time.Time
	for next := 0; now.Before(end); {
		if wait := min(waitFor(bucket("account", passwordBucket), now), waitFor(bucket("share", shareBucket), now)); wait > 0 {
			now = now.Add(wait)
			continue
		}
		// The next address that is allowed to try.
		soonest := time.Duration(0)
		tried := false
		for range min(addresses, 400) {
			o := portico.Origin{Address: fmt.Sprintf("10.%d.%d.%d", next>>16&255, next>>8&255, next&255)}
			next = (next + 1) % addresses
			address, subnet := sourceOf(o)
			var all []store.Failures
			for name, kind := range map[string]string{"n" + subnet: networkBucket, "a" + address: addressBucket, "s" + subnet: subnetBucket} {
				all = append(all, bucket(name, kind))
			}
			account := sharing(bucket("account", passwordBucket), bucket("share", shareBucket), bucket("n"+subnet, networkBucket), now)
			all = append(all, account)
			wait := time.Duration(0)
			for _, f := range all {
				wait = max(wait, waitFor(f, now))
			}
			if wait > 0 {
				if soonest == 0 || wait < soonest {
					soonest = wait
				}
				continue
			}
			for _, f := range all {
				f = fail(f, now)
				buckets[f.Bucket] = f
			}
			evaluated, tried = append(evaluated, now), true
			break
		}
		if !tried {
			now = now.Add(soonest)
		}
	}
	return evaluated
}

// most returns the largest number of times within any window.
func most(at []time.Time, window time.Duration) int {
	largest, from := 0, 0
	for i := range at {
		for at[from].Add(window).Compare(at[i]) <= 0 {
			from++
		}
		largest = max(largest, i-from+1)
	}
	return largest
}

// TestC09_AYearOfStrangers checks that strangers without the password, from one
// address or from ten thousand, get a hundred attempts, then one an hour, and
// ten a day more from networks without recent failures.
func TestC09_AYearOfStrangers(t *testing.T) {
	if testing.Short() {
		return // simulation
	}
	for _, addresses := range []int{1, 100, 10_000} {
		evaluated := simulated(addresses)
		if len(evaluated) > closeConsecutive+365*24+366*10 || most(evaluated, time.Hour) > closeConsecutive+1+10 || len(evaluated) < 365 {
			t.Errorf("%d addresses: %d guesses in a year, %d in an hour", addresses, len(evaluated), most(evaluated, time.Hour))
		}
	}
}

func TestWaitsDoubleAndEnd(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	f := store.Failures{Kind: codeBucket}
	for i, want := range []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		f = fail(f, now)
		if got := waitFor(f, now); got != want {
			t.Errorf("after %d failures: %v, want %v", i+1, got, want)
		}
		if got := waitFor(f, now.Add(want)); got != 0 {
			t.Errorf("after %d failures and the wait: %v", i+1, got)
		}
	}
	for range 7 {
		f = fail(f, now)
	}
	if got := waitFor(f, now); got != day {
		t.Errorf("20 in a day: %v", got)
	}
	if forgiven := resetConsecutive(f, now, 1); forgiven.Consecutive != 0 || len(forgiven.Recent) != 19 || waitFor(forgiven, now) != 0 {
		t.Errorf("resetConsecutive(f, now, 1): got %+v, want forgiven.Consecutive 0, 19 of forgiven.Recent, waitFor(forgiven, now) 0", forgiven)
	}
	n := store.Failures{Kind: networkBucket}
	for range 40 {
		n = fail(n, now)
	}
	if got := waitFor(n, now); got != time.Minute {
		t.Errorf("40 passwords from one network: %v", got)
	}
	if got := waitFor(n, now.Add(2*time.Hour)); got != 0 {
		t.Errorf("two hours later: %v", got)
	}
}

func TestInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", 1500 * time.Millisecond: "2 seconds", time.Minute: "60 seconds", 2 * time.Minute: "2 minutes",
		119 * time.Second: "2 minutes", time.Hour: "60 minutes", 2*time.Hour + time.Second: "3 hours", 50 * time.Hour: "3 days",
	} {
		if got := inWords(d).String(); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestSourceOf(t *testing.T) {
	for address, want := range map[string][2]string{
		"192.0.2.7":            {"192.0.2.7/32", "192.0.2.0/24"},
		"::ffff:192.0.2.7":     {"192.0.2.7/32", "192.0.2.0/24"},
		"2001:db8:1:2:3:4:5:6": {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"fe80::1%eth0":         {"fe80::/64", "fe80::/48"},
		"":                     {"unknown", "unknown"},
	} {
		a, s := sourceOf(portico.Origin{Address: address})
		if a != want[0] || s != want[1] {
			t.Errorf("%q: %s %s, want a %v, s %v", address, a, s, want[0], want[1])
		}
	}
}
