package auth

import (
	"cmp"
	"slices"
	"time"

	"portico"
	"portico/internal/password"
	"portico/internal/store"
)

// The throttle counts failures in buckets. A wrong code proves that the
// password was right, so strangers cannot reach the bucket of codes, and its
// limits may be strict. Strangers can reach the bucket of passwords, so it only
// ever delays. Known devices have failures of their own, so that a stranger's
// failures do not keep the user out of them.
const (
	codeBucket      = "code"             // codes of an account, and other proofs of its second factor
	passkeyBucket   = "passkey"          // those in codeBucket that were passkeys without a password before them
	passwordBucket  = "password"         // passwords of a login ID, from everywhere
	shareBucket     = "password-share"   // passwords that passwordBucket would refuse, from networks without failures
	networkBucket   = "password-network" // passwords of a login ID, from one network
	addressBucket   = "address"          // everything, from one address
	subnetBucket    = "subnet"           // everything, from one network
	forgottenBucket = "reset"            // mailed password links of an account, which anybody can ask for
	emergencyBucket = "emergency"        // password links mailed after a report of unauthorized activity
	endedBucket     = "ended"            // password links mailed after a log-in with an expired password
	emailBucket     = "email"            // new addresses that a user has entered
	unlockBucket    = "unlock"           // mailed unlock links of an account
	hashBucket      = "hash"             // hashes of an account, for right and wrong passwords, in one place
	alertBucket     = "alarm"            // records that the operators were alerted
	notifiedBucket  = "told"             // records that a user was notified of guessed codes
	copiedBucket    = "copied"           // records that a user was notified of a passkey that may have been copied

	// Kept for an hour, for the alert.
	wrongCodeBucket    = "wrong-code"         // wrong codes of an account
	wrongNetworkBucket = "wrong-code-network" // wrong codes from a network

	takenBucket      = "taken"      // login IDs that a customer has learned to be taken
	activationBucket = "activation" // attempts of an invited user to choose a login ID
)

const day = 24 * time.Hour

// limit allows a number of failures and then asks for a wait.
type limit struct {
	within      time.Duration // counts the failures within this time; 0 counts the consecutive ones
	free        int
	first, most time.Duration // the wait doubles from first to most; if 0, it lasts until a failure no longer counts
}

// limits are the limits of each kind of bucket. With one time step before and
// after the current one, a guess at a code succeeds with probability 3 in a
// million. So an attacker who knows the password gets in with probability 1.8
// in 10,000 before the bucket of codes closes.
var limits = map[string][]limit{
	codeBucket:     {{0, 5, 30 * time.Second, time.Hour}, {day, 20, 0, 0}, {30 * day, closeAt, 0, 0}},
	passkeyBucket:  {{30 * day, closeAt, 0, 0}}, // codeBucket is never emptier, and refuses before
	passwordBucket: {{time.Hour, 100, time.Minute, time.Minute}, {0, closeConsecutive, time.Hour, time.Hour}},
	networkBucket:  {{time.Hour, 10, time.Second, time.Minute}},
	addressBucket:  {{10 * time.Minute, 30, 0, 0}},
	subnetBucket:   {{time.Hour, 300, 0, 0}},
	shareBucket:    {{day, 10, 0, 0}},
	hashBucket:     {{time.Hour, 300, 0, 0}},
	// These windows are as long as a link works. So when no further link is
	// mailed, an earlier one still works, unless it was used.
	forgottenBucket: {{portico.ForgottenLinkTTL, 3, 0, 0}},
	endedBucket:     {{portico.ForgottenLinkTTL, 3, 0, 0}},
	emergencyBucket: {{time.Hour, 5, 0, 0}},
	emailBucket:     {{time.Hour, 5, 0, 0}, {day, 10, 0, 0}},
	unlockBucket:    {{day, 5, 0, 0}},

	takenBucket:      {{day, mostTaken, 0, 0}},
	activationBucket: {{time.Hour, 10, 0, 0}},
}

const (
	browserFailures     = 10  // after so many consecutive failures a device is no longer known
	closeAt             = 60  // so many failures of codes within 30 days close the bucket until they are reset
	closeConsecutive    = 100 // so do so many consecutive ones (NIST SP 800-63B-4, 3.2.2); for passwords, waits get longer
	guessingConsecutive = 5   // after so many consecutive wrong codes the user is notified
	guessingInADay      = 10  // or so many within a day
	newNetwork          = 3   // a network with so many consecutive failures may not use shareBucket, until a day without any
	alertAccounts       = 20  // the operators are alerted if more accounts than this have wrong codes within an hour
	alertPerCustomer    = 15  // at most so many accounts of one customer count, if there are several customers
	alertNetworks       = 2   // the codes must have come from at least so many networks
	alertDivisor        = 10  // divides the limits of these networks during an alert
	officeTimes         = 10  // multiplies the limits of addresses and networks of an office

	lockedOut = time.Minute // a user who must wait this long is shown as locked out
)

// count returns how many failures the limit counts at the time now.
func (l limit) count(f store.Failures, now time.Time) int {
	if l.within == 0 {
		return f.Consecutive
	}
	n := 0
	for _, at := range f.Recent {
		if at.After(now.Add(-l.within)) {
			n++
		}
	}
	return n
}

// wait returns how long the limit refuses an attempt that counts as charge
// failures.
func (l limit) wait(f store.Failures, now time.Time, charge int) time.Duration {
	n := l.count(f, now)
	if l.within == 0 {
		charge = 1 // consecutive failures are attempts
	}
	over := min(n, n+charge-l.free) // failures that have to go first
	if over <= 0 {
		return 0
	}
	if l.first == 0 {
		return f.Recent[len(f.Recent)-n+over-1].Add(l.within).Sub(now)
	}
	d := l.most
	if more := over - 1; more < 20 {
		d = min(l.most, l.first<<more)
	}
	return max(0, f.FailedAt.Add(d).Sub(now))
}

