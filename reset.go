package portico

import (
	"slices"
	"time"
)

// ResetID identifies a request to delete somebody else's 2FA setup.
type ResetID string

// ResetState is the stored state of a request. What an open request waits for
// is not stored: NextReset computes it from what has happened.
type ResetState string

const (
	ResetOpen      ResetState = "open"
	ResetDone      ResetState = "done"
	ResetCancelled ResetState = "cancelled"
	ResetExpired   ResetState = "expired"
)

// ProofKind says how the caller was shown to be the target.
type ProofKind string

const (
	ProofMailed   ProofKind = "mailed code" // the caller read back a code that was mailed
	ProofVouched  ProofKind = "vouched"     // a colleague vouched, and proved it with their own code
	ProofCallBack ProofKind = "call back"   // the administrator called back a number on file
	ProofInPerson ProofKind = "in person"
)

// ResetProof is a proof that the caller is the target. The zero value means
// that there is none.
type ResetProof struct {
	Kind ProofKind
	Text string // the number that was called, or who saw the person
	By   UserID // who recorded it: an administrator, or the colleague who vouched
	Name string
	At   time.Time
}

// Message returns how the caller was checked, as the audit log tells it.
func (p ResetProof) Message() Message {
	switch p.Kind {
	case ProofMailed:
		return Say("mailed code read back")
	case ProofVouched:
		return Say("{0} vouched", p.Name)
	case ProofCallBack:
		return Say("called back on {0}", p.Text)
	case ProofInPerson:
		return Say("seen in person by {0}", p.Text)
	}
	return Verbatim(string(p.Kind))
}

// ResetApproval is the approval by another administrator. The zero value means
// that there is none.
type ResetApproval struct {
	By    UserID
	Epoch int64 // of the approver's account at that time
	Name  string
	At    time.Time
}

// ResetRequest is a request for a 2FA reset. After it is made, it collects what
// its rule requires, in the order of NextReset, until it is done. It can be
// cancelled or expire at any time before.
type ResetRequest struct {
	ID              ResetID
	CustomerID      CustomerID
	Target          UserID
	TargetName      string        // name and login ID
	Setup           string        // the IDs of the authenticators at that time, with blanks between; empty if the request is for a new reset code only
	Only            Authenticator // the one to delete, with its name at that time; without an ID for the whole setup
	Requester       Actor         // the requester
	RequesterEpoch  int64         // of the requester's account at that time
	Reason          string
	Rule            ResetRule // as it was when the request was made
	NoApprover      bool      // nobody could approve when the request was made
	DeliverInPerson bool      // the reset code is shown to the requester, not mailed
	HelpDeskPhrase  string    // help-desk phrase, also shown in the mail to the target
	AskedAt         time.Time
	Proof           ResetProof
	Approval        ResetApproval
	State           ResetState
	EndedAt         time.Time
	EndedBy         string
	EndReason       Text // the portal's own words, which are stored
}

// Told returns the details of an event whose sentence tells of the whole setup: that the
// request is about one authenticator, if it is, and the portal's words, if there are any.
func (r ResetRequest) Told(words Text) Message {
	switch {
	case r.Only.ID == "":
		return Say(words)
	case words == "":
		return Say("Only {0}", r.Only.Named())
	}
	return Say("Only {0}; {1}", r.Only.Named(), words)
}

// ResetNeed is what a request needs next.
type ResetNeed string

const (
	NeedsProof    ResetNeed = "proof"
	NeedsApproval ResetNeed = "approval"
	NeedsWait     ResetNeed = "time"    // to wait until ResetStep.Until
	Ready         ResetNeed = "doing"   // nothing: the setup can be deleted now
	HasExpired    ResetNeed = "ending"  // nothing: it is too late, and the request expires
	Closed        ResetNeed = "nothing" // nothing: the request has ended
)

// ResetStep is what a request needs next. Until is the deadline for NeedsProof
// and NeedsApproval, and the end of the waiting period for NeedsWait; otherwise
// it is zero.
type ResetStep struct {
	Need  ResetNeed
	Until time.Time
}

// NextReset decides what a request needs next; nothing else does. It is pure,
// like Next in package auth: before a setup is deleted, it must be called with
// the request as read in the same transaction, the rule now in force, and the
// number of people who could approve now or could until lately: somebody who is kept
// from approving for a week has to be waited for, or the requester could do that
// to all others first. Both that rule and the rule from when
// the request was made must be met, so relaxing a policy does not help a
// request that is already open.
func NextReset(r ResetRequest, now ResetRule, approvers int, at time.Time) ResetStep {
	if r.State != ResetOpen {
		return ResetStep{Need: Closed}
	}
	rule := r.Rule.Stricter(now)
	decide, due := r.AskedAt.Add(ResetDay), r.Due(now)
	switch {
	case !at.Before(due.Add(ResetPastDue)):
		return ResetStep{Need: HasExpired}
	case rule.CallerCheck && r.Proof.Kind == "":
		return within(NeedsProof, decide, at)
	case rule.TwoPeople && (!r.NoApprover || approvers > 0) && r.Approval.By == "":
		return within(NeedsApproval, decide, at)
	case at.Before(due):
		return ResetStep{Need: NeedsWait, Until: due}
	}
	return ResetStep{Need: Ready}
}

