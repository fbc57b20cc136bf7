package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/twofactorreset"
)

// TestOneAuthenticatorIsNamedEverywhere checks that a request for one authenticator is
// not told as one for the whole setup: to its target, its approver and the others.
func TestOneAuthenticatorIsNamedEverywhere(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	_, second, _ := c.withTwoApps(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, DelayHours: 4}})
	c.settled()
	lost := c.ids(c.user)[1]
	ask := func() (at string) { return path(c.askForOne(c.as(c.admin), c.user, lost)) }
	at := ask()
	theirs, approver := c.asWith(c.user, second), c.as(anna)
	for what, p := range map[string]*porticotest.Page{"Start of the target": theirs.Get("/"), "Start of the approver": approver.Get("/"), "the list": approver.Get("/administration/resets")} {
		if !p.Has(`Authenticator app "Second"`) || p.Has("delete your 2FA setup") || p.Has("Keep my 2FA setup") || p.Has("The whole 2FA setup") {
			t.Errorf("%s: %s", what, p.Text())
		}
	}
	if p := theirs.Get("/"); !p.Has(`asks to delete one of your authenticators, Authenticator app "Second"`) || !p.Has("Keep my authenticator") {
		t.Errorf("Start: %s", p.Text())
	}
	c.Clock.Advance(portico.ConfirmationTTL + time.Minute)
	if p := approver.Post(at + "/approve"); !p.Has(`You are about to approve the deletion of one authenticator: Authenticator app "Second", Ulla Tester (ulla)`) {
		t.Errorf("before the approval: %s", p.Text())
	}
	c.as(anna).Post(at + "/approve")
	theirs.Post("/account/two-factor/keep")
	ask()
	c.Clock.Advance(25 * time.Hour)
	c.carryOut(t)
	ask()
	c.press(c.lastMail("ulla@").Link("/not-me/"), "")
	for action, details := range map[portico.Action]string{
		portico.ResetApproved: `Only Authenticator app "Second"`, portico.ResetHasExpired: `Only Authenticator app "Second"`,
		portico.ResetWasCancelled: `Only Authenticator app "Second"; by the user`,
	} {
		if c.events(action, details) != 1 {
			t.Errorf("%s without %q: %+v", action, details, c.Events(c.acme.ID))
		}
	}
	if n := c.events(portico.ResetRequested, `Only Authenticator app "Second". Reason: lost phone`); n != 3 {
		t.Errorf("%d requests with their details, want 3: %+v", n, c.Events(c.acme.ID))
	}
	told := ""
	for _, m := range c.Mails("anna@example.com") {
		told += m.Subject + "\n" + m.Text
	}
	if !strings.Contains(told, "because of a request to delete an authenticator") || !strings.Contains(told, "had asked to delete an authenticator of Ulla Tester (ulla) at Acme") || strings.Contains(told, "had asked to delete the 2FA setup") {
		t.Errorf("the mail about the freeze: %s", told)
	}
}

// TestRequiredPasskeyIsDeleted checks that those who delete a user's only passkey where
// one is required, and the user, are told that the other authenticators open nothing.
func TestRequiredPasskeyIsDeleted(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.withAppAndPasskey(t)
	c.decide(t, c.acme.ID, portico.Policy{Passkeys: portico.PasskeyPolicy{User: portico.PasskeyRule{Use: portico.PasskeysRequired, From: c.Clock.Now()}}})
	ids := c.ids(c.user)
	p := c.askForOne(c.as(c.admin), c.user, ids[1])
	if !p.Has("A passkey is required: after the next log-in, the user can only add one") || p.Has("work as before") {
		t.Errorf("the page: %s", p.Text())
	}
	if m := c.lastMail("ulla@"); !strings.Contains(m.Text, "requires a passkey: after your next log-in, you can only add one") || strings.Contains(m.Text, "work as before") {
		t.Errorf("the mail: %s", m.Text)
	}
	c.as(c.admin).Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	if m := c.lastMail("ulla@"); !strings.Contains(m.Text, "requires a passkey: after your next log-in, you can only add one") || strings.Contains(m.Text, "set up two-factor authentication again") {
		t.Errorf("the mail about the whole setup: %s", m.Text)
	}
}

