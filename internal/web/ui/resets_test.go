package ui

import (
	"time"

	"portico"
)

// resetRows returns requests in every state.
func resetRows(hostile string, at time.Time) []RequestRow {
	request := portico.ResetRequest{
		TargetName: hostile, Reason: hostile, HelpDeskPhrase: hostile, AskedAt: at, Requester: portico.Actor{Name: hostile, LoginID: hostile, Role: portico.RoleHelpDesk},
		Proof:    portico.ResetProof{Kind: portico.ProofCallBack, Text: hostile, At: at},
		Approval: portico.ResetApproval{By: "b", Name: hostile, At: at},
	}
	var rows []RequestRow
	for _, s := range []ResetStatus{
		{portico.ResetOpen, portico.NeedsProof},
		{portico.ResetOpen, portico.NeedsApproval},
		{portico.ResetOpen, portico.NeedsWait},
		{portico.ResetOpen, portico.HasExpired},
		{portico.ResetOpen, portico.Ready},
		{portico.ResetDone, portico.Closed},
		{portico.ResetCancelled, portico.Closed},
		{portico.ResetExpired, portico.Closed},
	} {
		r := request
		r.State = s.State
		if s.State != portico.ResetOpen {
			r.EndedAt, r.EndedBy, r.EndedWhy = at, hostile, hostile
		}
		rows = append(rows, RequestRow{ResetRequest: r, Address: "/r", Step: portico.ResetStep{Need: s.Need, Until: at}, Flagged: at})
	}
	return rows
}

func resetPages(l Layout, problem *Problem, u portico.User, hostile string, at time.Time) []Page {
	pages := []Page{ResetPage{Layout: l}}
	all := portico.ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true, DelayHours: 4}
	for i, row := range resetRows(hostile, at) {
		p := ResetPage{Layout: l, Request: row, User: u, Rule: all, Due: at, IsRequester: true, CallsLeft: 2, VouchURL: "https://portal.example/vouch/x", Number: hostile, SeenBy: hostile}
		pages = append(pages, p)
		p.Problem, p.MailProven, p.CallUntil, p.IsRequester, p.Approves = problem, true, at, i == 0, i > 0
		p.ShowsCode, p.Others = i > 4, resetRows(hostile, at)
		p.Logins = []EventRow{{portico.Event{At: at, Actor: portico.Actor{Origin: portico.Origin{Address: hostile}}}, hostile}}
		pages = append(pages, p)
	}
	return pages
}