func within(n ResetNeed, until, at time.Time) ResetStep {
	if at.Before(until) {
		return ResetStep{Need: n, Until: until}
	}
	return ResetStep{Need: HasExpired}
}

// Due returns when the request can take effect at the earliest. The waiting
// period begins when the request is made, which is also when the target is
// notified.
func (r ResetRequest) Due(now ResetRule) time.Time {
	rule := r.Rule.Stricter(now)
	delay := time.Duration(rule.DelayHours) * time.Hour
	if rule.TwoPeople && r.NoApprover {
		delay = max(delay, ResetNoApproverDelay)
	}
	return r.AskedAt.Add(delay)
}

var (
	errResetOver     = E(Conflict, "This request has ended. Its page shows how.")
	errResetOwn      = E(Forbidden, "The approver must be neither the requester nor the user whose setup it is.")
	errResetTopRole  = E(Forbidden, "Only an administrator of the customer itself can approve this.")
	errResetVouch    = E(Forbidden, "A colleague has to vouch: neither the requester nor the user whose setup it is.")
	errResetProved   = E(Conflict, "The caller's identity is already verified.")
	errResetApproved = E(Conflict, "Someone else has already approved this.")
)

// Prove returns the request with a proof that the caller is the target. It
// returns a Conflict error if the request has ended or has a proof already, and
// a Forbidden error if the proof is not acceptable: the target cannot prove
// anything, and the requester cannot vouch.
func (r ResetRequest) Prove(p ResetProof) (ResetRequest, error) {
	known := []ProofKind{ProofMailed, ProofVouched, ProofCallBack, ProofInPerson}
	switch {
	case r.State != ResetOpen:
		return r, errResetOver
	case r.Proof.Kind != "":
		return r, errResetProved
	case !slices.Contains(known, p.Kind) || p.By == "" || p.By == r.Target:
		return r, errResetVouch
	case p.Kind == ProofVouched && p.By == r.Requester.UserID:
		return r, errResetVouch
	}
	r.Proof = p
	return r, nil
}

// Approve returns the request with an approval. The approver must be an active
// administrator of the customer itself (CanApprove), and neither the requester
// nor the target. Otherwise it returns a Forbidden error, or a Conflict error
// if the request has ended or is approved already.
func (r ResetRequest) Approve(by User, epoch int64, at time.Time) (ResetRequest, error) {
	switch {
	case r.State != ResetOpen:
		return r, errResetOver
	case r.Approval.By != "":
		return r, errResetApproved
	case !CanApprove(by, r.CustomerID):
		return r, errResetTopRole
	case by.ID == r.Requester.UserID || by.ID == r.Target:
		return r, errResetOwn
	}
	r.Approval = ResetApproval{By: by.ID, Epoch: epoch, Name: by.Name(), At: at}
	return r, nil
}

// CanApprove reports whether u may approve resets in a customer. It does not
// check whether u is the requester or the target.
func CanApprove(u User, in CustomerID) bool {
	return u.ID != "" && u.CustomerID == in && u.Status == Active && u.Role == TopRole(in)
}

// Finish returns the request as done. It returns a Conflict error if something
// is still missing. This is the only way to reach ResetDone.
func (r ResetRequest) Finish(now ResetRule, approvers int, at time.Time) (ResetRequest, error) {
	if NextReset(r, now, approvers, at).Need != Ready {
		return r, errResetOver
	}
	return r.end(ResetDone, "", "", at)
}

// Cancel returns the request as cancelled.
func (r ResetRequest) Cancel(by string, why Text, at time.Time) (ResetRequest, error) {
	return r.end(ResetCancelled, by, why, at)
}

// Expire returns the request as expired.
func (r ResetRequest) Expire(at time.Time) (ResetRequest, error) {
	return r.end(ResetExpired, "", "", at)
}

func (r ResetRequest) end(s ResetState, by string, why Text, at time.Time) (ResetRequest, error) {
	if r.State != ResetOpen {
		return r, errResetOver
	}
	r.State, r.EndedAt, r.EndedBy, r.EndReason = s, at, by, why
	return r, nil
}
