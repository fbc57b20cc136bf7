package auth

import (
	"testing"

	"portico"
)

// TestNext tries every proof on every kind of account: what leads in is
// written down, and everything else must not.
func TestNext(t *testing.T) {
	factors := []portico.TwoFactor{portico.TwoFactorNone, portico.TwoFactorDisabled, portico.TwoFactorEnabled, "passkey", ""}
	statuses := []portico.Status{portico.Active, portico.Invited, portico.Suspended, "", "deleted"}
	roles := []portico.Role{portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator, portico.RoleOperator, ""}
	for bits := range 1 << 6 {
		has := func(i int) bool { return bits>>i&1 == 1 }
		p := Proof{Password: has(0), Code: has(1), Recovery: has(2), Remembered: has(3)}
		policy := portico.Policy{RememberBrowsers: has(4)}
		for _, factor := range factors {
			for _, status := range statuses {
				for _, role := range roles {
					u := portico.User{Status: status, TwoFactor: factor, Role: role, PasswordExpired: has(5)}
					if got, want := Next(p, u, policy), wantNext(p, u, policy); got != want {
						t.Errorf("%+v, %q %q %q expired %v, %+v: step %d, want %d", p, factor, status, role, u.PasswordExpired, policy, got, want)
					}
				}
			}
		}
	}
}

func wantNext(p Proof, u portico.User, policy portico.Policy) Step {
	off := u.TwoFactor == portico.TwoFactorNone || u.TwoFactor == portico.TwoFactorDisabled
	on := u.TwoFactor == portico.TwoFactorEnabled
	second := p.Code || p.Recovery
	skips := p.Remembered && policy.RememberBrowsers && u.Role == portico.RoleUser
	switch {
	case u.Status != portico.Active:
		return StepRefuse
	case !p.Password:
		return StepPassword
	case u.PasswordExpired:
		return StepNewPassword
	case off && !second, on && (second || skips):
		return StepDone
	case on:
		return StepCode
	}
	return StepRefuse
}