// TestRequestNamesWhatItDeletesNow checks that the page of a request says which
// authenticator it is for although its user has renamed it since.
func TestRequestNamesWhatItDeletesNow(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, second, _ := c.withTwoApps(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	b := c.as(c.admin)
	lost := c.ids(c.user)[1]
	at := path(c.askForOne(b, c.user, lost))
	if p := b.Get(at); !p.Has("Deletes only Second Authenticator app. Added") || p.Has("Now named") {
		t.Errorf("before it is renamed: %s", p.Text())
	}
	c.asWith(c.user, second).Post("/account/authenticators/"+lost, "name", "Main phone")
	if p := b.Get(at); !p.Has("Deletes only Second Authenticator app. Added") || !p.Has("Now named Main phone.") {
		t.Errorf("after it was renamed: %s", p.Text())
	}
}

// TestFreezeIsToldAsOne checks that the audit log and the administrators' mails say that
// an account is frozen until an administrator reactivates it, not until its user has
// another password alone.
func TestFreezeIsToldAsOne(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	c.askFor(c.as(c.admin), c.user)
	c.press(c.lastMail("ulla@").Link("/not-me/"), "")
	if c.events(portico.UnauthorizedActivityReported, "and until an administrator reactivates it, because of an open request") != 1 {
		t.Errorf("the event: %+v", c.Events(c.acme.ID)[:4])
	}
	if m := c.lastMail("alice@"); m.Subject != "Ulla Tester (ulla) says: this wasn't me" || !strings.Contains(m.Text, "nobody can log in to it until an administrator reactivates it") {
		t.Errorf("the mail: %s %s", m.Subject, m.Text)
	}
}

// TestDeletingAsksWhat checks that where there are several authenticators nothing is
// chosen for the administrator, that the heading is true of either choice, and that
// nothing is deleted without a choice.
func TestDeletingAsksWhat(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	at := access + "/" + string(c.user.ID) + "/two-factor/delete"
	headed := func(heading, question string) {
		t.Helper()
		if p := b.Get(at); !strings.Contains(p.Body, "<h1>"+heading+"</h1>") || !strings.Contains(p.Body, "<title>"+heading+" · ") || !p.Has(question) {
			t.Errorf("the page is not headed %q: %s", heading, p.Body)
		}
	}
	c.Enrol(c.user)
	headed("Delete 2FA setup", "Delete the 2FA setup of Ulla Tester (ulla)?")
	c.AddApp(c.user)
	headed("Delete 2FA setup or one authenticator", "Delete the 2FA setup of Ulla Tester (ulla), or one of the authenticators?")
	if p := b.Get(at); strings.Contains(p.Body, " checked") || !strings.Contains(p.Body, "</svg>Delete</button>") {
		t.Errorf("something is chosen, or the button says what is not: %s", p.Body)
	}
	if p := b.Post(at, "reason", " "); p.Status != 422 || !p.Has("Enter the reason.") || !p.Has("Choose what to delete.") || strings.Count(p.Body, `aria-invalid="true"`) != 2 {
		t.Errorf("neither a reason nor a choice: %d %s", p.Status, p.Body)
	}
	if p := b.Post(at, "reason", "lost phone"); p.Status != 422 || p.Alert() != "Choose what to delete." || len(c.ids(c.user)) != 2 {
		t.Errorf("without a choice: %d %s", p.Status, p.Text())
	}
	for _, chosen := range []string{"", c.ids(c.user)[1]} {
		p := b.Post(at, "reason", "", "authenticator", chosen)
		if p.Status != 422 || strings.Count(p.Body, " checked") != 1 || !strings.Contains(p.Body, `name="authenticator" value="`+chosen+`" checked`) {
			t.Errorf("the choice %q is not kept: %d %s", chosen, p.Status, p.Body)
		}
	}
	if b.Post(at, "reason", "lost phone", "authenticator", ""); len(c.ids(c.user)) != 0 {
		t.Error("the whole setup is not deleted")
	}
}

// TestNamesOfAnotherKindAreTold checks that mails, events and files say which kind of
// authenticator was deleted, although a passkey may be called "Authenticator app".
func TestNamesOfAnotherKindAreTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	_, _, _, b := c.withAppAndPasskey(t)
	lost := c.ids(c.user)[1]
	if p := b.Post("/account/authenticators/"+lost, "name", ""); p.Alert() != "Enter a name, such as the device that it is on." {
		t.Errorf("without a name: %s", p.Alert())
	}
	b.Post("/account/authenticators/"+lost, "name", "Authenticator app")
	for what, p := range map[string]*porticotest.Page{"the form": b.Get("/account/authenticators/" + lost), "the form again": b.Post("/account/authenticators/"+lost, "name", "")} {
		if !p.Has("Passkey, on one device only. Added") {
			t.Errorf("%s: %s", what, p.Text())
		}
	}
	c.askForOne(c.as(c.admin), c.user, lost)
	if !c.mailed("was deleted", `was deleted: Passkey "Authenticator app".`) {
		t.Error("the mail names no kind")
	}
	if c.events(portico.AuthenticatorReset, `Authenticator: Passkey "Authenticator app"; Reason: lost phone`) != 1 {
		t.Errorf("the event names no kind: %+v", c.Events(c.acme.ID)[0])
	}
}

// TestMailsNameWhoDeleted checks that mails about a deletion on the command line do not
// say that an administrator did it.
func TestMailsNameWhoDeleted(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.withTwoApps(t)
	for _, id := range []string{c.ids(c.user)[1], ""} {
		_, err := c.Resets.Request(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID, twofactorreset.Ask{Reason: "lost phone", AuthenticatorID: id})
		must(t, err)
		m := c.lastMail("ulla@")
		if !strings.Contains(m.Text, "By: Command line") || strings.Contains(m.Subject+m.Text, "n administrator has") || strings.Contains(m.Subject, "by an administrator") {
			t.Errorf("the mail: %s\n%s", m.Subject, m.Text)
		}
	}
}

// TestActivationPromisesNoPassword checks that somebody who has to add a passkey is not
// told to log in with the password next time.
func TestActivationPromisesNoPassword(t *testing.T) {
	c := newFixture(t, porticotest.Named)
	c.requirePasskeys(t)
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Fatima", Email: "fatima@example.com", Role: portico.RoleUser})
	must(t, err)
	b := c.Client()
	p := b.Fill(b.Get(c.lastMail("fatima@").Link("/activate/")), "Activate", "Login ID", "fatima", "Password", porticotest.Password)
	if !p.Has("Your account is ready, and you are logged in.") || p.Has("Next time, log in") {
		t.Errorf("after the activation: %s", p.Text())
	}
}

// TestReplacedPasskeyIsToldByItsKind checks that the page on which a user replaces a
// passkey that is called "Authenticator app" says that it is a passkey.
func TestReplacedPasskeyIsToldByItsKind(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b, _ := c.recoveredPasskey(t)
	c.behind(t, `UPDATE authenticators SET name = 'Authenticator app'`)
	if p := b.Fill(b.Get("/account"), "Replace with a passkey"); !strings.Contains(p.Body, `<b>Passkey &#34;Authenticator app&#34;</b>, which then`) {
		t.Errorf("in its place: %s", p.Body)
	}
}
