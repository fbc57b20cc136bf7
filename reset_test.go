package portico_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"portico"
)

var asked = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func somebody(id portico.UserID, c portico.CustomerID, role portico.Role, status portico.Status) portico.User {
	return portico.User{ID: id, CustomerID: c, Role: role, Status: status, FirstName: string(id), LoginID: string(id)}
}

// crowd is everybody who might try to approve or prove something.
var crowd = []portico.User{
	somebody("asker", "acme", portico.RoleAdministrator, portico.Active),
	somebody("target", "acme", portico.RoleAdministrator, portico.Active),
	somebody("lead", "acme", portico.RoleAdministrator, portico.Active),
	somebody("gone", "acme", portico.RoleAdministrator, portico.Suspended),
	somebody("desk", "acme", portico.RoleHelpDesk, portico.Active),
	somebody("user", "acme", portico.RoleUser, portico.Active),
	somebody("elsewhere", "globex", portico.RoleAdministrator, portico.Active),
	somebody("olga", portico.ProviderID, portico.RoleOperator, portico.Active),
	{},
}

// world is a request with its surroundings.
type world struct {
	r         portico.ResetRequest
	rule      portico.ResetRule // in force
	approvers int               // who can approve
	lately    int               // who could within a week, and was changed since
	at        time.Time
}

// others counts those without whom nobody is alone.
func (w world) others() int { return w.approvers + w.lately }

// like returns the world without what makes no difference to what can follow.
func (w world) like() world {
	w.r.Proof.At, w.r.Approval.At, w.r.EndedAt = time.Time{}, time.Time{}, time.Time{}
	if w.r.Proof.Kind != portico.ProofVouched {
		w.r.Proof.By = ""
	}
	return w
}

// events returns everything that can happen. Each function returns the next
// world, or the same one if the event was refused.
func events() map[string]func(world) world {
	happen := map[string]func(world) world{
		"finish": func(w world) world { w.r, _ = w.r.Finish(w.rule, w.others(), w.at); return w },
		"cancel": func(w world) world { w.r, _ = w.r.Cancel("x", "y", w.at); return w },
		"expire": func(w world) world { w.r, _ = w.r.Expire(w.at); return w },
		"relax":  func(w world) world { w.rule = portico.ResetRule{}; return w },
		"tighten": func(w world) world {
			w.rule = portico.ResetRule{TwoPeople: true, CallerCheck: true, DelayHours: 36, ResetCode: true}
			return w
		},
		"everybody goes":  func(w world) world { w.approvers, w.lately = 0, 0; return w },
		"all are changed": func(w world) world { w.approvers, w.lately = 0, min(1, w.others()); return w },
		"somebody comes":  func(w world) world { w.approvers = 1; return w },
		"half a day goes": func(w world) world { w.at = w.at.Add(12 * time.Hour); return w },
	}
	for _, u := range crowd {
		happen["approve by "+string(u.ID)] = func(w world) world { w.r, _ = w.r.Approve(u, 1, w.at); return w }
		for _, kind := range []portico.ProofKind{portico.ProofMailed, portico.ProofVouched, "", "a feeling"} {
			happen[fmt.Sprintf("proof %q by %s", kind, u.ID)] = func(w world) world {
				w.r, _ = w.r.Prove(portico.ResetProof{Kind: kind, By: u.ID, At: w.at})
				return w
			}
		}
	}
	return happen
}

// check fails if a transition from one world to the next breaks a rule.
func check(t *testing.T, from, to world) {
	if from.r.State != portico.ResetOpen && from.r != to.r {
		t.Fatalf("what has ended goes on: %+v, then %+v", from.r, to.r)
	}
	if a := to.r.Approval.By; a != "" && a != "lead" && (a != "asker" || to.r.Requester.UserID == "asker") {
		t.Fatalf("%s has approved", a)
	}
	if p := to.r.Proof; p.By == "target" || p.Kind == portico.ProofVouched && p.By == to.r.Requester.UserID || p.Kind == "a feeling" {
		t.Fatalf("proved by %+v", p)
	}
	if from.r.State != portico.ResetOpen || to.r.State != portico.ResetDone {
		return
	}
	rule := to.r.Rule.Stricter(to.rule)
	waited := to.r.EndedAt.Sub(asked)
	switch {
	case rule.CallerCheck && to.r.Proof.Kind == "":
		t.Fatalf("done without a proof: %+v", to)
	case rule.TwoPeople && to.r.Approval.By == "" && (!to.r.NoApprover || from.approvers > 0 || from.lately > 0 || waited < portico.ResetNoApproverDelay):
		t.Fatalf("done without an approval: %+v", to)
	case waited < time.Duration(rule.DelayHours)*time.Hour:
		t.Fatalf("done after %v: %+v", waited, to)
	}
}

