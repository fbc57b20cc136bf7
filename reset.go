package portico

import (
	"slices"
	"time"
)

// ResetID identifies a request to delete somebody else's 2FA setup.
type ResetID string

// ResetState is where a request stands for good. What an open one waits for is
// not stored: NextReset computes it from what has happened.
type ResetState string

const (
	ResetOpen      ResetState = "open"
	ResetDone      ResetState = "done"
	ResetCancelled ResetState = "cancelled"
	ResetExpired   ResetState = "expired"
)

// ProofKind is how an administrator knows that it is the person who calls.
type ProofKind string

const (
	ProofMailed   ProofKind = "mailed code" // was read back
	ProofVouched  ProofKind = "vouched"     // by a colleague, who has proved the own code
	ProofCallBack ProofKind = "call back"   // to a number on file
	ProofInPerson ProofKind = "in person"
)

// ResetProof is one such proof; the zero value is none.
type ResetProof struct {
	Kind ProofKind
	Text string // the number, or who has seen the person
	By   UserID // who recorded it: the administrator, or the colleague who vouches
	Name string
	At   time.Time
}

// ResetApproval is another administrator's; the zero value is none.
type ResetApproval struct {
	By    UserID
	Epoch int64 // of the account then
	Name  string
	At    time.Time
}

// ResetRequest is a request with a life: asked for, then what its rule demands
// in NextReset's order, then done; cancelled or expired at any time before.
type ResetRequest struct {
	ID         ResetID
	CustomerID CustomerID
	Target     UserID
	TargetName string // name and login ID
	FactorID   string // of the setup that was there; empty for a new one-time code alone
	By         Actor  // who asked
	ByEpoch    int64  // of that account then
	Reason     string
	Rule       ResetRule // as it was when asked for
	Alone      bool      // nobody could approve then
	HandOver   bool      // the one-time code is shown to whoever asked, not mailed
	Phrase     string    // that the person finds in the mail
	AskedAt    time.Time
	Proof      ResetProof
	Approval   ResetApproval
	State      ResetState
	EndedAt    time.Time
	EndedBy    string
	EndedWhy   string
}

// ResetNeed is what a request needs next.
type ResetNeed string

const (
	NeedProof    ResetNeed = "proof"
	NeedApproval ResetNeed = "approval"
	NeedTime     ResetNeed = "time"    // to pass until ResetStep.Until
	NeedDoing    ResetNeed = "doing"   // everything has been given: do it now
	NeedEnding   ResetNeed = "ending"  // too late: it expires
	NeedNothing  ResetNeed = "nothing" // it has ended
)

// ResetStep is what comes next, and until when it has time; for NeedTime, when
// it is due.
type ResetStep struct {
	Need  ResetNeed
	Until time.Time
}

// NextReset is the one dispatcher of resets. It is pure, as Next in package
// auth is: whoever deletes a setup calls it with the request as it stands in
// the same transaction, the rule that holds now, and how many people could
// approve now. The stricter counts of that rule and of the one that held when
// it was asked for: relaxing a policy opens nothing that is under way.
func NextReset(r ResetRequest, now ResetRule, approvers int, at time.Time) ResetStep {
	if r.State != ResetOpen {
		return ResetStep{Need: NeedNothing}
	}
	rule := r.Rule.Stricter(now)
	decide, due := r.AskedAt.Add(ResetDay), r.Due(now)
	switch {
	case !at.Before(due.Add(ResetLate)):
		return ResetStep{Need: NeedEnding}
	case rule.CallerCheck && r.Proof.Kind == "":
		return within(NeedProof, decide, at)
	case rule.TwoPeople && (!r.Alone || approvers > 0) && r.Approval.By == "":
		return within(NeedApproval, decide, at)
	case at.Before(due):
		return ResetStep{Need: NeedTime, Until: due}
	}
	return ResetStep{Need: NeedDoing}
}

func within(n ResetNeed, until, at time.Time) ResetStep {
	if at.Before(until) {
		return ResetStep{Need: n, Until: until}
	}
	return ResetStep{Need: NeedEnding}
}

// Due is when the request takes effect at the earliest: its delay begins with
// the mail that tells the person of it.
func (r ResetRequest) Due(now ResetRule) time.Time {
	rule := r.Rule.Stricter(now)
	delay := time.Duration(rule.DelayHours) * time.Hour
	if rule.TwoPeople && r.Alone {
		delay = max(delay, ResetAlone)
	}
	return r.AskedAt.Add(delay)
}

var (
	errResetOver     = E(Conflict, "This request has ended. Look at its page for how.")
	errResetOwn      = E(Forbidden, "Three different people are needed: who asks, who approves, and whose setup it is.")
	errResetLead     = E(Forbidden, "An administrator of the customer itself has to approve this.")
	errResetVouch    = E(Forbidden, "A colleague has to vouch: neither who asks nor whose setup it is.")
	errResetProved   = E(Conflict, "A proof is recorded already.")
	errResetApproved = E(Conflict, "Somebody was faster and has approved this.")
)

// Prove records the proof of who is calling.
func (r ResetRequest) Prove(p ResetProof) (ResetRequest, error) {
	known := []ProofKind{ProofMailed, ProofVouched, ProofCallBack, ProofInPerson}
	switch {
	case r.State != ResetOpen:
		return r, errResetOver
	case r.Proof.Kind != "":
		return r, errResetProved
	case !slices.Contains(known, p.Kind) || p.By == "" || p.By == r.Target:
		return r, errResetVouch
	case p.Kind == ProofVouched && p.By == r.By.UserID:
		return r, errResetVouch
	}
	r.Proof = p
	return r, nil
}

// Approve records an approval: by an administrator of the customer itself, who
// neither asked nor is the person.
func (r ResetRequest) Approve(by User, epoch int64, at time.Time) (ResetRequest, error) {
	switch {
	case r.State != ResetOpen:
		return r, errResetOver
	case r.Approval.By != "":
		return r, errResetApproved
	case !CanApprove(by, r.CustomerID):
		return r, errResetLead
	case by.ID == r.By.UserID || by.ID == r.Target:
		return r, errResetOwn
	}
	r.Approval = ResetApproval{By: by.ID, Epoch: epoch, Name: by.Name(), At: at}
	return r, nil
}

// CanApprove reports whether somebody may approve resets in a customer, those
// of oneself and for oneself apart.
func CanApprove(u User, in CustomerID) bool {
	return u.ID != "" && u.CustomerID == in && u.Status == Active && u.Role == LeadRole(in)
}

// Finish ends a request as done, unless something is still missing: this is
// the only way to ResetDone.
func (r ResetRequest) Finish(now ResetRule, approvers int, at time.Time) (ResetRequest, error) {
	if NextReset(r, now, approvers, at).Need != NeedDoing {
		return r, errResetOver
	}
	return r.end(ResetDone, "", "", at)
}

// Cancel ends a request that shall not take effect.
func (r ResetRequest) Cancel(by, why string, at time.Time) (ResetRequest, error) {
	return r.end(ResetCancelled, by, why, at)
}

// Expire ends a request whose time is over.
func (r ResetRequest) Expire(at time.Time) (ResetRequest, error) {
	return r.end(ResetExpired, "", "", at)
}

func (r ResetRequest) end(s ResetState, by, why string, at time.Time) (ResetRequest, error) {
	if r.State != ResetOpen {
		return r, errResetOver
	}
	r.State, r.EndedAt, r.EndedBy, r.EndedWhy = s, at, by, why
	return r, nil
}
