package twofactorreset

import (
	"context"
	"time"

	"portico"
	"portico/internal/store"
	"portico/internal/users"
)

// View is a request as its page shows it to the actor.
type View struct {
	portico.ResetRequest
	Person              portico.User
	OnlyNow             portico.Authenticator // Only as it is now; without an ID if it is gone
	Step                portico.ResetStep
	Rule                portico.ResetRule // the stricter of then and now
	IsRequester         bool              // the actor is the requester
	MayApprove          bool              // the actor can approve it now
	Calls               int               // codes that were mailed to be read back
	CallUntil           time.Time         // until when the last such code is valid; zero if none is
	MayShowCode         bool              // the actor can have the reset code shown, once
	EmailPastCoolingOff bool              // a mail to the target proves something
	Earlier             bool              // the target is mailed at an earlier address too
	Logins              []portico.Event   // the target's last log-ins
	Others              []portico.ResetRequest
	Flagged             time.Time
}

// maySee reports whether an actor may see and cancel a request: the requester,
// the target, and anyone who could have made it.
func maySee(actor portico.Actor, r portico.ResetRequest, target portico.User) bool {
	return actor.Can(portico.ResetTwoFactor, r.CustomerID) &&
		(actor.Role.MayActOn(target.Role) || actor.UserID == r.Requester.UserID || actor.UserID == target.ID)
}

// Limits of the lists.
const (
	shownLogins = 5
	shownOthers = 10
	shownResets = 50
)

// Find returns one request of a customer. It returns a NotFound error for a
// request of another customer.
func (s *Service) Find(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) (View, error) {
	return store.View(ctx, s.db, func(r *store.Reader) (v View, err error) {
		row, err := r.Reset(c, id)
		if err != nil {
			return v, store.NotFound(err, errNoRequest)
		}
		target, err := r.Account(row.Target)
		if err != nil {
			return v, err
		}
		if !maySee(actor, row.ResetRequest, target.User) {
			return v, portico.ErrForbidden
		}
		rule, err := ruleOf(r, row.Requester, target)
		if err != nil {
			return v, err
		}
		approvers, err := approversOf(r, target.Customer, row.Requester.UserID, row.Target)
		if err != nil {
			return v, err
		}
		v = View{
			ResetRequest: row.ResetRequest, Person: target.User, Rule: rule.Stricter(row.Rule), Step: portico.NextReset(row.ResetRequest, rule, approvers.Count(), r.Now),
			IsRequester: actor.UserID == row.Requester.UserID, Calls: row.Calls, Flagged: row.FlaggedAt,
		}
		if r.Now.Before(row.CallUntil) && row.CallAttempts < portico.ResetCallTries {
			v.CallUntil = row.CallUntil
		}
		for _, a := range approvers.Established {
			v.MayApprove = v.MayApprove || a.ID == actor.UserID && v.Step.Need == portico.NeedsApproval
		}
		v.MayShowCode = v.IsRequester && mayShowCode(row, target, r.Now)
		if v.EmailPastCoolingOff, v.Earlier, err = mailbox(r, target); err != nil {
			return v, err
		}
		if v.OnlyNow, err = onlyNow(r, row); err != nil {
			return v, err
		}
		err = v.context(r)
		return v, err
	})
}

// onlyNow returns the authenticator that a request is for, with the name that its user
// has given it since.
func onlyNow(r *store.Reader, row store.Reset) (portico.Authenticator, error) {
	if row.Only.ID == "" {
		return portico.Authenticator{}, nil
	}
	found, err := r.Authenticators(row.Target)
	if i := store.AuthenticatorIndex(found, row.Only.ID); err == nil && i >= 0 {
		return found[i].Shown(), nil
	}
	return portico.Authenticator{}, err
}

// context adds what an approver should know: the target's last log-ins, and other
// requests by the requester or about the target.
func (v *View) context(r *store.Reader) (err error) {
	if v.Logins, err = r.Events(v.CustomerID, portico.EventQuery{Person: v.Target, Actions: []portico.Action{portico.LoginDone}}, store.EventCursor{}, shownLogins); err != nil {
		return err
	}
	since := r.Now.Add(-30 * 24 * time.Hour)
	of, err := r.ResetsOf(v.CustomerID, v.Target, since, shownOthers)
	if err != nil {
		return err
	}
	var by []store.Reset
	if v.Requester.UserID != "" {
		if by, err = r.ResetsBy(v.CustomerID, v.Requester.UserID, since, shownOthers); err != nil {
			return err
		}
	}
	seen := map[portico.ResetID]bool{v.ID: true}
	for _, other := range append(of, by...) {
		if !seen[other.ID] && len(v.Others) < shownOthers {
			seen[other.ID] = true
			v.Others = append(v.Others, other.ResetRequest)
		}
	}
	return nil
}