func rules() []portico.ResetRule {
	var all []portico.ResetRule
	for bits := range 8 {
		for _, hours := range []int{0, 48} {
			all = append(all, portico.ResetRule{ResetCode: bits&1 > 0, TwoPeople: bits&2 > 0, CallerCheck: bits&4 > 0, DelayHours: hours})
		}
	}
	return all
}

func begun(rule portico.ResetRule, by portico.User, alone bool) world {
	return world{r: portico.ResetRequest{
		ID: "r", CustomerID: "acme", Target: "target", Requester: portico.AsUser(by, portico.Origin{}),
		Rule: rule, NoApprover: alone, AskedAt: asked, State: portico.ResetOpen,
	}, rule: rule, at: asked}
}

// TestResetStateMachine walks through every reachable world within four days,
// for every rule and every kind of requester, by all events in any order.
// Nothing is done without what the rule requires, nobody approves their own
// request, and a request that has ended does not change.
func TestResetStateMachine(t *testing.T) {
	if testing.Short() {
		return // long; TestResetWalksAtRandom stays
	}
	happen := events()
	worlds, done := 0, map[portico.ResetRule]bool{}
	kinds := []int{0, 4, 7}
	for _, rule := range rules() {
		for _, by := range kinds {
			for _, alone := range []bool{false, true} {
				first := begun(rule, crowd[by], alone)
				seen, next := map[world]bool{first.like(): true}, []world{first}
				for len(next) > 0 {
					w := next[len(next)-1]
					next = next[:len(next)-1]
					for _, event := range happen {
						to := event(w)
						if to == w {
							continue // refused
						}
						check(t, w, to)
						done[rule] = done[rule] || to.r.State == portico.ResetDone
						if like := to.like(); to.r.State == portico.ResetOpen && to.at.Sub(asked) <= 96*time.Hour && !seen[like] {
							seen[like] = true
							next = append(next, to)
						}
					}
				}
				worlds += len(seen)
				for _, event := range happen { // every way to end counts
					for _, over := range []portico.ResetState{portico.ResetDone, portico.ResetCancelled, portico.ResetExpired} {
						ended := first
						ended.r.State = over
						check(t, ended, event(ended))
					}
				}
			}
		}
	}
	if len(done) != len(rules()) || worlds < 10_000 {
		t.Errorf("%d rules can be fulfilled of %d, in %d worlds", len(done), len(rules()), worlds)
	}
}

// dice is a random number generator with a fixed sequence (Knuth's MMIX).
type dice uint64

func (d *dice) throw(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(uint64(*d)>>33) % n
}

// TestResetWalksAtRandom takes long random walks through the same worlds.
func TestResetWalksAtRandom(t *testing.T) {
	happen := events()
	names := make([]string, 0, len(happen))
	for name := range happen {
		names = append(names, name)
	}
	all := rules()
	slices.Sort(names)
	var d dice
	for range 2000 {
		w := begun(all[d.throw(len(all))], crowd[[]int{0, 4, 7}[d.throw(3)]], d.throw(2) == 0)
		for range 60 {
			to := happen[names[d.throw(len(names))]](w)
			check(t, w, to)
			w = to
		}
	}
}

