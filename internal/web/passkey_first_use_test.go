package web_test

import (
	"testing"

	"portico"
)

// TestFirstUseOfAPasskeyIsTold checks that the user is told of a log-in with a passkey in
// a browser in which they have not logged in before, with its name, and once.
func TestFirstUseOfAPasskeyIsTold(t *testing.T) {
	const subject = "A passkey was used in a new browser"
	for _, name := range []string{"whole log-in", "second step"} {
		t.Run(name, func(t *testing.T) {
			c := newPasskeyFixture(t)
			at := places[name]
			if c.told(subject) != 0 {
				t.Error("told when the passkey was added")
			}
			b, options := at.begin(c)
			c.accepts("a new browser", at, b, c.key.Get(options))
			if c.told(subject) != 1 || !c.mailed(subject, "Passkey") || c.events(portico.PasskeyUsedAnew, "Passkey") != 1 {
				t.Errorf("in a new browser: %d mails, %d events", c.told(subject), c.events(portico.PasskeyUsedAnew, "Passkey"))
			}
			b.Post("/logout")
			whole(b, c.key.Get(loginOptions(b)))
			if !isLoggedIn(b) || c.told(subject) != 1 || c.events(portico.PasskeyUsedAnew, "") != 1 {
				t.Errorf("in the same browser again: %d mails", c.told(subject))
			}
		})
	}
}
