package people

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// SavePolicy stores a customer's own policy, or with nil makes the provider's
// policy apply. Stricter rules apply at once, also to people who are logged in.
// It returns an Invalid error if a value is out of bounds.
func (s *Service) SavePolicy(ctx context.Context, actor portico.Actor, c portico.CustomerID, to *portico.Policy) error {
	if !actor.Can(portico.ManagePolicy, c) {
		return ErrForbidden
	}
	if to == nil && c == portico.ProviderID {
		return errNoDefaults
	}
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		if to != nil {
			if err := to.Validate(tx.Now); err != nil {
				return err
			}
		}
		customer, err := tx.Customer(c)
		if err == nil && to == nil && customer.AccessRevoked {
			return errKeepsRules
		}
		if err != nil || to == nil && !customer.OwnPolicy || to != nil && customer.OwnPolicy && customer.Policy == *to {
			return err
		}
		if err := tx.SavePolicy(c, to); err != nil {
			return err
		}
		after, err := tx.Customer(c)
		if err != nil {
			return err
		}
		if err := s.keepStricterResets(tx, actor, customer, after); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{
			CustomerID: c, Action: portico.PolicyChanged, Actor: actor, Details: policyChanges(customer, after),
		})
	})
	if err != nil {
		return fmt.Errorf("saving the policy: %w", err)
	}
	return nil
}

