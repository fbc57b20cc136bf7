package auth

import (
	"fmt"
	"net/netip"
	"time"

	"portico"
	"portico/internal/store"
)

// The throttle counts failures in buckets. A wrong code proves a right
// password, so strangers cannot reach the bucket of codes, and it may be
// strict; the bucket of passwords, which strangers can drive, only ever
// delays. Browsers in which the person has logged in before have failures of
// their own, so that a stranger's do not keep anybody out of them.
const (
	codeBucket      = "code"             // codes of an account
	passwordBucket  = "password"         // passwords of a login ID, from everywhere
	shareBucket     = "password-share"   // those that the one above would refuse, from networks without failures
	networkBucket   = "password-network" // passwords of a login ID, from one network
	addressBucket   = "address"          // everything, from one address
	subnetBucket    = "subnet"           // everything, from one network
	resetBucket     = "reset"            // mailed password links of an account, that anybody can ask for
	emergencyBucket = "emergency"        // those that "This wasn't me" mails
	endedBucket     = "ended"            // those after a log-in with a password that has ended
	emailBucket     = "email"            // new addresses that a person has entered
	unlockBucket    = "unlock"           // mailed unlock links of an account
	hashBucket      = "hash"             // hashes of an account, right and wrong, in one browser or by mailed links
	alarmBucket     = "alarm"            // notes that the operators were told

	// Notes of an hour, for the alarm.
	wrongCodeBucket    = "wrong-code"         // of an account
	wrongNetworkBucket = "wrong-code-network" // of a network

	takenBucket      = "taken"      // login IDs of which a customer was told that others have them
	activationBucket = "activation" // attempts to choose a login ID, of an invited person
)

const day = 24 * time.Hour

// limit lets free failures pass and then asks for a wait.
type limit struct {
	within      time.Duration // counts the failures of this long; 0 counts those in a row
	free        int
	first, most time.Duration // the wait, doubled with each failure more; 0 waits until one no longer counts
}

// limits are the policy. With one step beside the current one, a guess at a
// code succeeds with 3 in a million, so that whoever knows a password gets in
// with 1.8 in 10,000 before the bucket of codes closes.
var limits = map[string][]limit{
	codeBucket:     {{0, 5, 30 * time.Second, time.Hour}, {day, 20, 0, 0}, {30 * day, closeAt, 0, 0}},
	passwordBucket: {{time.Hour, 100, time.Minute, time.Minute}, {0, closeInARow, time.Hour, time.Hour}},
	networkBucket:  {{time.Hour, 10, time.Second, time.Minute}},
	addressBucket:  {{10 * time.Minute, 30, 0, 0}},
	subnetBucket:   {{time.Hour, 300, 0, 0}},
	shareBucket:    {{day, 10, 0, 0}},
	hashBucket:     {{time.Hour, 300, 0, 0}},
	// Within the time that a link works: when no other is mailed, one of these
	// still does, unless it was used.
	resetBucket:     {{portico.ForgottenTime, 3, 0, 0}},
	endedBucket:     {{portico.ForgottenTime, 3, 0, 0}},
	emergencyBucket: {{time.Hour, 5, 0, 0}},
	emailBucket:     {{time.Hour, 5, 0, 0}, {day, 10, 0, 0}},
	unlockBucket:    {{day, 5, 0, 0}},

	takenBucket:      {{day, mostTaken, 0, 0}},
	activationBucket: {{time.Hour, 10, 0, 0}},
}

const (
	browserFailures = 10  // in a row, then a browser is no longer known
	closeAt         = 60  // failures of codes in 30 days close the bucket until somebody opens it
	closeInARow     = 100 // so do as many in a row (NIST SP 800-63B-4, 3.2.2)
	guessingInARow  = 5   // the person is told
	guessingInADay  = 10
	newNetwork      = 3  // failures in a row, then a network has no part in shareBucket; a day without any ends it
	alarmAccounts   = 20 // with failing codes within an hour: the operators are told
	alarmCustomer   = 15 // of them are counted of one customer, where there are several
	alarmNetworks   = 2  // at least, from which the codes came
	alarmDivisor    = 10 // and limits of the addresses there are this much lower

	lockedOut = time.Minute // whoever waits so long is shown as locked out
)

// count says how many failures a limit counts now.
func (l limit) count(f store.Failures, now time.Time) int {
	if l.within == 0 {
		return f.InARow
	}
	n := 0
	for _, at := range f.Recent {
		if at.After(now.Add(-l.within)) {
			n++
		}
	}
	return n
}

