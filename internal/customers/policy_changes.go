package customers

import (
	"cmp"
	"time"

	"portico"
)

// policyChanges returns what changed, rule by rule, for the audit log.
func policyChanges(from, to portico.Customer) portico.Message {
	var changed []portico.Message
	switch {
	case from.OwnPolicy && !to.OwnPolicy:
		changed = append(changed, portico.Say("the provider's defaults hold"))
	case !from.OwnPolicy && to.OwnPolicy && to.ID != portico.ProviderID:
		changed = append(changed, portico.Say("rules of its own hold"))
	}
	return portico.Join("{0}; {1}", append(changed, ruleChanges(from.Policy, to.Policy)...)...)
}

// ruleChanges returns each rule that changes, as it will be. A passkey is 2FA, so 2FA is
// said to be required from the day of passkeys if that comes first.
func ruleChanges(was, is portico.Policy) []portico.Message {
	var changed []portico.Message
	twoFactor := func(p portico.Policy, r portico.Role) portico.Message {
		return requiredFrom(p.RequiredFrom(portico.User{Role: r}))
	}
	for _, rule := range []struct {
		text     portico.Text
		was, now portico.Message
	}{
		{"Remember this browser: {0}", allowed(was.RememberBrowsers), allowed(is.RememberBrowsers)},
		{"2FA for users: {0}", twoFactor(was, portico.RoleUser), twoFactor(is, portico.RoleUser)},
		{"2FA for help desk: {0}", twoFactor(was, portico.RoleHelpDesk), twoFactor(is, portico.RoleHelpDesk)},
		{"2FA for administrators: {0}", twoFactor(was, portico.RoleAdministrator), twoFactor(is, portico.RoleAdministrator)},
		{"2FA for operators: {0}", twoFactor(was, portico.RoleOperator), twoFactor(is, portico.RoleOperator)},
		{"passkeys of users: {0}", passkeyUse(was.Passkeys.User), passkeyUse(is.Passkeys.User)},
		{"passkeys of help desk: {0}", passkeyUse(was.Passkeys.HelpDesk), passkeyUse(is.Passkeys.HelpDesk)},
		{"passkeys of administrators: {0}", passkeyUse(was.Passkeys.Administrator), passkeyUse(is.Passkeys.Administrator)},
		{"passkeys of operators: {0}", passkeyUse(was.Passkeys.Operator), passkeyUse(is.Passkeys.Operator)},
		{"password length: {0}", number(was.PasswordLength, portico.MinPasswordLength, "#policy {0} characters"), number(is.PasswordLength, portico.MinPasswordLength, "#policy {0} characters")},
		{"maximum session length: {0}", hours(was.SessionHours), hours(is.SessionHours)},
		{"log out after inactivity: {0}", number(was.IdleMinutes, portico.MaxIdleMinutes, "#policy {0} minutes"), number(is.IdleMinutes, portico.MaxIdleMinutes, "#policy {0} minutes")},
		{"audit log for the help desk: {0}", allowed(was.HelpDeskSeesAudit), allowed(is.HelpDeskSeesAudit)},
		{"audit log is kept: {0}", months(was.AuditMonths), months(is.AuditMonths)},
		{"resets of users: {0}", resetRuleText(was.Resets.User), resetRuleText(is.Resets.User)},
		{"resets of help desk: {0}", resetRuleText(was.Resets.HelpDesk), resetRuleText(is.Resets.HelpDesk)},
		{"resets of administrators: {0}", resetRuleText(was.Resets.Administrator), resetRuleText(is.Resets.Administrator)},
		{"resets of operators: {0}", resetRuleText(was.Resets.Operator), resetRuleText(is.Resets.Operator)},
		{"a second reset of the same person within 24 hours: {0}", allowed(!was.Resets.OncePerDay), allowed(!is.Resets.OncePerDay)},
		{"resets per administrator and hour: {0}", atMost(was.Resets.PerHour), atMost(is.Resets.PerHour)},
	} {
		if rule.was.String() != rule.now.String() {
			changed = append(changed, portico.Say(rule.text, rule.now))
		}
	}
	return changed
}

// resetRuleText returns what a reset rule requires, in words.
func resetRuleText(r portico.ResetRule) portico.Message {
	var parts []portico.Message
	for _, part := range []struct {
		asked bool
		words portico.Message
	}{
		{r.ResetCode, portico.Say("reset code")},
		{r.TwoPeople, portico.Say("second administrator's approval")},
		{r.CallerCheck, portico.Say("verified caller")},
		{r.DelayHours == 1, portico.Say("waiting period 1 hour")},
		{r.DelayHours > 1, portico.Say("waiting period {0} hours", r.DelayHours)},
	} {
		if part.asked {
			parts = append(parts, part.words)
		}
	}
	if len(parts) == 0 {
		return portico.Say("#reset at once")
	}
	return portico.Join("{0}, {1}", parts...)
}

func atMost(n int) portico.Message {
	if n == 0 {
		return portico.Say("#resets no limit")
	}
	return portico.Say("at most {0}", n)
}

func allowed(is bool) portico.Message {
	if is {
		return portico.Say("allowed")
	}
	return portico.Say("not allowed")
}

// passkeyUse returns what a rule says that passkeys are for.
func passkeyUse(r portico.PasskeyRule) portico.Message {
	switch r.Use {
	case portico.PasskeysSecond:
		return portico.Say("#passkeys second step only")
	case portico.PasskeysRequired:
		return requiredFrom(r.From)
	}
	return allowed(true)
}

func requiredFrom(t time.Time) portico.Message {
	if t.IsZero() {
		return portico.Say("#policy optional")
	}
	if t = t.UTC(); t.Hour() != 0 || t.Minute() != 0 { // chosen in another zone
		return portico.Say("required from {0}, {1} UTC", portico.Date(t), t.Format("15:04"))
	}
	return portico.Say("required from {0}", portico.Date(t))
}

// number returns a number of the policy, or the portal's own where it sets none.
func number(n, own int, text portico.Text) portico.Message { return portico.Say(text, cmp.Or(n, own)) }

// hours returns how long a session may be.
func hours(n int) portico.Message {
	if n == 1 {
		return portico.Say("#policy 1 hour")
	}
	return number(n, portico.MaxSessionHours, "#policy {0} hours")
}

// months returns for how long a policy keeps events.
func months(n int) portico.Message {
	if n == 0 {
		return portico.Say("#events no limit")
	}
	return portico.Say("#policy {0} months", n)
}
