package web

import (
	"net/http"
	"time"

	"portico"
	"portico/internal/customers"
	"portico/internal/web/ui"
)

func (s *Server) policyPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.policyPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

// policyPageFor returns the page with the policy as it is now.
func (s *Server) policyPageFor(r *http.Request) (ui.PolicyPage, error) {
	sc := scopeOf(r)
	p := sc.customer.Policy
	page := ui.PolicyPage{
		Layout: s.layout(r, "Policy", sc.policy()), Customer: sc.customer.Name,
		Defaults: sc.customer.ID == portico.ProviderID, Own: sc.customer.OwnPolicy && sc.customer.ID != portico.ProviderID,
		RememberBrowsers: p.RememberBrowsers, HelpDeskSeesAudit: p.HelpDeskSeesAudit,
		PasswordLength: typedNumber(p.PasswordLength), SessionHours: typedNumber(p.SessionHours),
		IdleMinutes: typedNumber(p.IdleMinutes), AuditMonths: typedNumber(p.AuditMonths),
	}
	if err := s.policyResets(r, &page); err != nil {
		return page, err
	}
	for _, role := range portico.Roles(sc.customer.ID) {
		page.Roles = append(page.Roles, ui.RoleRule{Role: role, From: typedDay(p.Require.For(role), s.zone(r))})
	}
	var err error
	if page.Notice == "policy-saved" && !page.ResetsHeld.IsZero() {
		page.Notice = "policy-saved-held"
	}
	page.Exempt, page.MoreExempt, err = s.Users.Exemptions(r.Context(), sc.actor, sc.customer.ID)
	return page, err
}

// policy saves the policy. If the change affects who needs 2FA, it shows a
// preview first; the form then comes back with seen.
func (s *Server) policy(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	sc := scopeOf(r)
	to := policyForm(f, sc.customer, s.zone(r))
	preview, err := s.Customers.PreviewPolicy(r.Context(), sc.actor, sc.customer.ID, to)
	if err == nil && len(preview.Changes) > 0 && !f.ticked("seen") {
		return s.show(w, s.policyPreviewFor(r, f, preview))
	}
	if err == nil {
		err = s.Customers.SavePolicy(r.Context(), sc.actor, sc.customer.ID, to)
	}
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedPolicy)
	}
	return redirect(w, r, sc.policy(), "policy-saved")
}

// farAway replaces a date that cannot be parsed or is before the year 2000. Validate rejects it.
var farAway = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// policyForm returns the policy that the form asks for, or nil for the
// provider's defaults. Values that cannot be parsed become values that Validate
// rejects, so that all problems are reported together.
func policyForm(f form, c portico.Customer, zone *time.Location) *portico.Policy {
	if f.ticked("defaults") {
		return nil
	}
	to := c.Policy // keeps the settings that the page does not show
	to.RememberBrowsers, to.HelpDeskSeesAudit = f.ticked("remember_browsers"), f.ticked("help_desk_sees_audit")
	to.PasswordLength, to.SessionHours = number(f.text("password_length")), number(f.text("session_hours"))
	to.IdleMinutes, to.AuditMonths = number(f.text("idle_minutes")), number(f.text("audit_months"))
	to.Resets = resetsForm(f, c)
	dates := map[portico.Role]*time.Time{
		portico.RoleUser: &to.Require.User, portico.RoleHelpDesk: &to.Require.HelpDesk,
		portico.RoleAdministrator: &to.Require.Administrator, portico.RoleOperator: &to.Require.Operator,
	}
	for _, role := range portico.Roles(c.ID) {
		// Keep a time of day that was not set on this page, if the date is unchanged.
		if typed := f.text("require_" + string(role)); typed != typedDay(*dates[role], zone) {
			from, err := date(typed, zone)
			if err != nil || typed != "" && from.Year() < 2000 {
				from = farAway
			}
			*dates[role] = from
		}
	}
	return &to
}

func (s *Server) typedPolicy(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.policyPageFor(r)
	page.Problem = p
	if f.ticked("defaults") {
		return page, err
	}
	page.RememberBrowsers, page.HelpDeskSeesAudit = f.ticked("remember_browsers"), f.ticked("help_desk_sees_audit")
	page.PasswordLength, page.SessionHours = f.text("password_length"), f.text("session_hours")
	page.IdleMinutes, page.AuditMonths = f.text("idle_minutes"), f.text("audit_months")
	page.OncePerDay, page.PerHour = f.ticked("reset_once_per_day"), f.text("reset_per_hour")
	for i, rule := range page.Resets {
		page.Resets[i].Rule, page.Resets[i].Delay = resetRuleForm(f, rule.Role), f.text("reset_delay_"+string(rule.Role))
	}
	for i, rule := range page.Roles {
		page.Roles[i].From = f.text("require_" + string(rule.Role))
	}
	return page, err
}

func (s *Server) policyPreviewFor(r *http.Request, f form, preview customers.PolicyPreview) ui.PolicyPreviewPage {
	sc := scopeOf(r)
	page := ui.PolicyPreviewPage{
		Layout: s.layout(r, "Review changes", sc.policy()), Customer: sc.customer.Name,
		Defaults: sc.customer.ID == portico.ProviderID, Self: preview.Self, People: preview.People, More: preview.More,
		List: sc.access() + "?filter=" + string(portico.FilterNone), Carried: map[string]string{},
	}
	for _, c := range preview.Changes {
		page.Changes = append(page.Changes, ui.RoleChange(c))
		page.Stopped += c.Stopped
		page.AtOnce = page.AtOnce || c.Stopped > 0 && !s.Now().Before(c.Now)
	}
	for name := range f.values {
		page.Carried[name] = f.values.Get(name)
	}
	return page
}