// waitFor returns the longest wait that a bucket's limits ask for.
func waitFor(f store.Failures, now time.Time) time.Duration { return waitToCharge(f, now, 1) }

// waitToCharge is waitFor before an attempt that counts as charge failures.
func waitToCharge(f store.Failures, now time.Time, charge int) time.Duration {
	var longest time.Duration
	for _, l := range limits[f.Kind] {
		longest = max(longest, l.wait(f, now, charge))
	}
	return longest
}

// waitAt is waitFor for a source. The number of free failures of each limit is
// multiplied by times and divided by stricter.
func waitAt(f store.Failures, now time.Time, times, stricter int) time.Duration {
	var longest time.Duration
	for _, l := range limits[f.Kind] {
		l.free = max(1, l.free*times/stricter)
		longest = max(longest, l.wait(f, now, 1))
	}
	return longest
}

// sharing returns the bucket that counts a password: the account's, or the
// share if the account's has to wait and the network has few failures.
func sharing(account, share, network store.Failures, now time.Time) store.Failures {
	if waitFor(account, now) > 0 && network.Consecutive < newNetwork && waitFor(share, now) == 0 {
		return share
	}
	return account
}

// fail returns the bucket with one failure added.
func fail(f store.Failures, now time.Time) store.Failures { return failAt(f, now, 1, 1) }

// failAt is fail for an attempt that counts as charge failures within the windows,
// and for a source that has times as many free failures.
func failAt(f store.Failures, now time.Time, charge, times int) store.Failures {
	f.Consecutive++
	f.FailedAt = now
	for range charge {
		f.Recent = append(f.Recent, now)
	}
	var longest time.Duration
	most := 0
	for _, l := range limits[f.Kind] {
		longest, most = max(longest, l.within), max(most, l.free*times)
	}
	// Failures that no limit looks at any more are dropped. Beyond the largest
	// limit, 16 are enough, because waits double only a few times.
	for len(f.Recent) > 0 && (!f.Recent[0].After(now.Add(-longest)) || len(f.Recent) > most+16) {
		f.Recent = f.Recent[1:]
	}
	if f.Kind == codeBucket && (f.Consecutive >= closeConsecutive || len(f.Recent) >= closeAt) {
		f.Closed = true
	}
	f.ExpiresAt = now.Add(max(longest, day))
	if wait := waitToCharge(f, now, charge); wait >= lockedOut && f.UserID != "" && (f.Kind == codeBucket || f.Kind == passwordBucket || f.Kind == networkBucket) {
		f.Locked = now.Add(wait)
	}
	if f.Closed {
		f.ExpiresAt = now.Add(100 * 365 * day)
		f.Locked = f.ExpiresAt
	}
	return f
}

// resetConsecutive removes the failures that an attempt was recorded as at an
// instant, which turned out to be a success. It resets the consecutive failures;
// the others within the windows stay.
func resetConsecutive(f store.Failures, at time.Time, charge int) store.Failures {
	f.Consecutive, f.Locked = 0, time.Time{}
	if i := slices.IndexFunc(f.Recent, at.Equal); i >= 0 {
		f.Recent = slices.Delete(slices.Clone(f.Recent), i, min(i+charge, len(f.Recent)))
	}
	// This attempt may have been the one that closed the bucket.
	if f.Closed && len(f.Recent) < closeAt {
		f.Closed, f.ExpiresAt = false, f.FailedAt.Add(30*day)
	}
	if f.Closed {
		f.Locked = f.ExpiresAt
	}
	return f
}

// capFuture moves times in the future, which were recorded while a clock was
// ahead, to now, so that nobody waits longer than the limits say once the clock
// is right.
func capFuture(f store.Failures, now time.Time) store.Failures {
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
	if until := now.Add(waitFor(f, now)); !f.Closed && f.Locked.After(until) {
		f.Locked = until
	}
	return f
}

// sourceOf returns the networks that a request comes from, as the buckets of
// sources name them. Requests without an IP address share one name.
func sourceOf(o portico.Origin) (address, subnet string) {
	address, subnet = o.Networks()
	return cmp.Or(address, "unknown"), cmp.Or(subnet, "unknown")
}

// turnOf returns the turn for an account or an unknown login ID. For a known
// device the source does not count, because a whole office may share one
// address.
func turnOf(known bool, account string, o portico.Origin) password.Turn {
	t := password.Turn{Known: known}
	if account != "" {
		t.Keys = append(t.Keys, "account "+account)
	}
	if !known || account == "" {
		address, subnet := sourceOf(o)
		t.Keys = append(t.Keys, "address "+address, "network "+subnet)
	}
	return t
}

// tooMany returns a TooMany error that says how long to wait, which is {0} in the
// text.
func tooMany(text portico.Text, wait time.Duration) *portico.Error {
	return &portico.Error{Code: portico.TooMany, Message: portico.Say(text, inWords(wait)), Wait: wait}
}

// inWords returns a duration in words. It rounds up, so that nobody who waits
// that long comes back too early.
func inWords(d time.Duration) portico.Message {
	in := func(unit time.Duration) int { return int((d + unit - 1) / unit) }
	switch {
	case d > 48*time.Hour:
		return portico.SayCount(in(day), "#wait 1 day|{n} days")
	case d > 2*time.Hour:
		return portico.SayCount(in(time.Hour), "#wait 1 hour|{n} hours")
	case d > 90*time.Second:
		return portico.SayCount(in(time.Minute), "#wait 1 minute|{n} minutes")
	}
	return portico.SayCount(max(in(time.Second), 1), "#wait 1 second|{n} seconds")
}
