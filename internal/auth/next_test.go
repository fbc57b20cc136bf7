package auth

import (
	"testing"

	"portico"
)

func TestNext(t *testing.T) {
	steps := map[Proof]map[portico.TwoFactor]Step{
		{}:                           {portico.TwoFactorNone: StepPassword, portico.TwoFactorDisabled: StepPassword, portico.TwoFactorEnabled: StepPassword},
		{Code: true}:                 {portico.TwoFactorNone: StepPassword, portico.TwoFactorDisabled: StepPassword, portico.TwoFactorEnabled: StepPassword},
		{Password: true}:             {portico.TwoFactorNone: StepDone, portico.TwoFactorDisabled: StepDone, portico.TwoFactorEnabled: StepCode, "passkey": StepRefuse, "": StepRefuse},
		{Password: true, Code: true}: {portico.TwoFactorNone: StepRefuse, portico.TwoFactorDisabled: StepRefuse, portico.TwoFactorEnabled: StepDone, "passkey": StepRefuse, "": StepRefuse},
	}
	for proof, byFactor := range steps {
		for factor, want := range byFactor {
			u := portico.User{Status: portico.Active, TwoFactor: factor}
			if got := Next(proof, u); got != want {
				t.Errorf("%+v with 2FA %q: %v, want %v", proof, factor, got, want)
			}
			for _, s := range []portico.Status{portico.Invited, portico.Suspended, "", "deleted"} {
				u.Status = s
				if got := Next(proof, u); got != StepRefuse {
					t.Errorf("%+v of somebody %q: %v", proof, s, got)
				}
			}
		}
	}
}
