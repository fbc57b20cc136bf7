package customers

import (
	"context"
	"time"

	"portico"
	"portico/internal/store"
)

// PolicyPreview is what a policy would change about who needs 2FA, and about
// passkeys.
type PolicyPreview struct {
	Changes  []RoleChange // empty if nobody's need changes
	Stopped  Stopped      // those who would have to set up 2FA
	Passkeys []PasskeyChange
	Lacking  Stopped // those who would have to add a passkey

	Others  []portico.Message // every other rule that changes, as it would be
	Relaxed bool              // a rule for resets would be relaxed, so that the stricter one still applies for a while
	Deletes bool              // events of the audit log would be deleted that are kept now
}

// Stopped are people whom a policy stops until they have done something.
type Stopped struct {
	People []portico.User // the first of the customer's own
	More   bool           // there are more of them
	Self   time.Time      // from when on it stops the actor, who may be exempt until then; zero if it does not
}

// PasskeyChange is the change about passkeys for one role.
type PasskeyChange struct {
	Role     portico.Role
	Was, Now portico.PasskeyRule
	Affected int // active people of the role: without a passkey if one is required, and with one if it is for the second step alone
}

// RoleChange is the change for one role.
type RoleChange struct {
	Role     portico.Role
	Was, Now time.Time // from when on 2FA is required; zero for never
	Stopped  int       // active people of the role who have not enabled 2FA
	Earlier  bool      // than 2FA's own date, because a passkey is required before
}

// PreviewPolicy returns for whom SavePolicy would change required 2FA or passkeys, and who
// would have to set it up, or to add a passkey, if that applied now. For the provider's policy, it
// counts the users of every customer to which that policy applies.
func (s *Service) PreviewPolicy(ctx context.Context, actor portico.Actor, c portico.CustomerID, to *portico.Policy) (PolicyPreview, error) {
	if !actor.Can(portico.ManagePolicy, c) {
		return PolicyPreview{}, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (p PolicyPreview, err error) {
		customer, err := r.Customer(c)
		if err != nil {
			return p, err
		}
		next := to
		if next == nil {
			provider, err := r.Customer(portico.ProviderID)
			if err != nil {
				return p, err
			}
			next = &provider.Policy
		}
		if err := next.Validate(r.Now); err != nil {
			return p, err
		}
		p.addOthers(customer.Policy, *next)
		counts, err := countsUnder(r, c)
		if err != nil {
			return p, err
		}
		for _, role := range portico.Roles(c) {
			if err := p.addTwoFactor(r, actor, customer, *next, role, counts); err != nil {
				return p, err
			}
		}
		return p, p.addPasskeys(r, actor, customer, *next, counts)
	})
}

// addOthers adds what changes besides required 2FA and passkeys.
func (p *PolicyPreview) addOthers(was, next portico.Policy) {
	p.Deletes = next.AuditMonths > 0 && (was.AuditMonths == 0 || next.AuditMonths < was.AuditMonths)
	was.Require, was.Passkeys = next.Require, next.Passkeys
	p.Others = ruleChanges(was, next)
	p.Relaxed = next.Resets.Relaxes(was.Resets)
}

// addTwoFactor adds what changes about required 2FA for one role. That which passkeys
// bring along is among what changes about them, until they are no longer required.
func (p *PolicyPreview) addTwoFactor(r *store.Reader, actor portico.Actor, c portico.Customer, next portico.Policy, role portico.Role, counts []store.Count) error {
	change := RoleChange{Role: role, Was: c.Policy.RequiredFrom(portico.User{Role: role}), Now: next.RequiredFrom(portico.User{Role: role})}
	change.Earlier = !next.Require.For(role).IsZero() && change.Now.Before(next.Require.For(role))
	byPasskeys := c.Policy.Require.For(role).Equal(next.Require.For(role)) && next.Passkeys.For(role).Use == portico.PasskeysRequired
	if change.Was.Equal(change.Now) || byPasskeys {
		return nil
	}
	if !change.Now.IsZero() {
		if err := p.addRole(r, actor, c.ID, next, &change, counts); err != nil {
			return err
		}
	}
	p.Changes = append(p.Changes, change)
	return nil
}

// addPasskeys adds what changes about passkeys.
func (p *PolicyPreview) addPasskeys(r *store.Reader, actor portico.Actor, c portico.Customer, next portico.Policy, counts []store.Count) error {
	for _, role := range portico.Roles(c.ID) {
		change := PasskeyChange{Role: role, Was: c.Policy.Passkeys.For(role), Now: next.Passkeys.For(role)}
		if change.Was == change.Now {
			continue
		}
		with, err := withPasskey(r, c.ID, role)
		if err != nil {
			return err
		}
		switch change.Now.Use {
		case portico.PasskeysSecond:
			change.Affected = with
		case portico.PasskeysRequired:
			for _, n := range counts {
				if n.Role == role && n.Status == portico.Active {
					change.Affected += n.People
				}
			}
			change.Affected -= with
			found, err := r.WithoutPasskey(c.ID, role, namesShown+1)
			if err != nil {
				return err
			}
			if err := p.Lacking.add(r, actor, c.ID, role, found, next.PasskeyAhead); err != nil {
				return err
			}
		}
		p.Passkeys = append(p.Passkeys, change)
	}
	return nil
}

// withPasskey counts the users with a passkey to whom a customer's policy applies.
func withPasskey(r *store.Reader, c portico.CustomerID, role portico.Role) (int, error) {
	if c == portico.ProviderID {
		return r.DefaultWithPasskey(role)
	}
	return r.WithPasskey(c, role)
}

// countsUnder counts the users to whom a customer's policy applies.
func countsUnder(r *store.Reader, c portico.CustomerID) ([]store.Count, error) {
	if c == portico.ProviderID {
		return r.DefaultCounts()
	}
	return r.Counts(c)
}

// addRole adds the users of one role who would have to set up 2FA.
func (p *PolicyPreview) addRole(r *store.Reader, actor portico.Actor, c portico.CustomerID, next portico.Policy, change *RoleChange, counts []store.Count) error {
	for _, n := range counts {
		if n.Role == change.Role && n.Status == portico.Active && n.TwoFactor != portico.TwoFactorEnabled {
			change.Stopped += n.People
		}
	}
	found, err := r.WithoutTwoFactor(c, change.Role, namesShown+1)
	if err != nil {
		return err
	}
	return p.Stopped.add(r, actor, c, change.Role, found, next.RequirementAhead)
}

// add adds the users of one role, of whom found are the first. ahead returns from when
// on the policy stops a user of the role, if that is after an instant.
func (s *Stopped) add(r *store.Reader, actor portico.Actor, c portico.CustomerID, role portico.Role, found []portico.User, ahead func(portico.User, time.Time) time.Time) error {
	s.People = append(found, s.People...) // administrators before users, of whom there are many
	if len(s.People) > namesShown {
		s.People, s.More = s.People[:namesShown], true
	}
	if actor.CustomerID != c || actor.Role != role {
		return nil
	}
	self, err := r.User(c, actor.UserID)
	s.Self = ahead(self, time.Time{})
	return err
}

// namesShown is how many users a preview names.
const namesShown = 50