// keepStricterResets keeps the stricter reset policy in force for a while after it was
// relaxed, and notifies the other administrators. An administrator who relaxes
// it alone, or somebody with a stolen session, thus gains nothing at once.
func (s *Service) keepStricterResets(tx *store.Tx, actor portico.Actor, before, after portico.Customer) error {
	was, until := before.Policy.Resets, tx.Now.Add(portico.ResetPolicyGrace)
	if !before.OwnPolicy && before.ID != portico.ProviderID { // a held policy of the provider must stay in force too
		held, _, err := tx.PolicyGrace(portico.ProviderID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		was = was.Stricter(held)
	}
	if !after.Policy.Resets.Relaxes(was) {
		return nil
	}
	held, _, err := tx.PolicyGrace(before.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := tx.SavePolicyGrace(before.ID, was.Stricter(held), until); err != nil {
		return err
	}
	leads, err := auth.LeadsToWarn(&tx.Reader, before.ID)
	if err != nil {
		return err
	}
	for _, a := range leads {
		if a.ID == actor.UserID {
			continue
		}
		d := auth.DataFor(a)
		d.By, d.Until = actor.Name, until
		if err := s.notices.Queue(tx, mail.ResetPolicyRelaxed, a, d); err != nil {
			return err
		}
	}
	return nil
}

var errKeepsRules = portico.E(portico.Conflict, "Your customer keeps the provider out, so the provider's rules cannot hold for it. Grant the provider access first.")

var errNoDefaults = portico.E(portico.Conflict, "These are the defaults already.")

// namesShown is how many people a preview names, and how many exemptions the
// policy page lists.
const namesShown = 50

// Preview is what a policy would change about who needs 2FA.
type Preview struct {
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
// counts the people of every customer to which that policy applies.
func (s *Service) PreviewPolicy(ctx context.Context, actor portico.Actor, c portico.CustomerID, to *portico.Policy) (Preview, error) {
	if !actor.Can(portico.ManagePolicy, c) {
		return Preview{}, ErrForbidden
	}
	var p Preview
	err := s.db.View(ctx, func(r *store.Reader) error {
		p = Preview{}
		customer, err := r.Customer(c)
		if err != nil {
			return err
		}
		if to == nil {
			provider, err := r.Customer(portico.ProviderID)
			if err != nil {
				return err
			}
			to = &provider.Policy
		}
		if err := to.Validate(r.Now); err != nil {
			return err
		}
		counts, err := countsUnder(r, c)
		if err != nil {
			return err
		}
		for _, role := range portico.Roles(c) {
			was, now := customer.Policy.Require.For(role), to.Require.For(role)
			if was.Equal(now) {
				continue
			}
			change := RoleChange{Role: role, Was: was, Now: now}
			if !now.IsZero() {
				if err := p.addStopped(r, actor, c, &change, counts); err != nil {
					return err
				}
			}
			p.Changes = append(p.Changes, change)
		}
		return nil
	})
	return p, err
}

// countsUnder counts the people to whom a customer's policy applies.
func countsUnder(r *store.Reader, c portico.CustomerID) ([]store.Count, error) {
	if c == portico.ProviderID {
		return r.DefaultCounts()
	}
	return r.Counts(c)
}

// addStopped adds the people of one role who would have to set up 2FA.
func (p *Preview) addStopped(r *store.Reader, actor portico.Actor, c portico.CustomerID, change *RoleChange, counts []store.Count) error {
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

// policyChanges returns what changed, rule by rule, for the audit log.
func policyChanges(from, to portico.Customer) string {
	var what []string
	switch {
	case from.OwnPolicy && !to.OwnPolicy:
		what = append(what, "the provider's defaults hold")
	case !from.OwnPolicy && to.OwnPolicy && to.ID != portico.ProviderID:
		what = append(what, "rules of its own hold")
	}
	was, is := from.Policy, to.Policy
	for _, rule := range []struct {
		name     string
		was, now string
	}{
		{"Remember this browser", allowed(was.RememberBrowsers), allowed(is.RememberBrowsers)},
		{"2FA for users", requiredFrom(was.Require.User), requiredFrom(is.Require.User)},
		{"2FA for help desk", requiredFrom(was.Require.HelpDesk), requiredFrom(is.Require.HelpDesk)},
		{"2FA for administrators", requiredFrom(was.Require.Administrator), requiredFrom(is.Require.Administrator)},
		{"2FA for operators", requiredFrom(was.Require.Operator), requiredFrom(is.Require.Operator)},
		{"password length", number(was.PasswordLength, "characters"), number(is.PasswordLength, "characters")},
		{"log-ins last", number(was.SessionHours, "hours"), number(is.SessionHours, "hours")},
		{"log-ins unused end after", number(was.IdleMinutes, "minutes"), number(is.IdleMinutes, "minutes")},
		{"audit log for the help desk", allowed(was.HelpDeskSeesAudit), allowed(is.HelpDeskSeesAudit)},
		{"audit log is kept", number(was.AuditMonths, "months"), number(is.AuditMonths, "months")},
		{"resets of users", resetWords(was.Resets.User), resetWords(is.Resets.User)},
		{"resets of help desk", resetWords(was.Resets.HelpDesk), resetWords(is.Resets.HelpDesk)},
		{"resets of administrators", resetWords(was.Resets.Administrator), resetWords(is.Resets.Administrator)},
		{"resets of operators", resetWords(was.Resets.Operator), resetWords(is.Resets.Operator)},
		{"a second reset of the same person within a day", allowed(!was.Resets.OncePerDay), allowed(!is.Resets.OncePerDay)},
		{"resets an hour by one administrator", atMost(was.Resets.PerHour), atMost(is.Resets.PerHour)},
	} {
		if rule.was != rule.now {
			what = append(what, rule.name+": "+rule.now)
		}
	}
	return strings.Join(what, "; ")
}

// resetWords returns what a reset rule requires, in words.
func resetWords(r portico.ResetRule) string {
	var what []string
	for _, part := range []struct {
		asked bool
		words string
	}{
		{r.ResetCode, "one-time code"},
		{r.TwoPeople, "two people"},
		{r.CallerCheck, "caller check"},
		{r.DelayHours > 0, strconv.Itoa(r.DelayHours) + " hours"},
	} {
		if part.asked {
			what = append(what, part.words)
		}
	}
	if len(what) == 0 {
		return "at once"
	}
	return strings.Join(what, ", ")
}

func atMost(n int) string {
	if n == 0 {
		return "any number"
	}
	return "at most " + strconv.Itoa(n)
}

func allowed(is bool) string {
	if is {
		return "allowed"
	}
	return "not allowed"
}

func requiredFrom(t time.Time) string {
	if t.IsZero() {
		return "optional"
	}
	return "required from " + day(t)
}

func number(n int, unit string) string {
	if n == 0 {
		return "the portal's own"
	}
	return strconv.Itoa(n) + " " + unit
}
