package ui

import (
	"slices"
	"time"

	"portico"
)

// Kinds of AskPage.
const (
	AskReset    = "reset"    // delete a user's 2FA setup, with a reason
	AskSuspend  = "suspend"  // suspend a user
	AskWithdraw = "withdraw" // withdraw an invitation
	AskDelete   = "delete"   // delete a user
)

// AskWhole is the choice of the whole 2FA setup, where there are several authenticators.
const AskWhole = "whole"

// AskPage asks before something is done to a user. It repeats the name and says
// what will end. Cancel has the focus.
type AskPage struct {
	Layout
	Problem *Problem
	Kind    string
	User    portico.User
	Action  string // address that the form is sent to
	Cancel  string // address that Cancel leads to
	Reason  string // as typed, for AskReset

	// For AskReset: what happens next.
	Rule            portico.ResetRule
	MustEnrol       bool   // without the setup, the person can only set up 2FA
	NoApprover      bool   // nobody else could approve
	NoneYet         bool   // nobody can approve at present
	Earlier         bool   // an address from before is mailed as well
	MailProven      bool   // a mail to the person proves something
	DeliverInPerson bool   // the reset code is shown, not mailed
	NewCode         bool   // there is no setup, so only a new reset code is asked for
	Open            string // address of a request that is already open

	Authenticators []portico.Authenticator
	Chosen         string // what is to be deleted: AskWhole, or the ID of one of them; "" for no choice yet

	Resets string // address of all requests
}

// Several reports whether one authenticator can be deleted alone.
func (p AskPage) Several() bool { return p.Kind == AskReset && len(p.Authenticators) > 1 }

// Waits reports whether the reset needs further steps after it was asked for.
func (p AskPage) Waits() bool { return p.Kind == AskReset && !p.Rule.AtOnce() }

// ResetStatus is the status of a request, for a tag.
type ResetStatus struct {
	State portico.ResetState
	Need  portico.ResetNeed
}

// RequestRow is a request in a list.
type RequestRow struct {
	portico.ResetRequest
	Address string
	Step    portico.ResetStep
	Flagged time.Time
}

// Status returns the status of the request.
func (r RequestRow) Status() ResetStatus { return ResetStatus{r.State, r.Step.Need} }

// ResetsPage is /administration/resets.
type ResetsPage struct {
	Layout
	Customer string
	Rows     []RequestRow
}

// ResetPage is /administration/resets/{reset}: one request, with what an
// approver has to know and what the requester does next.
type ResetPage struct {
	Layout
	Problem     *Problem
	Request     RequestRow
	User        portico.User
	OnlyNow     portico.Authenticator // Request.Only as it is now; without an ID if it is gone
	Rule        portico.ResetRule     // the rule that applies
	Due         time.Time             // earliest time at which it takes effect; zero without a waiting period
	IsRequester bool
	Approves    bool
	ShowsCode   bool // the reset code can be shown, once
	MailProven  bool
	Earlier     bool // an address from before was mailed as well
	CallsLeft   int  // how many more codes can be mailed to be read back
	CallUntil   time.Time
	VouchURL    string
	Logins      []EventRow
	Others      []RequestRow
	Number      string // as typed
	SeenBy      string
}

// Proves reports whether the reader is the one to record a proof.
func (p ResetPage) Proves() bool { return p.IsRequester && p.Request.Step.Need == portico.NeedsProof }

// Proof returns the proof in words, "" if there is none.
func (p ResetPage) Proof() string {
	proof, l := p.Request.Proof, p.In()
	switch proof.Kind {
	case portico.ProofMailed:
		return l.Text("An emailed code was read back")
	case portico.ProofVouched:
		return l.Text("{0} vouched, confirmed with a code", proof.Name)
	case portico.ProofCallBack:
		return l.Text("Called back on the number on file ending in {0}", proof.Text)
	case portico.ProofInPerson:
		return l.Text("Met in person by {0}", proof.Text)
	}
	return ""
}

// ResetCodePage shows a reset code, once.
type ResetCodePage struct {
	Layout
	User portico.User
	Code string
	Back string
}

// VouchPage is /vouch/{reset}, which asks a colleague of the target to vouch.
type VouchPage struct {
	Layout
	Request portico.ResetRequest
	Action  string
	Done    bool
}

// ResetRuleForm is the part of the policy form about resets for one role.
type ResetRuleForm struct {
	Role  portico.Role
	Rule  portico.ResetRule
	Delay string // as typed
}

// userTag returns the tag for a user's 2FA status, including what the next
// log-in asks for after a reset.
func userTag(u portico.User) tag {
	t := tagOf(u.TwoFactor)
	t.Text = u.TwoFactorText()
	return t
}

func resetTag(s ResetStatus) tag {
	switch s.State {
	case portico.ResetDone:
		return tag{"Done", "ok", "check"}
	case portico.ResetCancelled:
		return tag{"Cancelled", "quiet", "stop"}
	case portico.ResetExpired:
		return tag{"Expired", "quiet", "minus"}
	}
	switch s.Need {
	case portico.NeedsProof:
		return tag{"Waiting for verification", "warn", "clock"}
	case portico.NeedsApproval:
		return tag{"Waiting for approval", "warn", "clock"}
	case portico.NeedsWait:
		return tag{"In waiting period", "warn", "clock"}
	case portico.HasExpired:
		return tag{"Expired", "quiet", "minus"}
	}
	return tag{"In progress", "warn", "clock"}
}

func (ResetsPage) template() string    { return "resets" }
func (ResetPage) template() string     { return "reset" }
func (ResetCodePage) template() string { return "reset-code" }
func (VouchPage) template() string     { return "vouch" }
func (AskPage) template() string       { return "ask" }

// RowsAt returns the rows with their times in the reader's zone.
func (l Layout) RowsAt(rows []RequestRow) []RequestRow {
	out := slices.Clone(rows)
	for i := range out {
		out[i].AskedAt = l.Local(out[i].AskedAt)
	}
	return out
}
