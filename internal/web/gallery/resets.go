package gallery

import (
	"time"

	"portico"
	"portico/internal/web/ui"
)

const resetsPath = "/administration/resets"

// everyRule is the strictest rule for resets: it asks for everything.
var everyRule = portico.ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true, DelayHours: 4}

func resetOf(u portico.User, state portico.ResetState, need portico.ResetNeed) ui.RequestRow {
	return ui.RequestRow{Address: resetsPath + "/1", Step: portico.ResetStep{Need: need, Until: now.Add(20 * time.Hour)}, ResetRequest: portico.ResetRequest{
		TargetName: u.NameAndLogin(), Requester: portico.AsUser(ann, portico.Origin{}), Reason: "lost phone", HelpDeskPhrase: "amber kettle river",
		AskedAt: now.Add(-10 * time.Minute), State: state, Rule: everyRule,
	}}
}

func resets() []State {
	l := administrator("Requests to delete a 2FA setup", resetsPath)
	proved := portico.ResetProof{Kind: portico.ProofMailed, By: ann.ID, Name: ann.Name(), At: now.Add(-5 * time.Minute)}
	approved := portico.ResetApproval{By: eunji.ID, Name: "Maria Oliveira", At: now.Add(-2 * time.Minute)}
	proof, approval, waiting := resetOf(ben, portico.ResetOpen, portico.NeedsProof), resetOf(ben, portico.ResetOpen, portico.NeedsApproval), resetOf(dmitri, portico.ResetOpen, portico.NeedsWait)
	done, cancelled, expired := resetOf(gus, portico.ResetDone, portico.Closed), resetOf(carla, portico.ResetCancelled, portico.Closed), resetOf(eunji, portico.ResetExpired, portico.Closed)
	approval.Proof, waiting.Proof, done.Proof = proved, proved, proved
	waiting.Approval, done.Approval = approved, approved
	done.EndedAt, cancelled.EndedAt, expired.EndedAt = now, now, now
	done.Flagged = now
	cancelled.EndedBy, cancelled.EndReason = carla.Name(), "with the button in the email; the account is frozen"
	page := func(row ui.RequestRow, change func(*ui.ResetPage)) ui.ResetPage {
		p := ui.ResetPage{
			Layout: administrator(row.TargetName, resetsPath), Request: row, User: ben, Rule: everyRule, Due: row.AskedAt.Add(4 * time.Hour), MailProven: true,
			CallsLeft: 3, VouchURL: "https://portal.acme.example/vouch/019ab0c4-4c2e-7d1f-9c1a-2b7d5a3e8f10",
			Logins: []ui.EventRow{
				{Event: portico.Event{At: now.Add(-26 * time.Hour), Actor: portico.Actor{Origin: portico.Origin{Address: "192.0.2.17"}}}, Browser: firefox.BrowserName()},
				{Event: portico.Event{At: now.Add(-50 * time.Hour), Actor: portico.Actor{Origin: portico.Origin{Address: "192.0.2.17"}}}, Browser: firefox.BrowserName()},
			},
		}
		change(&p)
		return p
	}
	oneOnly := func(row ui.RequestRow) ui.RequestRow {
		row.Only = twoApps()[1]
		return row
	}
	requester := func(p *ui.ResetPage) { p.IsRequester = true }
	return []State{
		{"None yet", ui.ResetsPage{Layout: l, Customer: issuer}},
		{"Several", ui.ResetsPage{Layout: l, Customer: issuer, Rows: []ui.RequestRow{proof, approval, waiting, done, cancelled, expired}}},
		{"Who is calling", page(proof, requester)},
		{"One authenticator waits", page(oneOnly(waiting), requester)},
		{"Approve the deletion of one authenticator", page(oneOnly(approval), func(p *ui.ResetPage) {
			p.Approves, p.OnlyNow = true, twoApps()[1]
			p.OnlyNow.Name = "Old phone"
		})},
		{"Code mailed", page(proof, func(p *ui.ResetPage) {
			p.IsRequester, p.CallUntil, p.CallsLeft, p.Problem = true, now.Add(8*time.Minute), 2, wrong("call_code", "This is not the code in the email. Ask the caller to read it again.")
		})},
		{"New mail address", page(proof, func(p *ui.ResetPage) { p.IsRequester, p.MailProven = true, false })},
		{"To approve", page(approval, func(p *ui.ResetPage) { p.Approves, p.Others = true, []ui.RequestRow{cancelled, expired} })},
		{"Waiting", page(waiting, requester)},
		{"Waiting, address changed lately", page(waiting, func(p *ui.ResetPage) { p.Earlier = true })},
		{"Code to hand over", page(done, func(p *ui.ResetPage) { p.IsRequester, p.ShowsCode = true, true })},
		{"Cancelled by the person", page(cancelled, requester)},
		{"Shown once", ui.ResetCodePage{Layout: administrator("Reset code", resetsPath), User: ben, Code: "KQ7M-2XWA-6PLE-RT4C-H3TB-XQ5N", Back: resetsPath + "/1"}},
		{"Asked", ui.VouchPage{Layout: user("Vouch for a colleague"), Request: resetOf(dmitri, portico.ResetOpen, portico.NeedsProof).ResetRequest, Action: "/vouch/1"}},
		{"Vouched", ui.VouchPage{Layout: user("Thank you"), Request: proof.ResetRequest, Done: true}},
	}
}
