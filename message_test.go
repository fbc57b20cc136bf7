package portico_test

import (
	"testing"
	"time"

	"portico"
)

// TestMessageInEnglish: a message is in English what logs, commands and files say.
func TestMessageInEnglish(t *testing.T) {
	for want, m := range map[string]portico.Message{
		"Enter at most 20 labels.":        portico.Say("Enter at most {0} labels.", 20),
		"Try again in 1 minute.":          portico.Say("Try again in {0}.", portico.SayCount(1, "#wait 1 minute|{n} minutes")),
		"Try again in 5 minutes.":         portico.Say("Try again in {0}.", portico.SayCount(5, "#wait 1 minute|{n} minutes")),
		"Free on 2 March 2026.":           portico.Say("Free on {0}.", portico.Date(time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC))),
		"Because of Ann: not {0} or {1}":  portico.Say("Because of {0}: {1}", portico.List{"Ann"}, "not {0} or {1}"),
		"Ann, Ben and 2 more":             portico.Say("{0}", portico.List{"Ann", "Ben", portico.SayCount(2, "#users 1 more|{n} more")}),
		"Role: Help desk":                 portico.Say("Role: {0}", portico.RoleHelpDesk),
		"filter: 2FA not Enabled, Active": portico.Say("filter: {0}, {1}", portico.FilterNone, portico.Text("#customer Active")),
		"Nobody: ":                        portico.Say("Nobody: {0}", portico.List{}),
	} {
		if got := m.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
