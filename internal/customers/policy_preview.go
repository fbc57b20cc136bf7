package customers

import (
	"context"
	"time"

	"portico"
	"portico/internal/store"
)

// PolicyPreview is what a policy would change about who needs 2FA.
type PolicyPreview struct {
	Changes []RoleChange   // empty if nobody's need changes
	People  []portico.User // the first of the customer's own people who would have to set up 2FA
	More    bool           // there are more such people
	Self    bool           // the actor is one of them
}

// RoleChange is the change for one role.
type RoleChange struct {
	Role     portico.Role
	Was, Now time.Time // from when on 2FA is required; zero for never
	Stopped  int       // active people of the role who have not enabled 2FA
}

// PreviewPolicy returns for whom SavePolicy would change required 2FA, and who
// would have to set it up if that applied now. For the provider's policy, it
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
		counts, err := countsUnder(r, c)
		if err != nil {
			return p, err
		}
		for _, role := range portico.Roles(c) {
			was, now := customer.Policy.Require.For(role), next.Require.For(role)
			if was.Equal(now) {
				continue
			}
			change := RoleChange{Role: role, Was: was, Now: now}
			if !now.IsZero() {
				if err := p.addRole(r, actor, c, &change, counts); err != nil {
					return p, err
				}
			}
			p.Changes = append(p.Changes, change)
		}
		return p, nil
	})
}

// countsUnder counts the users to whom a customer's policy applies.
func countsUnder(r *store.Reader, c portico.CustomerID) ([]store.Count, error) {
	if c == portico.ProviderID {
		return r.DefaultCounts()
	}
	return r.Counts(c)
}

// addRole adds the users of one role who would have to set up 2FA.
func (p *PolicyPreview) addRole(r *store.Reader, actor portico.Actor, c portico.CustomerID, change *RoleChange, counts []store.Count) error {
	for _, n := range counts {
		if n.Role == change.Role && n.Status == portico.Active && n.TwoFactor != portico.TwoFactorEnabled {
			change.Stopped += n.People
		}
	}
	found, err := r.WithoutTwoFactor(c, change.Role, namesShown+1)
	if err != nil {
		return err
	}
	p.People = append(found, p.People...) // administrators before users, of whom there are many
	if len(p.People) > namesShown {
		p.People, p.More = p.People[:namesShown], true
	}
	if actor.CustomerID != c || actor.Role != change.Role {
		return nil
	}
	self, err := r.User(c, actor.UserID)
	p.Self = p.Self || self.TwoFactor != portico.TwoFactorEnabled
	return err
}

// namesShown is how many users a preview names.
const namesShown = 50
