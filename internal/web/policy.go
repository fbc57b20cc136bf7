package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
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
		PasswordLength: strconv.Itoa(cmp.Or(p.PasswordLength, portico.MinPasswordLength)),
		SessionHours:   strconv.Itoa(cmp.Or(p.SessionHours, limitHours)), IdleMinutes: strconv.Itoa(cmp.Or(p.IdleMinutes, limitMinutes)),
		AuditMonths: typedNumber(p.AuditMonths),
	}
	page.TakesPasskeys, page.Was = s.Auth.TakesPasskeys(), policyMark(p)
	if err := s.policyResets(r, &page); err != nil {
		return page, err
	}
	for _, role := range portico.Roles(sc.customer.ID) {
		passkeys := p.Passkeys.For(role)
		page.Roles = append(page.Roles, ui.RoleRule{
			Role: role, From: typedDay(p.Require.For(role), s.zone(r)),
			Passkeys: cmp.Or(string(passkeys.Use), allowedPasskeys), PasskeyFrom: typedDay(passkeys.From, s.zone(r)),
			Set: p.Require.For(role), PasskeySet: passkeys.From, InForce: p.RequiredFrom(portico.User{Role: role}),
		})
	}
	var err error
	switch {
	case page.Notice != "reset-rules-saved":
	case page.ResetsHeld.IsZero():
		page.Notice = "policy-saved"
	default:
		page.Notice = "policy-saved-held"
	}
	page.Exempt, page.MoreExempt, err = s.Users.Exemptions(r.Context(), sc.actor, sc.customer.ID)
	return page, err
}

// policy saves the policy. If the change affects who needs 2FA or what passkeys are for, deletes
// events, or gives up a policy of the customer's own, it shows a preview first; the form then
// comes back with seen, or with edit to be changed.
func (s *Server) policy(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if f.ticked("edit") {
		page, err := s.typedPolicy(r, f, nil)
		if err != nil {
			return err
		}
		return s.show(w, page)
	}
	preview, err := s.savePolicy(r, f)
	switch {
	case err != nil:
		return s.rerenderTyped(w, r, f, err, (*Server).typedPolicy)
	case preview != nil:
		return s.show(w, s.policyPreviewFor(r, f, *preview))
	case f.saves("resets"):
		return redirect(w, r, scopeOf(r).policy(), "reset-rules-saved")
	}
	return redirect(w, r, scopeOf(r).policy(), "policy-saved")
}

// savePolicy saves what the form asks for, or returns a preview of it that has to be seen
// first.
func (s *Server) savePolicy(r *http.Request, f form) (*customers.PolicyPreview, error) {
	sc := scopeOf(r)
	from := sc.customer.Policy
	if was := f.text("was"); was != "" && was != policyMark(from) {
		return nil, customers.ErrPolicyChanged
	}
	to, err := policyForm(f, sc.customer, s.zone(r))
	if err != nil {
		return nil, err
	}
	p, err := s.Customers.PreviewPolicy(r.Context(), sc.actor, sc.customer.ID, to)
	if err != nil {
		return nil, err
	}
	if !f.ticked("seen") && (len(p.Changes)+len(p.Passkeys) > 0 || p.Deletes || to == nil && len(p.Others) > 0) {
		return &p, nil
	}
	return nil, s.Customers.SavePolicy(r.Context(), sc.actor, sc.customer.ID, &from, to)
}

