package portico_test

import (
	"testing"

	"portico"
)

// TestEventsAreToldAndExported checks that pages tell the details of an event as a
// message, and that files have the same words in English, also of older events.
func TestEventsAreToldAndExported(t *testing.T) {
	vouched := portico.DetailsOf(portico.ResetRequest{Reason: "lost phone", Proof: portico.ResetProof{Kind: portico.ProofVouched, Name: "Ben", Text: "unused"}})
	for _, c := range []struct {
		event portico.Event
		told  string // as stored; "" for a text as it is
		text  string
	}{
		{portico.Event{Action: portico.LoginRefused, Details: "wrong password"}, "", "wrong password"},
		{portico.Event{Action: portico.LoginRefused, Details: "wrong password", Told: portico.Say("wrong password")}, `{"text":"wrong password"}`, "wrong password"},
		{
			portico.Event{Action: portico.LoginRefused, Details: portico.RefusalDetails{Reason: "unknown login ID", LoginIDHash: "9a"}.Stored()},
			`{"text":"unknown login ID"}`, "unknown login ID",
		},
		{
			portico.Event{Action: portico.UserDeleted, Details: portico.DeletionDetails{Role: portico.RoleHelpDesk}.Stored()},
			`{"text":"Role: {0}","values":[{"text":"Help desk"}]}`, "Role: Help desk",
		},
		{
			portico.Event{Action: portico.TwoFactorReset, Details: vouched.Stored()},
			`{"text":"{0}; {1}","values":[{"text":"Proof: {0}","values":[{"text":"{0} vouched","values":["Ben"]}]},{"text":"Reason: {0}","values":["lost phone"]}]}`,
			"Proof: Ben vouched; Reason: lost phone",
		},
		{
			portico.Event{Action: portico.TwoFactorReset, Details: `{"proof":"seen by Bob","reason":"x"}`},
			`{"text":"{0}; {1}","values":[{"text":"Proof: {0}","values":[{"text":"","values":["seen by Bob"]}]},{"text":"Reason: {0}","values":["x"]}]}`,
			"Proof: seen by Bob; Reason: x",
		},
	} {
		if got := c.event.DetailsMessage().Stored(); got != c.told {
			t.Errorf("%s: got told %s, want %s", c.event.Details, got, c.told)
		}
		if got := c.event.DetailsText(); got != c.text {
			t.Errorf("%s: got %q, want %q", c.event.Details, got, c.text)
		}
	}
}

// TestNamesOfNobody checks that the names which the portal gives are told as
// messages, and those of people as they are.
func TestNamesOfNobody(t *testing.T) {
	for _, c := range []struct {
		actor portico.Actor
		told  bool
	}{
		{portico.CommandLine(), true},
		{portico.System(portico.Origin{}), true},
		{portico.Actor{Kind: portico.ActorUser, Name: string(portico.DeletedName)}, true},
		{portico.Actor{Kind: portico.ActorUser, UserID: "u", Name: "Portal"}, false},
		{portico.Actor{Kind: portico.ActorUser, UserID: "u", Name: "Ann Lee"}, false},
	} {
		if got := c.actor.Shown(); got.String() != c.actor.Name || (got.Stored() != "") != c.told {
			t.Errorf("%+v: got %#v, want it told as a message: %v", c.actor, got, c.told)
		}
	}
}
