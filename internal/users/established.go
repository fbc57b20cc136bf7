package users

import (
	"slices"
	"time"

	"portico"
	"portico/internal/store"
)

// Established reports whether an account is old enough to decide for others.
// Otherwise an administrator could create an account, or give one a role or
// another mail address, and approve or vouch with it. In a customer's first days
// no account is older, so every account counts.
func Established(r *store.Reader, c portico.Customer, id portico.UserID) (bool, error) {
	changed, err := r.Changes(c.ID, id)
	return established(c, changed, coolingOff(r)), err
}

// coolingOff returns since when an established account has been unchanged.
func coolingOff(r *store.Reader) time.Time { return r.Now.Add(-portico.ResetCoolingOff) }

func established(c portico.Customer, changed store.AccountChanges, before time.Time) bool {
	return c.CreatedAt.After(before) || !changed.Email.After(before) && !changed.Standing.After(before)
}

// ActorEstablished is Established for an actor. The command line always counts,
// because nobody can create it.
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
	Lately      []store.Account // were established within portico.ResetCoolingOff, and are not now
	Deleted     int             // were deleted within portico.ResetCoolingOff
}

// Count returns how many there are in all groups. A requester is alone only if
// there is none.
func (a Admins) Count() int { return len(a.Established) + len(a.Lately) + a.Deleted }

// AdminsOf finds a customer's administrators, except some. Those who have just
// lost the role or were given another address are included as Lately, and those
// who were just deleted are counted: otherwise one administrator could do that to
// all the others, to be alone.
func AdminsOf(r *store.Reader, c portico.Customer, except ...portico.UserID) (Admins, error) {
	var admins Admins
	before := coolingOff(r)
	active, err := r.ActivePeople(c.ID, portico.TopRole(c.ID))
	if err != nil {
		return admins, err
	}
	for _, a := range without(active, except) {
		changed, err := r.Changes(c.ID, a.ID)
		switch {
		case err != nil:
			return admins, err
		case established(c, changed, before):
			admins.Established = append(admins.Established, a)
		case changed.TopRole.After(before) || !changed.Standing.After(before): // not a new account
			admins.Lately = append(admins.Lately, a)
		}
	}
	former, err := r.FormerAdministrators(c.ID, before)
	if err != nil {
		return admins, err
	}
	admins.Lately = append(admins.Lately, without(former, except)...)
	admins.Deleted, err = r.DeletedAdministrators(c.ID, before)
	return admins, err
}

func without(accounts []store.Account, except []portico.UserID) []store.Account {
	return slices.DeleteFunc(accounts, func(a store.Account) bool { return slices.Contains(except, a.ID) })
}

var errNewActor = portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so you cannot decide this for others yet. Ask a colleague.")

// CheckEstablished returns a Forbidden error if the actor's account is not
// established. It guards what nobody may decide for their own account: an actor
// could create another account to decide it. If all administrators are new, it
// returns nil.
func CheckEstablished(r *store.Reader, actor portico.Actor) error {
	established, err := ActorEstablished(r, actor)
	if err != nil || established {
		return err
	}
	own, err := r.Customer(actor.CustomerID)
	if err != nil {
		return err
	}
	admins, err := AdminsOf(r, own)
	if err == nil && admins.Count() > 0 {
		err = errNewActor
	}
	return err
}
