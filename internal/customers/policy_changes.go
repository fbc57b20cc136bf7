package customers

import (
	"strconv"
	"strings"
	"time"

	"portico"
)

// policyChanges returns what changed, rule by rule, for the audit log.
func policyChanges(from, to portico.Customer) string {
	var changed []string
	switch {
	case from.OwnPolicy && !to.OwnPolicy:
		changed = append(changed, "the provider's defaults hold")
	case !from.OwnPolicy && to.OwnPolicy && to.ID != portico.ProviderID:
		changed = append(changed, "rules of its own hold")
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
		{"maximum session length", number(was.SessionHours, "hours"), number(is.SessionHours, "hours")},
		{"log out after inactivity", number(was.IdleMinutes, "minutes"), number(is.IdleMinutes, "minutes")},
		{"audit log for the help desk", allowed(was.HelpDeskSeesAudit), allowed(is.HelpDeskSeesAudit)},
		{"audit log is kept", number(was.AuditMonths, "months"), number(is.AuditMonths, "months")},
		{"resets of users", resetRuleText(was.Resets.User), resetRuleText(is.Resets.User)},
		{"resets of help desk", resetRuleText(was.Resets.HelpDesk), resetRuleText(is.Resets.HelpDesk)},
		{"resets of administrators", resetRuleText(was.Resets.Administrator), resetRuleText(is.Resets.Administrator)},
		{"resets of operators", resetRuleText(was.Resets.Operator), resetRuleText(is.Resets.Operator)},
		{"a second reset of the same person within 24 hours", allowed(!was.Resets.OncePerDay), allowed(!is.Resets.OncePerDay)},
		{"resets per administrator and hour", atMost(was.Resets.PerHour), atMost(is.Resets.PerHour)},
	} {
		if rule.was != rule.now {
			changed = append(changed, rule.name+": "+rule.now)
		}
	}
	return strings.Join(changed, "; ")
}

// resetRuleText returns what a reset rule requires, in words.
func resetRuleText(r portico.ResetRule) string {
	var parts []string
	for _, part := range []struct {
		asked bool
		words string
	}{
		{r.ResetCode, "reset code"},
		{r.TwoPeople, "second administrator's approval"},
		{r.CallerCheck, "verified caller"},
		{r.DelayHours > 0, "waiting period " + strconv.Itoa(r.DelayHours) + " hours"},
	} {
		if part.asked {
			parts = append(parts, part.words)
		}
	}
	if len(parts) == 0 {
		return "at once"
	}
	return strings.Join(parts, ", ")
}

func atMost(n int) string {
	if n == 0 {
		return "no limit"
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
	if t = t.UTC(); t.Hour() != 0 || t.Minute() != 0 { // chosen in another zone
		return "required from " + t.Format("2 January 2006, 15:04 UTC")
	}
	return "required from " + t.Format("2 January 2006")
}

func number(n int, unit string) string {
	if n == 0 {
		return "the portal's default"
	}
	return strconv.Itoa(n) + " " + unit
}
