package people

import (
	"slices"

	"portico"
	"portico/internal/store"
)

// Established reports whether somebody's word counts for somebody else: an
// administrator can create an account, give it a role or another mail address,
// and approve or vouch with it. In a customer's first days nobody is older.
func Established(r *store.Reader, c portico.Customer, id portico.UserID) (bool, error) {
	before := r.Now.Add(-portico.ResetCoolingOff)
	changed, err := r.Changes(c.ID, id)
	return c.CreatedAt.After(before) || !changed.Email.After(before) && !changed.Standing.After(before), err
}

// ActorEstablished is Established for somebody who acts. Nobody makes the command
// line up.
func ActorEstablished(r *store.Reader, actor portico.Actor) (bool, error) {
	if actor.Kind != portico.ActorUser {
		return true, nil
	}
	a, err := r.Account(actor.UserID)
	if err != nil {
		return false, store.NotFound(err, nil)
	}
	return Established(r, a.Customer, a.ID)
}

// Leads are a customer's administrators, or the provider's operators.
type Leads struct {
	Established []store.Account
	Lately      []store.Account // whose word counted within portico.ResetCoolingOff, and does not now
}

// Others counts those without whom nobody is alone.
func (l Leads) Others() int { return len(l.Established) + len(l.Lately) }

// LeadsOf finds a customer's administrators, but for some people. Somebody who has
// just lost the role or was given another address is among them: one of them
// could do that to all others, to be alone.
func LeadsOf(r *store.Reader, c portico.Customer, but ...portico.UserID) (Leads, error) {
	var l Leads
	active, err := r.ActivePeople(c.ID, portico.TopRole(c.ID))
	if err != nil {
		return l, err
	}
	for _, a := range without(active, but) {
		known, err := Established(r, c, a.ID)
		if err != nil {
			return l, err
		}
		if known {
			l.Established = append(l.Established, a)
			continue
		}
		was, err := countedLately(r, a)
		if err != nil {
			return l, err
		}
		if was {
			l.Lately = append(l.Lately, a)
		}
	}
	former, err := r.FormerLeads(c.ID, r.Now.Add(-portico.ResetCoolingOff))
	l.Lately = append(l.Lately, without(former, but)...)
	return l, err
}

func without(accounts []store.Account, but []portico.UserID) []store.Account {
	return slices.DeleteFunc(accounts, func(a store.Account) bool { return slices.Contains(but, a.ID) })
}

// countedLately reports whether an active administrator, who is not established,
// was one before the account was changed: somebody who is new was none.
func countedLately(r *store.Reader, a store.Account) (bool, error) {
	before := r.Now.Add(-portico.ResetCoolingOff)
	changed, err := r.Changes(a.CustomerID, a.ID)
	return changed.Lead.After(before) || !changed.Standing.After(before), err
}

// errNewActor is the answer to somebody whose account was made or changed
// lately.
var errNewActor = portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so that it cannot decide this for others yet. Ask a colleague.")

// decides lets somebody decide what nobody decides for the own account: somebody who
// may not would make another account up. Where all administrators are new,
// nobody is asked.
func decides(r *store.Reader, actor portico.Actor) error {
	known, err := ActorEstablished(r, actor)
	if err != nil || known {
		return err
	}
	own, err := r.Customer(actor.CustomerID)
	if err != nil {
		return err
	}
	leads, err := LeadsOf(r, own)
	if err == nil && leads.Others() > 0 {
		err = errNewActor
	}
	return err
}