// wait says how long the limit refuses everything.
func (l limit) wait(f store.Failures, now time.Time) time.Duration {
	n := l.count(f, now)
	if n < l.free || n == 0 {
		return 0
	}
	if l.first == 0 {
		// Until so many have run out that one more is free.
		return f.Recent[len(f.Recent)-l.free].Add(l.within).Sub(now)
	}
	d := l.most
	if more := n - l.free; more < 20 {
		d = min(l.most, l.first<<more)
	}
	return max(0, f.FailedAt.Add(d).Sub(now))
}

// waitFor is the longest wait that a bucket's limits ask for, each divided by
// stricter.
func waitFor(f store.Failures, now time.Time, stricter int) time.Duration {
	var longest time.Duration
	for _, l := range limits[f.Kind] {
		l.free = max(1, l.free/stricter)
		longest = max(longest, l.wait(f, now))
	}
	return longest
}

// sharing is the bucket that a password is charged to: the account's, or, when
// that has to wait and the network is new to it, the share of such networks.
func sharing(account, share, network store.Failures, now time.Time) store.Failures {
	if waitFor(account, now, 1) > 0 && network.InARow < newNetwork && waitFor(share, now, 1) == 0 {
		return share
	}
	return account
}

// fail adds one failure to a bucket.
func fail(f store.Failures, now time.Time) store.Failures {
	f.InARow++
	f.FailedAt = now
	f.Recent = append(f.Recent, now)
	var longest time.Duration
	most := 0
	for _, l := range limits[f.Kind] {
		longest, most = max(longest, l.within), max(most, l.free)
	}
	// No limit looks further back than this, nor at many more: waits double
	// over a few.
	for len(f.Recent) > 0 && (!f.Recent[0].After(now.Add(-longest)) || len(f.Recent) > most+16) {
		f.Recent = f.Recent[1:]
	}
	if f.Kind == codeBucket && (f.InARow >= closeInARow || len(f.Recent) >= closeAt) {
		f.Closed = true
	}
	f.ExpiresAt = now.Add(max(longest, day))
	if wait := waitFor(f, now, 1); wait >= lockedOut && f.UserID != "" && (f.Kind == codeBucket || f.Kind == passwordBucket || f.Kind == networkBucket) {
		f.Locked = now.Add(wait)
	}
	if f.Closed {
		f.ExpiresAt = now.Add(100 * 365 * day)
		f.Locked = f.ExpiresAt
	}
	return f
}

// forgive takes the failure back that was charged at an instant and turned out
// to be a success. The others in the windows stay.
func forgive(f store.Failures, at time.Time) store.Failures {
	f.InARow, f.Locked = 0, time.Time{}
	for i, t := range f.Recent {
		if t.Equal(at) {
			f.Recent = append(append([]time.Time{}, f.Recent[:i]...), f.Recent[i+1:]...)
			break
		}
	}
	return f
}

// settle takes what a clock that was ahead has noted as of now, so that nobody
// waits longer than the limits say once the clock is right.
func settle(f store.Failures, now time.Time) store.Failures {
	earlier := func(t time.Time) time.Time {
		if t.After(now) {
			return now
		}
		return t
	}
	f.FailedAt = earlier(f.FailedAt)
	for i, t := range f.Recent {
		f.Recent[i] = earlier(t)
	}
	if until := now.Add(waitFor(f, now, 1)); !f.Closed && f.Locked.After(until) {
		f.Locked = until
	}
	return f
}

// guessing reports whether this failure is the one at which the person is
// told.
func guessing(f store.Failures, now time.Time) bool {
	return f.Kind == codeBucket && (f.InARow == guessingInARow || limit{within: day}.count(f, now) == guessingInADay)
}

// sourceOf names where a request comes from, as far as one subscriber reaches
// (an IPv4 address, an IPv6 /64), and the network around it (/24, /48).
func sourceOf(o portico.Origin) (address, subnet string) {
	ip, err := netip.ParseAddr(o.Address)
	if err != nil {
		return "unknown", "unknown"
	}
	ip = ip.Unmap().WithZone("")
	one, around := 32, 24
	if ip.Is6() {
		one, around = 64, 48
	}
	return netip.PrefixFrom(ip, one).Masked().String(), netip.PrefixFrom(ip, around).Masked().String()
}

// tooMany tells how long to wait, in words.
func tooMany(what string, wait time.Duration) *portico.Error {
	return &portico.Error{Code: portico.TooMany, Text: what + " Try again in " + inWords(wait) + ".", Wait: wait}
}

// inWords rounds up, so that whoever waits as long does not come too early.
func inWords(d time.Duration) string {
	n, unit := int((d+time.Second-1)/time.Second), "second"
	switch {
	case d > 48*time.Hour:
		n, unit = int((d+day-1)/day), "day"
	case d > 2*time.Hour:
		n, unit = int((d+time.Hour-1)/time.Hour), "hour"
	case d > 90*time.Second:
		n, unit = int((d+time.Minute-1)/time.Minute), "minute"
	}
	if n = max(n, 1); n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
