package portico_test

import (
	"testing"
	"time"

	"portico"
)

// TestTimesAreBounded checks that time limits are not longer than
// docs/security.md says. Other tests advance their clocks by these constants,
// and would not notice.
func TestTimesAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ is, most time.Duration }{
		"pending login":             {portico.PendingLoginTTL, 5 * time.Minute},
		"set-up":                    {portico.EnrolmentTTL, 10 * time.Minute},
		"confirmation":              {portico.ConfirmationTTL, 10 * time.Minute},
		"showing of recovery codes": {portico.RecoveryShown, 10 * time.Minute},
		"forgotten password":        {portico.ForgottenLinkTTL, 30 * time.Minute},
		"password link":             {portico.PasswordLinkTTL, 24 * time.Hour},
		"unlock link":               {portico.UnlockLinkTTL, 24 * time.Hour},
		"invitation":                {portico.InvitationTTL, 7 * 24 * time.Hour},
		"remembered browser":        {portico.RememberTTL, 30 * 24 * time.Hour},
		"exemption":                 {portico.MaxExemption, 90 * 24 * time.Hour},
	} {
		if c.is <= 0 || c.is > c.most {
			t.Errorf("%s: %v, at most %v", name, c.is, c.most)
		}
	}
	if portico.CodesPerLogin > 5 {
		t.Errorf("%d codes a log-in", portico.CodesPerLogin)
	}
}
