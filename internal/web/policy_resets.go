package web

import (
	"net/http"

	"portico"
	"portico/internal/web/ui"
)

// policyResets fills in the rules for 2FA resets as they are set.
func (s *Server) policyResets(r *http.Request, page *ui.PolicyPage) (err error) {
	c := scopeOf(r).customer
	p := c.Policy.Resets
	page.OncePerDay, page.PerHour = p.OncePerDay, typedNumber(p.PerHour)
	for _, role := range portico.Roles(c.ID) {
		page.Resets = append(page.Resets, ui.ResetRuleForm{Role: role, Rule: p.For(role), Delay: typedNumber(p.For(role).DelayHours)})
	}
	page.ResetsHeld, err = s.Resets.PolicyGrace(r.Context(), c)
	return err
}

// resetsForm returns the reset rules that the form asks for. Roles that the
// form does not show keep their rules.
func resetsForm(f form, c portico.Customer) portico.ResetPolicy {
	to := c.Policy.Resets
	to.OncePerDay, to.PerHour = f.ticked("reset_once_per_day"), number(f.text("reset_per_hour"))
	for _, role := range portico.Roles(c.ID) {
		to = to.With(role, resetRuleForm(f, role))
	}
	return to
}

func resetRuleForm(f form, role portico.Role) portico.ResetRule {
	of := func(name string) string { return "reset_" + name + "_" + string(role) }
	return portico.ResetRule{
		ResetCode: f.ticked(of("code")), TwoPeople: f.ticked(of("two")), CallerCheck: f.ticked(of("caller")), DelayHours: number(f.text(of("delay"))),
	}
}