// TestNextReset lists what NextReset returns, and until when.
func TestNextReset(t *testing.T) {
	all := portico.ResetRule{TwoPeople: true, CallerCheck: true, DelayHours: 48}
	proof := portico.ResetProof{Kind: portico.ProofInPerson, By: "asker"}
	approval := portico.ResetApproval{By: "lead"}
	open := begun(all, crowd[0], false).r
	with := func(change func(*portico.ResetRequest)) portico.ResetRequest { r := open; change(&r); return r }
	given := with(func(r *portico.ResetRequest) { r.Proof, r.Approval = proof, approval })
	alone := with(func(r *portico.ResetRequest) { r.Rule, r.NoApprover = portico.ResetRule{TwoPeople: true}, true })
	day := asked.Add(portico.ResetDay)
	for name, c := range map[string]struct {
		r         portico.ResetRequest
		now       portico.ResetRule
		approvers int
		after     time.Duration
		want      portico.ResetStep
	}{
		"no rule":                   {with(func(r *portico.ResetRequest) { r.Rule = portico.ResetRule{} }), portico.ResetRule{}, 1, 0, portico.ResetStep{Need: portico.Ready}},
		"proof first":               {open, all, 1, 0, portico.ResetStep{Need: portico.NeedsProof, Until: day}},
		"no proof within a day":     {open, all, 1, portico.ResetDay, portico.ResetStep{Need: portico.HasExpired}},
		"then approval":             {with(func(r *portico.ResetRequest) { r.Proof = proof }), all, 1, time.Hour, portico.ResetStep{Need: portico.NeedsApproval, Until: day}},
		"no approval within a day":  {with(func(r *portico.ResetRequest) { r.Proof = proof }), all, 1, portico.ResetDay, portico.ResetStep{Need: portico.HasExpired}},
		"then time":                 {given, all, 1, 47 * time.Hour, portico.ResetStep{Need: portico.NeedsWait, Until: asked.Add(48 * time.Hour)}},
		"then it is due":            {given, all, 1, 48 * time.Hour, portico.ResetStep{Need: portico.Ready}},
		"due for too long":          {given, all, 1, 72 * time.Hour, portico.ResetStep{Need: portico.HasExpired}},
		"relaxed meanwhile":         {open, portico.ResetRule{}, 1, 0, portico.ResetStep{Need: portico.NeedsProof, Until: day}},
		"tightened meanwhile":       {with(func(r *portico.ResetRequest) { r.Rule = portico.ResetRule{} }), all, 1, 0, portico.ResetStep{Need: portico.NeedsProof, Until: day}},
		"nobody to approve":         {alone, portico.ResetRule{}, 0, 0, portico.ResetStep{Need: portico.NeedsWait, Until: asked.Add(portico.ResetNoApproverDelay)}},
		"nobody, and a day later":   {alone, portico.ResetRule{}, 0, portico.ResetNoApproverDelay, portico.ResetStep{Need: portico.Ready}},
		"somebody is kept from it":  {alone, portico.ResetRule{}, 1, portico.ResetNoApproverDelay, portico.ResetStep{Need: portico.HasExpired}},
		"somebody came meanwhile":   {alone, portico.ResetRule{}, 1, 0, portico.ResetStep{Need: portico.NeedsApproval, Until: day}},
		"those who could have gone": {with(func(r *portico.ResetRequest) { r.Proof = proof }), all, 0, 0, portico.ResetStep{Need: portico.NeedsApproval, Until: day}},
		"cancelled":                 {with(func(r *portico.ResetRequest) { r.State = portico.ResetCancelled }), portico.ResetRule{}, 1, 0, portico.ResetStep{Need: portico.Closed}},
		"of an unknown state":       {with(func(r *portico.ResetRequest) { r.State = "" }), portico.ResetRule{}, 1, 0, portico.ResetStep{Need: portico.Closed}},
		"never asked for":           {portico.ResetRequest{State: portico.ResetOpen}, portico.ResetRule{}, 1, time.Hour, portico.ResetStep{Need: portico.HasExpired}},
	} {
		if got := portico.NextReset(c.r, c.now, c.approvers, asked.Add(c.after)); got != c.want {
			t.Errorf("%s: %+v, not %+v", name, got, c.want)
		}
	}
}

// TestResetPolicyFailsClosed checks that a policy that cannot be understood is
// an error, and never requires less than was decided.
func TestResetPolicyFailsClosed(t *testing.T) {
	for _, text := range []string{
		`{"resets":{"user":{"seven_people":true}}}`, `{"resets":{"three_people":true}}`, `{"resets":{"user":{"two_people":"yes"}}}`,
		`{"resets":{"user":{"delay_hours":-1}}}`, `{"resets":{"user":{"delay_hours":169}}}`, `{"resets":{"per_hour":-5}}`, `{"resets":[]}`,
	} {
		var p portico.Policy
		if err := json.Unmarshal([]byte(text), &p); err == nil {
			t.Errorf("%s is read as %+v", text, p.Resets)
		}
	}
	want := portico.Policy{Resets: portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, DelayHours: 4}, OncePerDay: true, PerHour: 3}}
	b, err := json.Marshal(want)
	var got portico.Policy
	if err != nil || json.Unmarshal(b, &got) != nil || got != want {
		t.Errorf("json.Marshal(want): got %+v %v, want no error, no error, %v", got, err, want)
	}
	if r := want.Resets.For("root"); !r.TwoPeople || !r.CallerCheck || !r.ResetCode || r.DelayHours == 0 {
		t.Errorf("an unknown role: %+v", r)
	}
}

// TestResetPolicyStricter checks that Stricter meets both policies in either
// order, and that requiring less in any respect is a relaxation.
func TestResetPolicyStricter(t *testing.T) {
	a := portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}, OncePerDay: true, PerHour: 5}
	b := portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}, Administrator: portico.ResetRule{CallerCheck: true}, PerHour: 3}
	both := portico.ResetPolicy{
		User: portico.ResetRule{TwoPeople: true, DelayHours: 4}, Administrator: portico.ResetRule{CallerCheck: true}, OncePerDay: true, PerHour: 3,
	}
	if a.Stricter(b) != both || b.Stricter(a) != both || a.Stricter(portico.ResetPolicy{}) != a || (portico.ResetPolicy{}).Stricter(b) != b {
		t.Errorf("got %+v, %+v, want a.Stricter(b) %v, b.Stricter(a) %v, a.Stricter(portico.ResetPolicy{}) %v, (portico.ResetPolicy{}).Stricter(b) %v", a.Stricter(b), b.Stricter(a), both, both, a, b)
	}
	if both.Relaxes(a) || !a.Relaxes(both) || !b.Relaxes(a) || a.Relaxes(a) {
		t.Error("what relaxes is not told from what does not")
	}
}