// ListedRequest is a request in a list.
type ListedRequest struct {
	portico.ResetRequest
	Step    portico.ResetStep
	Flagged time.Time
}

// List returns those requests of a customer that the actor may see, newest first.
// With open, it returns only open ones.
func (s *Service) List(ctx context.Context, actor portico.Actor, c portico.CustomerID, open bool) ([]ListedRequest, error) {
	if !actor.Can(portico.ResetTwoFactor, c) {
		return nil, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (listed []ListedRequest, err error) {
		find := r.Resets
		if open {
			find = r.OpenResets
		}
		rows, err := find(c, shownResets)
		if err != nil {
			return listed, err
		}
		for _, row := range rows {
			target, err := r.Account(row.Target)
			if err != nil {
				return listed, err
			}
			if !maySee(actor, row.ResetRequest, target.User) {
				continue
			}
			l := ListedRequest{ResetRequest: row.ResetRequest, Flagged: row.FlaggedAt, Step: portico.ResetStep{Need: portico.Closed}}
			if row.State == portico.ResetOpen {
				if l.Step, err = next(r, row, target); err != nil {
					return listed, err
				}
			}
			listed = append(listed, l)
		}
		return listed, nil
	})
}

// MostWaiting is the largest number of requests that Waiting returns.
const MostWaiting = 99

// Waiting returns how many open requests of a customer the actor may see.
func (s *Service) Waiting(ctx context.Context, actor portico.Actor, c portico.CustomerID) (int, error) {
	if !actor.Can(portico.ResetTwoFactor, c) {
		return 0, portico.ErrForbidden
	}
	var roles []portico.Role
	for _, role := range portico.Roles(c) {
		if actor.Role.MayActOn(role) {
			roles = append(roles, role)
		}
	}
	return s.db.Read(ctx).CountOpenResets(c, roles, actor.UserID, MostWaiting)
}

// next returns what an open request needs now.
func next(r *store.Reader, row store.Reset, target store.Account) (portico.ResetStep, error) {
	rule, err := ruleOf(r, row.Requester, target)
	if err != nil {
		return portico.ResetStep{}, err
	}
	approvers, err := approversOf(r, target.Customer, row.Requester.UserID, row.Target)
	return portico.NextReset(row.ResetRequest, rule, approvers.Count(), r.Now), err
}

// Plan is what would follow if the actor requested a reset.
type Plan struct {
	Rule                portico.ResetRule
	NoApprover          bool            // nobody could approve: the request would wait instead
	NoneYet             bool            // nobody can approve at present
	Open                portico.ResetID // of the open request about the same user; "" if there is none
	EmailPastCoolingOff bool
	Earlier             bool  // the user is mailed at an earlier address too
	Refused             error // why no request can be made now; nil if one can
}

// PlanFor returns what would follow if the actor requested a reset for a user.
func (s *Service) PlanFor(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (Plan, error) {
	return store.View(ctx, s.db, func(r *store.Reader) (p Plan, err error) {
		if _, err := r.User(c, id); err != nil {
			return p, store.NotFound(err, users.ErrNobody)
		}
		target, err := r.Account(id)
		if err != nil {
			return p, err
		}
		if p.Rule, err = ruleOf(r, actor, target); err != nil {
			return p, err
		}
		if !p.Rule.AtOnce() && target.Status != portico.Active {
			p.Refused = errNotActive
		}
		approvers, err := approversOf(r, target.Customer, actor.UserID, id)
		if err != nil {
			return p, err
		}
		p.NoApprover, p.NoneYet = approvers.Count() == 0, len(approvers.Established) == 0
		if p.EmailPastCoolingOff, p.Earlier, err = mailbox(r, target); err != nil {
			return p, err
		}
		open, err := r.OpenReset(c, id)
		p.Open = open.ID
		return p, store.NotFound(err, nil)
	})
}
