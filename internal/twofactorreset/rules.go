package twofactorreset

import (
	"context"
	"errors"
	"time"

	"portico"
	"portico/internal/store"

	"portico/internal/users"
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

// PolicyGrace says until when a stricter policy of resets holds on after it was
// relaxed; zero when none does.
func (s *Service) PolicyGrace(ctx context.Context, c portico.Customer) (time.Time, error) {
	_, until, err := effectivePolicy(s.db.Read(ctx), c)
	return until, err
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
func approvers(r *store.Reader, c portico.Customer, by, target portico.UserID) (users.Admins, error) {
	return users.AdminsOf(r, c, by, target)
}

// requesterEstablished reports whether the requester is one of two people, and nobody
// whom the other could have made up. An operator is no customer's to make up.
func requesterEstablished(r *store.Reader, c portico.Customer, by portico.Actor) (bool, error) {
	if by.Kind != portico.ActorUser || by.CustomerID != c.ID {
		return true, nil
	}
	return users.Established(r, c, by.UserID)
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
