package twofactorreset

import (
	"context"
	"errors"
	"time"

	"portico"
	"portico/internal/store"
	"portico/internal/users"
)

// effectivePolicy returns a customer's policy for resets, combined with the
// stricter policy that stays in force for a while after it was relaxed, and until
// when that is.
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

// PolicyGrace returns until when a stricter policy for resets stays in force
// after it was relaxed, or zero if none does.
func (s *Service) PolicyGrace(ctx context.Context, c portico.Customer) (time.Time, error) {
	_, until, err := effectivePolicy(s.db.Read(ctx), c)
	return until, err
}

// ruleFor returns the rule of the effective policy for deleting a user's setup.
// For a user whose role was changed lately, it is the strictest rule of any role:
// an administrator gains nothing by changing the role first.
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

// ruleOf returns the rule for a request by an actor. The command line belongs to
// the owner of the machine, who could change the database anyway: its requests
// are done at once, but the next log-in needs the same as after any other.
func ruleOf(r *store.Reader, by portico.Actor, target store.Account) (portico.ResetRule, error) {
	rule, err := ruleFor(r, target)
	if by.Kind == portico.ActorCommandLine {
		rule = portico.ResetRule{ResetCode: rule.ResetCode}
	}
	return rule, err
}

// approversOf finds who could approve a reset: the customer's administrators except
// the requester and the target. New accounts are left out, because the requester
// could have created them for this. Accounts that were changed lately are
// included, though they cannot approve now, because the requester could have
// changed them to have no approver.
func approversOf(r *store.Reader, c portico.Customer, by, target portico.UserID) (users.Admins, error) {
	return users.AdminsOf(r, c, by, target)
}

// requesterEstablished reports whether the requester counts as one of two people:
// an account that the other could not have created for this. A customer cannot
// create operators.
func requesterEstablished(r *store.Reader, c portico.Customer, by portico.Actor) (bool, error) {
	if by.Kind != portico.ActorUser || by.CustomerID != c.ID {
		return true, nil
	}
	return users.Established(r, c, by.UserID)
}

// emailPastCoolingOff reports whether the target has had the mail address long
// enough for a mail to prove anything.
func emailPastCoolingOff(r *store.Reader, target store.Account) (bool, error) {
	changed, err := r.Changes(target.CustomerID, target.ID)
	return !changed.Email.After(r.Now.Add(-portico.ResetCoolingOff)), err
}

// mailbox returns emailPastCoolingOff, and whether the target is mailed at an
// earlier address too.
func mailbox(r *store.Reader, target store.Account) (proven, earlier bool, err error) {
	if proven, err = emailPastCoolingOff(r, target); err != nil {
		return false, false, err
	}
	addresses, err := r.EarlierAddresses(target.ID, target.Email)
	return proven, len(addresses) > 0, err
}
