package users

import (
	"slices"
	"time"

	"portico"
	"portico/internal/store"
)

// Established reports whether somebody's word counts for somebody else: an
// administrator can create an account, give it a role or another mail address,
// and approve or vouch with it. In a customer's first days nobody is older.
func Established(r *store.Reader, c portico.Customer, id portico.UserID) (bool, error) {
	changed, err := r.Changes(c.ID, id)
	return established(c, changed, coolingOff(r)), err
}

// coolingOff is when an account must have been as it is, for its word to count.
func coolingOff(r *store.Reader) time.Time { return r.Now.Add(-portico.ResetCoolingOff) }

func established(c portico.Customer, changed store.AccountChanges, before time.Time) bool {
	return c.CreatedAt.After(before) || !changed.Email.After(before) && !changed.Standing.After(before)
}

// ActorEstablished is Established for somebody who acts. Nobody makes the command
// line up.
func ActorEstablished(r *store.Reader, actor portico.Actor) (bool, error) {
	if actor.Kind != portico.ActorUser {
		return true, nil
	}
	return UserEstablished(r, actor.UserID)
}

// UserEstablished is Established for a user of any customer. It returns false if
// there is no such user.
func UserEstablished(r *store.Reader, id portico.UserID) (bool, error) {
	a, err := r.Account(id)
	if err != nil {
		return false, store.NotFound(err, nil)
	}
	return Established(r, a.Customer, a.ID)
}

// Admins are a customer's administrators, or the provider's operators.
type Admins struct {
	Established []store.Account
	Lately      []store.Account // whose word counted within portico.ResetCoolingOff, and does not now
}

// Others counts those without whom nobody is alone.
func (l Admins) Others() int { return len(l.Established) + len(l.Lately) }

// AdminsOf finds a customer's administrators, but for some people. Somebody who has
// just lost the role or was given another address is among them: one of them
// could do that to all others, to be alone.
func AdminsOf(r *store.Reader, c portico.Customer, but ...portico.UserID) (Admins, error) {
	var l Admins
	before := coolingOff(r)
	active, err := r.ActivePeople(c.ID, portico.TopRole(c.ID))
	if err != nil {
		return l, err
	}
	for _, a := range without(active, but) {
		changed, err := r.Changes(c.ID, a.ID)
		switch {
		case err != nil:
			return l, err
		case established(c, changed, before):
			l.Established = append(l.Established, a)
		case changed.Lead.After(before) || !changed.Standing.After(before): // not somebody who is new
			l.Lately = append(l.Lately, a)
		}
	}
	former, err := r.FormerLeads(c.ID, before)
	l.Lately = append(l.Lately, without(former, but)...)
	return l, err
}

func without(accounts []store.Account, but []portico.UserID) []store.Account {
	return slices.DeleteFunc(accounts, func(a store.Account) bool { return slices.Contains(but, a.ID) })
}

// errNewActor is the answer to somebody whose account was made or changed
// lately.
var errNewActor = portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so that it cannot decide this for others yet. Ask a colleague.")

// CheckEstablished lets somebody decide what nobody decides for the own account: somebody who
// may not would make another account up. Where all administrators are new,
// nobody is asked.
func CheckEstablished(r *store.Reader, actor portico.Actor) error {
	known, err := ActorEstablished(r, actor)
	if err != nil || known {
		return err
	}
	own, err := r.Customer(actor.CustomerID)
	if err != nil {
		return err
	}
	leads, err := AdminsOf(r, own)
	if err == nil && leads.Others() > 0 {
		err = errNewActor
	}
	return err
}
