package ui

import (
	"time"

	"portico"
)

// Kinds of AskPage.
const (
	AskReset    = "reset"    // delete somebody's 2FA setup, with a reason
	AskSuspend  = "suspend"  // suspend somebody
	AskWithdraw = "withdraw" // withdraw an invitation
)

// AskPage asks before something is done to somebody. It repeats the name and
// says what will end; Cancel has the focus.
type AskPage struct {
	Layout
	Problem *Problem
	Kind    string
	User    portico.User
	Action  string // where the form goes
	Cancel  string // where Cancel goes
	Reason  string // as typed, for AskReset

	// For AskReset: what comes next.
	Rule       portico.ResetRule
	Alone      bool   // nobody could approve
	MailProven bool   // a mail to the person proves something
	HandOver   bool   // the one-time code is shown, not mailed
	NewCode    bool   // there is no setup: a new one-time code is all that is asked for
	Open       string // address of a request that is open already
	Resets     string // address of all requests
}

// Waits reports whether asking is only the first step.
func (p AskPage) Waits() bool { return p.Kind == AskReset && !p.Rule.AtOnce() }

// ResetStatus is where a request stands, for a tag.
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

// Status is where the request stands.
func (r RequestRow) Status() ResetStatus { return ResetStatus{r.State, r.Step.Need} }

// ResetsPage is /administration/resets.
type ResetsPage struct {
	Layout
	Customer string
	Rows     []RequestRow
}

// ResetPage is /administration/resets/{reset}: one request, with what an
// approver has to know and what whoever asked does next.
type ResetPage struct {
	Layout
	Problem    *Problem
	Request    RequestRow
	User       portico.User
	Rule       portico.ResetRule // that counts
	Due        time.Time         // it takes effect not before; zero without a delay
	Asker      bool
	Approves   bool
	ShowsCode  bool // the one-time code can be shown, once
	MailProven bool
	CallsLeft  int // codes that can be mailed to be read back
	CallUntil  time.Time
	VouchURL   string
	Logins     []EventRow
	Others     []RequestRow
	Number     string // as typed
	SeenBy     string
}

// Proves reports whether the reader is to record a proof.
func (p ResetPage) Proves() bool { return p.Asker && p.Request.Step.Need == portico.NeedProof }

// Proof is the proof in words, "" for none.
func (p ResetPage) Proof() string {
	proof := p.Request.Proof
	switch proof.Kind {
	case portico.ProofMailed:
		return "A mailed code was read back"
	case portico.ProofVouched:
		return proof.Name + " vouched, with the own code"
	case portico.ProofCallBack:
		return "Called back on the number on file that ends in " + proof.Text
	case portico.ProofInPerson:
		return "Seen in person by " + proof.Text
	}
	return ""
}

// ResetCodePage shows a one-time code, once.
type ResetCodePage struct {
	Layout
	User portico.User
	Code string
	Back string
}

// VouchPage is /vouch/{reset}: a colleague is asked who is calling.
type VouchPage struct {
	Layout
	Request portico.ResetRequest
	Action  string
	Done    bool
}

// ResetRuleForm is what the policy's page asks for about the people of a role.
type ResetRuleForm struct {
	Role  portico.Role
	Rule  portico.ResetRule
	Delay string // as typed
}

// userTag is the state of somebody's 2FA, and what a reset asks for first.
func userTag(u portico.User) tag {
	t := newTag(u.TwoFactor)
	t.Text = u.TwoFactorLabel()
	return t
}

func resetTag(s ResetStatus) tag {
	switch s.State {
	case portico.ResetDone:
		return tag{"Done", "ok", "check"}
	case portico.ResetCancelled:
		return tag{"Cancelled", "quiet", "stop"}
	case portico.ResetExpired:
		return tag{"Run out", "quiet", "minus"}
	}
	switch s.Need {
	case portico.NeedProof:
		return tag{"Waits for a proof", "warn", "clock"}
	case portico.NeedApproval:
		return tag{"Waits for approval", "warn", "clock"}
	case portico.NeedTime:
		return tag{"Waits for its time", "warn", "clock"}
	case portico.NeedEnding:
		return tag{"Run out", "quiet", "minus"}
	}
	return tag{"Under way", "warn", "clock"}
}

func (ResetsPage) template() string    { return "resets" }
func (ResetPage) template() string     { return "reset" }
func (ResetCodePage) template() string { return "reset-code" }
func (VouchPage) template() string     { return "vouch" }
func (AskPage) template() string       { return "ask" }
