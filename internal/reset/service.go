// Package reset owns the deleting of somebody else's 2FA setup: a request with
// a life, from being asked for to done, cancelled or expired.
//
// It does not decide what a request needs next (portico.NextReset does, from
// what is stored), nor what a log-in after a reset needs (auth.Next). Every
// step reads the request, the people in it and the policy again, in the
// transaction that stores it.
package reset

import (
	"errors"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/people"
	"portico/internal/store"
)

// Service takes requests from step to step, in one database.
type Service struct {
	db      *store.DB
	auth    *auth.Service
	notices *auth.Notices
}

// New makes the service.
func New(db *store.DB, a *auth.Service, n *auth.Notices) *Service {
	return &Service{db: db, auth: a, notices: n}
}

var (
	errNoRequest    = portico.E(portico.NotFound, "There is no such request.")
	errAlreadyOpen  = portico.E(portico.Conflict, "A request for this person is open already. Go on with that one, or cancel it.")
	errNoSetup      = portico.E(portico.Conflict, "There is no 2FA setup to delete: it was deleted already.")
	errNotActive    = portico.E(portico.Conflict, "This person cannot log in at present. Reactivate the person first.")
	errClosed       = portico.E(portico.Conflict, "This request has ended. Look at its page for how.")
	errNewRequester = portico.E(portico.Conflict, "Your account is new or was changed less than 7 days ago, so that you cannot be one of the two people who are needed. Ask a colleague.")
	errNotRequester = portico.E(portico.Forbidden, "Whoever asked has to record the proof.")
	errNotYet       = portico.E(portico.Conflict, "This request does not wait for an approval now. Look at its page for what it waits for.")
	errNoProof      = portico.E(portico.Conflict, "No proof is needed here any more.")
	errNoCode       = portico.E(portico.Conflict, "There is no one-time code to show: it was shown before, or was not to be handed over.")
)

// effectivePolicy is what a customer asks for before a setup is deleted: its policy,
// and what still holds from before it was relaxed.
func effectivePolicy(r *store.Reader, c portico.Customer) (portico.ResetPolicy, time.Time, error) {
	p, until := c.Policy.Resets, time.Time{}
	of := []portico.CustomerID{c.ID}
	if !c.OwnPolicy && c.ID != portico.ProviderID {
		of = append(of, portico.ProviderID)
	}
	for _, id := range of {
		held, ends, err := r.PolicyGrace(id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return p, until, err
		}
		if both := p.Stricter(held); both != p {
			p, until = both, ends
		}
	}
	return p, until, nil
}

// ruleFor is what the policy in force asks for before somebody's setup is
// deleted. Somebody who was given another role lately has the strictest rule of any:
// an administrator who takes a role away to find its rules finds no lesser ones.
func ruleFor(r *store.Reader, target store.Account) (portico.ResetRule, error) {
	p, _, err := effectivePolicy(r, target.Customer)
	if err != nil {
		return portico.ResetRule{}, err
	}
	rule := p.For(target.Role)
	moved, err := r.RoleChanged(target.CustomerID, target.ID, r.Now.Add(-portico.ResetCoolingOff))
	if moved {
		for _, role := range portico.Roles(target.CustomerID) {
			rule = rule.Stricter(p.For(role))
		}
	}
	return rule, err
}

// ruleOf is the rule for a request now. The command line is the machine's
// owner, who could change the database itself: it breaks the glass at once, and
// what the next log-in needs holds all the same.
func ruleOf(r *store.Reader, by portico.Actor, target store.Account) (portico.ResetRule, error) {
	rule, err := ruleFor(r, target)
	if by.Kind == portico.ActorCommandLine {
		rule = portico.ResetRule{ResetCode: rule.ResetCode}
	}
	return rule, err
}

// approvers finds who could approve a reset: the administrators of the customer
// itself, but the requester and whose setup it is. Those whom the one who asks
// could have made up for it are not among them; those whom the one who asks could
// have kept from it are, though they cannot approve now.
func approvers(r *store.Reader, c portico.Customer, by, target portico.UserID) (people.Leads, error) {
	return people.LeadsOf(r, c, by, target)
}

// requesterCounts reports whether the requester is one of two people, and nobody
// whom the other could have made up. An operator is no customer's to make up.
func requesterCounts(r *store.Reader, c portico.Customer, by portico.Actor) (bool, error) {
	if by.Kind != portico.ActorUser || by.CustomerID != c.ID {
		return true, nil
	}
	return people.Established(r, c, by.UserID)
}

// emailPastCoolingOff reports whether the person's mail address may stand for the
// person.
func emailPastCoolingOff(r *store.Reader, target store.Account) (bool, error) {
	changed, err := r.Changes(target.CustomerID, target.ID)
	return !changed.Email.After(r.Now.Add(-portico.ResetCoolingOff)), err
}

// mailbox reports whether the person's mail address may stand for the person,
// and whether one from before is mailed as well.
func mailbox(r *store.Reader, target store.Account) (proven, earlier bool, err error) {
	if proven, err = emailPastCoolingOff(r, target); err != nil {
		return false, false, err
	}
	addresses, err := r.EarlierAddresses(target.ID, target.Email)
	return proven, len(addresses) > 0, err
}

// record writes an event about a request's person.
func record(tx *store.Tx, actor portico.Actor, action portico.Action, r portico.ResetRequest, details string) error {
	return audit.Record(tx, portico.Event{
		CustomerID: r.CustomerID, Action: action, Actor: actor, TargetID: r.Target, TargetName: r.TargetName, Details: details,
	})
}