// policyMark tells a policy from any other. A form brings along that of the policy which
// its page has shown, so that nobody undoes what somebody else has saved meanwhile.
func policyMark(p portico.Policy) string {
	text, err := json.Marshal(p)
	if err != nil {
		return "" // a policy has no value that JSON has not
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// farAway replaces a date that cannot be parsed or is before the year 2000. Validate rejects it.
var farAway = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// The portal's own limits of sessions. They are in force where a policy sets none.
var limitHours, limitMinutes = func() (int, int) {
	overall, idle := portico.Policy{}.SessionLimits(portico.RoleUser)
	return int(overall.Hours()), int(idle.Minutes())
}()

// saves reports whether the form has this section of the policy. A form that
// names no section has all of them.
func (f form) saves(section string) bool {
	sent := f.text("section")
	return sent == "" || sent == section
}

// inForce returns the number that was typed. It stays 0, for the portal's own
// limit, if that limit was shown and is still there.
func (f form) inForce(name string, was, limit int) int {
	n := number(f.text(name))
	if was == 0 && n == limit {
		return 0
	}
	return n
}

var errNoSection = portico.E(portico.Invalid, "This form belongs to no section of the policy. Go back, reload the page and send it again.")

// policyForm returns the policy that the form asks for, or nil for the
// provider's defaults. The sections that the form does not have keep their
// values. Values that cannot be parsed become values that Validate rejects, so
// that all problems are reported together.
func policyForm(f form, c portico.Customer, zone *time.Location) (*portico.Policy, error) {
	if f.ticked("defaults") {
		return nil, nil //nolint:nilnil // nil is the provider's defaults
	}
	if sent := f.text("section"); sent != "" && ui.PolicySections[sent] == "" {
		return nil, errNoSection
	}
	to := c.Policy
	if f.saves("two-factor") {
		to.Require, to.RememberBrowsers = requirementForm(f, c, zone), f.ticked("remember_browsers")
		to.Passkeys = passkeysForm(f, c, zone)
	}
	if f.saves("passwords") {
		to.PasswordLength = f.inForce("password_length", to.PasswordLength, portico.MinPasswordLength)
		to.SessionHours = f.inForce("session_hours", to.SessionHours, limitHours)
		to.IdleMinutes = f.inForce("idle_minutes", to.IdleMinutes, limitMinutes)
	}
	if f.saves("audit-log") {
		to.HelpDeskSeesAudit, to.AuditMonths = f.ticked("help_desk_sees_audit"), number(f.text("audit_months"))
	}
	if f.saves("resets") {
		to.Resets = resetsForm(f, c)
	}
	return &to, nil
}

// requirementForm returns from when on the form requires 2FA of each role.
func requirementForm(f form, c portico.Customer, zone *time.Location) portico.Requirement {
	to := c.Policy.Require // keeps roles that the page does not show
	dates := map[portico.Role]*time.Time{
		portico.RoleUser: &to.User, portico.RoleHelpDesk: &to.HelpDesk,
		portico.RoleAdministrator: &to.Administrator, portico.RoleOperator: &to.Operator,
	}
	for _, role := range portico.Roles(c.ID) {
		*dates[role] = dayForm(f.text("require_"+string(role)), *dates[role], zone)
	}
	return to
}

// dayForm returns the time for a day as typed. A time of day that was not set on the
// page stays, if the day is unchanged.
func dayForm(typed string, was time.Time, zone *time.Location) time.Time {
	if typed == typedDay(was, zone) {
		return was
	}
	from, err := date(typed, zone)
	if err != nil || typed != "" && from.Year() < 2000 {
		return farAway
	}
	return from
}

// allowedPasskeys is the value of the form for portico.PasskeysAllowed.
const allowedPasskeys = "allowed"

// passkeysForm returns what the form says that passkeys are for. A role that the form
// does not have keeps its rule: nothing sent must not allow more.
func passkeysForm(f form, c portico.Customer, zone *time.Location) portico.PasskeyPolicy {
	to := c.Policy.Passkeys
	for _, role := range portico.Roles(c.ID) {
		field := "passkeys_" + string(role)
		if !f.sent(field) {
			continue
		}
		rule := to.Of(role)
		rule.Use = portico.PasskeyUse(f.text(field))
		switch rule.Use {
		case allowedPasskeys:
			rule.Use = portico.PasskeysAllowed
		case portico.PasskeysAllowed: // empty is no choice
			rule.Use = "none"
		}
		from := dayForm(f.text("passkeys_from_"+string(role)), rule.From, zone)
		if rule.Use != portico.PasskeysRequired && from.Equal(rule.From) {
			from = time.Time{} // of the rule that ends, not a new choice
		}
		rule.From = from
	}
	return to
}

func (s *Server) typedPolicy(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.policyPageFor(r)
	page.Problem, page.Section = p, f.text("section")
	if ui.PolicySections[page.Section] == "" || p != nil && len(p.Fields) == 0 {
		page.Section = "" // the alert is at the top, where it is seen
	}
	if f.ticked("defaults") {
		return page, err
	}
	if f.saves("two-factor") {
		for i, rule := range page.Roles {
			passkeyFrom := rule.PasskeyFrom
			if passkeys := "passkeys_" + string(rule.Role); f.sent(passkeys) {
				page.Roles[i].Passkeys, passkeyFrom = f.text(passkeys), f.text("passkeys_from_"+string(rule.Role))
			}
			page.Roles[i].Type(f.text("require_"+string(rule.Role)), passkeyFrom)
		}
		page.RememberBrowsers = f.ticked("remember_browsers")
	}
	if f.saves("passwords") {
		page.PasswordLength, page.SessionHours, page.IdleMinutes = f.text("password_length"), f.text("session_hours"), f.text("idle_minutes")
	}
	if f.saves("audit-log") {
		page.HelpDeskSeesAudit, page.AuditMonths = f.ticked("help_desk_sees_audit"), f.text("audit_months")
	}
	if f.saves("resets") {
		page.OncePerDay, page.PerHour = f.ticked("reset_once_per_day"), f.text("reset_per_hour")
		for i, rule := range page.Resets {
			page.Resets[i].Rule, page.Resets[i].Delay = resetRuleForm(f, rule.Role), f.text("reset_delay_"+string(rule.Role))
		}
	}
	return page, err
}

func (s *Server) policyPreviewFor(r *http.Request, f form, preview customers.PolicyPreview) ui.PolicyPreviewPage {
	sc := scopeOf(r)
	page := ui.PolicyPreviewPage{
		Layout: s.layout(r, "Review changes", sc.policy()), Customer: sc.customer.Name,
		Defaults: sc.customer.ID == portico.ProviderID, Now: s.Now(),
		Others: preview.Others, Relaxed: preview.Relaxed, Deletes: preview.Deletes, Reset: f.ticked("defaults"),
		Self: preview.Stopped.Self, People: preview.Stopped.People, More: preview.Stopped.More,
		SelfLacks: preview.Lacking.Self, Lacking: preview.Lacking.People, MoreLack: preview.Lacking.More,
		List: sc.access() + "?filter=" + string(portico.FilterNone), Carried: map[string]string{},
	}
	for _, c := range preview.Changes {
		page.Changes = append(page.Changes, ui.RoleChange(c))
		page.Stopped.Add(c.Stopped, !page.Now.Before(c.Now))
	}
	for _, c := range preview.Passkeys {
		page.Passkeys = append(page.Passkeys, ui.PasskeyChange(c))
		if c.Now.Use == portico.PasskeysRequired {
			page.Lack.Add(c.Affected, !page.Now.Before(c.Now.From))
		}
	}
	for name := range f.values {
		page.Carried[name] = f.values.Get(name)
	}
	return page
}
