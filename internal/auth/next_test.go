package auth

import (
	"testing"
	"time"

	"portico"
)

// passkeyCases are rules about passkeys, with what somebody has of them.
var passkeyCases = []struct {
	use   portico.PasskeyUse
	from  time.Duration // after now
	state portico.PasskeyState
}{
	{},
	{use: portico.PasskeysSecond},
	{use: portico.PasskeysSecond, state: portico.PasskeyInForce},
	{use: portico.PasskeysRequired},
	{use: portico.PasskeysRequired, state: portico.PasskeyInForce},
	{use: portico.PasskeysRequired, state: portico.PasskeyImpossible},
	{use: portico.PasskeysRequired, state: "unknown"},
	{use: portico.PasskeysRequired, from: time.Second},
	{use: "unknown", state: portico.PasskeyInForce},
}

// TestNext tries every proof on every kind of account. wantNext lists what
// leads to a session; nothing else may.
func TestNext(t *testing.T) {
	factors := []portico.TwoFactor{portico.TwoFactorNone, portico.TwoFactorDisabled, portico.TwoFactorEnabled, "passkey", ""}
	statuses := []portico.Status{portico.Active, portico.Invited, portico.Suspended, "", "deleted"}
	roles := []portico.Role{portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator, portico.RoleOperator, ""}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for bits := range 1 << 14 {
		has := func(i int) bool { return bits>>i&1 == 1 }
		p := Proof{Password: has(0), Code: has(1), Recovery: has(2), Remembered: has(3), ResetCode: has(9), Passkey: has(11), PasskeyVerified: has(12), PasskeyAlone: has(13)}
		customer := portico.Customer{Policy: portico.Policy{RememberBrowsers: has(4)}}
		if has(6) {
			customer.SuspendedAt = now.Add(-time.Hour)
		}
		if has(7) {
			customer.Policy.Require = portico.Requirement{User: now, HelpDesk: now, Administrator: now, Operator: now}
		}
		for i, passkeys := range passkeyCases {
			rule := portico.PasskeyRule{Use: passkeys.use, From: now.Add(passkeys.from)}
			customer.Policy.Passkeys = portico.PasskeyPolicy{User: rule, HelpDesk: rule, Administrator: rule, Operator: rule}
			statuses := statuses
			if i > 0 {
				statuses = statuses[:1]
			}
			for _, authenticator := range factors {
				for _, status := range statuses {
					for _, role := range roles {
						u := portico.User{Status: status, TwoFactor: authenticator, Passkey: passkeys.state, Role: role, PasswordExpired: has(5), EnrolmentPending: has(10)}
						if has(8) {
							u.ExemptUntil = now.Add(time.Second)
						}
						if got, want := Next(p, u, customer, now), wantNext(p, u, customer, now); got != want {
							t.Errorf("%+v, %+v, %+v: step %d, want %d", p, u, customer, got, want)
						}
					}
				}
			}
		}
	}
}

func wantNext(p Proof, u portico.User, c portico.Customer, now time.Time) Step {
	off := u.TwoFactor == portico.TwoFactorNone || u.TwoFactor == portico.TwoFactorDisabled
	on := u.TwoFactor == portico.TwoFactorEnabled
	second := p.Code || p.Recovery || p.Passkey
	use := c.Policy.Passkeys.User.Use // the same in every role
	whole := p.Passkey && p.PasskeyVerified && p.PasskeyAlone && u.Role != "" && (use == portico.PasskeysAllowed || use == portico.PasskeysRequired)
	asked := use == portico.PasskeysRequired && u.Role != "" && !c.Policy.Passkeys.User.From.After(now) && !u.ExemptUntil.After(now)
	only := asked && u.Passkey != portico.PasskeyImpossible // only a passkey is enough
	has := u.Passkey == portico.PasskeyInForce
	skips := p.Remembered && c.Policy.RememberBrowsers && u.Role == portico.RoleUser && !only
	switch {
	case u.Status != portico.Active || !c.SuspendedAt.IsZero():
		return StepRefuse
	case !p.Password && !whole:
		return StepPassword
	case !p.Password && u.PasswordExpired:
		return StepRefuse
	case u.PasswordExpired:
		return StepNewPassword
	case p.ResetCode && (on || off && !u.EnrolmentPending), off && second:
		return StepRefuse
	case off && u.EnrolmentPending && p.ResetCode:
		return StepEnrol
	case off && u.EnrolmentPending:
		return StepResetCode
	case off && !second && asked:
		return StepEnrol
	case off && !second && u.Role != "" && !c.Policy.Require.User.IsZero() && !u.ExemptUntil.After(now):
		return StepEnrol
	case on && only && p.Passkey && !has, on && only && has && p.Code && !p.Passkey:
		return StepRefuse
	case on && only && !has && (p.Code || p.Recovery):
		return StepEnrol
	case off && !second, on && (second || skips):
		return StepDone
	case on:
		return StepCode
	}
	return StepRefuse
}
