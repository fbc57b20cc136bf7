package people

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// SavePolicy stores what a customer decides for its people, or with nil gives
// it what operators have decided for all. Stricter rules hold at once, for
// those who are logged in too. Invalid when a rule is out of bounds.
func (s *Service) SavePolicy(ctx context.Context, actor portico.Actor, c portico.CustomerID, to *portico.Policy) error {
	if !actor.Can(portico.ManagePolicy, c) {
		return errForbidden
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if to != nil {
			if err := to.Validate(tx.Now); err != nil {
				return err
			}
		}
		customer, err := tx.Customer(c)
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
		return audit.Record(tx, portico.Event{
			CustomerID: c, Action: portico.PolicyChanged, Actor: actor, Details: policyChanges(customer, after),
		})
	})
	if err != nil {
		return fmt.Errorf("saving the policy: %w", err)
	}
	return nil
}

// policyChanges says for the audit log what changed, rule by rule.
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
	} {
		if rule.was != rule.now {
			what = append(what, rule.name+": "+rule.now)
		}
	}
	return strings.Join(what, "; ")
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
	return "required from " + t.UTC().Format("2 January 2006")
}

func number(n int, unit string) string {
	if n == 0 {
		return "the portal's own"
	}
	return strconv.Itoa(n) + " " + unit
}
