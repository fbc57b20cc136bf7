package web_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
)

const authenticators = "/account/authenticators"

// codeCounts reports whether a code takes the user from the password to a session.
func (c *fixture) codeCounts(code string) bool {
	b := c.pend(c.user)
	b.Post("/login/code", "code", code)
	return isLoggedIn(b)
}

// TestAddRenameDeleteApp takes a second app from the button on the Account page to
// its end.
func TestAddRenameDeleteApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	first, _ := c.enrol(t, b)
	p := b.Fill(b.Get("/account"), "Add an authenticator app")
	second := keyOn(t, p)
	if p.Value("Name") != "Authenticator app 2" || !p.Has("Your other authenticators keep working") || string(second) == string(first) {
		t.Errorf("adding an app: %q, %s", p.Value("Name"), p.Text())
	}
	for _, name := range []string{"", " ", strings.Repeat("x", 61), "a\u202eb"} {
		if p := b.Fill(p, "Submit", "Name", name, "Enter the code here", c.Code(second, 0)); p.Status != 422 || p.Alert() == "" || len(c.Authenticators(c.user)) != 1 {
			t.Errorf("the name %q: %d %s", name, p.Status, p.Text())
		}
	}
	c.Clock.Advance(30 * time.Second)
	if p := b.Fill(p, "Submit", "Name", "Tablet", "Enter the code here", c.Code(first, 0)); p.Status != 422 || !strings.Contains(p.Alert(), "that you already have") || p.Value("Name") != "Tablet" {
		t.Errorf("a code of the first app: %d %q, name %q", p.Status, p.Alert(), p.Value("Name"))
	}
	p = b.Fill(p, "Submit", "Name", "Tablet", "Enter the code here", c.Code(second, 0))
	if p.Path != "/account?done=app-added" || p.Row("Tablet") == "" || p.Row("Authenticator app") == "" || p.Has("Add an authenticator app") {
		t.Fatalf("after adding: %s %s", p.Path, p.Text())
	}
	if c.events(portico.AuthenticatorAdded, `Authenticator app "Tablet"`) != 1 || !c.mailed("was added", `Authenticator app "Tablet". It counts like your other`) {
		t.Errorf("neither event nor mail names the new app")
	}
	c.Clock.Advance(30 * time.Second)
	for name, key := range map[string][]byte{"first": first, "second": second} {
		if !c.codeCounts(c.Code(key, 0)) {
			t.Errorf("a code of the %s app does not count", name)
		}
	}
	if p := b.Post(authenticators); p.Path != "/account?done=app-limit" || !p.Has("already have two authenticator apps") {
		t.Errorf("a third app: %s %s", p.Path, p.Text())
	}

	form := b.Get(b.Get("/account").RowLink("Tablet", "Rename"))
	if p := b.Fill(form, "Save", "Name", ""); p.Status != 422 || p.Alert() == "" {
		t.Errorf("renaming to nothing: %d %s", p.Status, p.Text())
	}
	if p := b.Fill(form, "Save", "Name", "Old <b>tablet"); p.Path != "/account?done=authenticator-renamed" || p.Row("Old <b>tablet") == "" {
		t.Errorf("renaming: %s %s", p.Path, p.Text())
	}
	if c.events(portico.AuthenticatorRenamed, `Authenticator app "Old <b>tablet", previously Tablet`) != 1 || !c.mailed("was renamed", `Authenticator app "Old <b>tablet", previously Tablet`) {
		t.Errorf("neither event nor mail names the renamed app")
	}

	ask := b.Get(b.Get("/account").Link("Delete Authenticator app"))
	if p := b.Fill(ask, "Delete Authenticator app"); p.Path != "/account?done=authenticator-deleted" || p.TwoFactorStatus() != "Enabled" {
		t.Fatalf("deleting the first app: %s %s", p.Path, p.Text())
	}
	if c.events(portico.AuthenticatorDeleted, "Authenticator app, added on 23 November 2026") != 1 || !c.mailed("was deleted", "Authenticator app, added on 23 November 2026") {
		t.Errorf("neither event nor mail names the deleted app")
	}
	c.Clock.Advance(30 * time.Second)
	if c.codeCounts(c.Code(first, 0)) || !c.codeCounts(c.Code(second, 0)) {
		t.Error("the code of the deleted app counts, or that of the other does not")
	}
	left := c.Authenticators(c.user)[0]
	if p := b.Get(authenticators + "/" + left.ID + "/delete"); !p.Has("Delete the 2FA setup") {
		t.Errorf("deleting the only authenticator: %s", p.Text())
	}
	if p := b.Post(authenticators + "/" + left.ID + "/delete"); p.Status != 409 || len(c.Authenticators(c.user)) != 1 {
		t.Errorf("deleting the only authenticator: %d %s", p.Status, p.Text())
	}
}

// mailed reports whether a mail to the user has texts in its subject and body.
func (c *fixture) mailed(subject, holds string) bool {
	for _, m := range c.Mails("ulla@example.com") {
		if strings.Contains(m.Subject, subject) && strings.Contains(m.Text, holds) {
			return true
		}
	}
	return false
}

// TestC07_OneCodeOneApp checks that each app has its own used time steps, and that a
// code which two apps show counts once.
func TestC07_OneCodeOneApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	first := c.Enrol(c.user)
	second := c.AddApp(c.user)
	now := c.Clock.Now()
	if !c.codeCounts(c.Code(first, 0)) || c.codeCounts(c.Code(first, 0)) {
		t.Error("a code of the first app does not count once")
	}
	if apps := c.Authenticators(c.user); !apps[0].LastUsedAt.Equal(now) || !apps[1].LastUsedAt.IsZero() || apps[1].LastStep != 0 {
		t.Errorf("after a code of the first app: %+v", apps)
	}
	if !c.codeCounts(c.Code(second, 0)) || c.codeCounts(c.Code(second, 0)) {
		t.Error("a code of the second app does not count once")
	}
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		apps, err := tx.Authenticators(c.user.ID)
		apps[1].Secret = apps[0].Secret
		if err != nil {
			return err
		}
		return tx.PutAuthenticator(apps[1])
	}))
	c.Clock.Advance(30 * time.Second)
	if !c.codeCounts(c.Code(first, 0)) || c.codeCounts(c.Code(first, 0)) {
		t.Error("a code that both apps show does not count once")
	}
}

// TestC02_UnknownKindBesideAnAppDenies checks that an authenticator of an unknown
// kind lets nobody in, whatever stands beside it.
func TestC02_UnknownKindBesideAnAppDenies(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.AddApp(c.user)
	c.behind(t, `UPDATE authenticators SET kind = 'unknown' WHERE name = 'Second'`)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != 500 || isLoggedIn(b) {
		t.Errorf("a code of the app beside it: %d %s", p.Status, p.Text())
	}
}

// TestSliderMovesAll checks that the slider moves all authenticators out of force
// and back, that a code of any of them brings all back, and that one which is added
// meanwhile stays out of force until then.
func TestSliderMovesAll(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	first, _ := c.enrol(t, b)
	if p := b.Post(disable); p.TwoFactorStatus() != "Disabled" {
		t.Fatalf("disabling: %s", p.Text())
	}
	p := b.Fill(b.Get("/account"), "Add an authenticator app")
	second := keyOn(t, p)
	if !p.Has("The new app is kept with your others until you enable it again") {
		t.Errorf("adding while disabled: %s", p.Text())
	}
	p = b.Fill(p, "Submit", "Enter the code here", c.Code(second, 0))
	if p.Path != "/account?done=app-added-off" || p.TwoFactorStatus() != "Disabled" || p.Row("Authenticator app 2") == "" {
		t.Fatalf("after adding while disabled: %s %s", p.Path, p.Text())
	}
	for _, f := range c.Authenticators(c.user) {
		if f.Enabled {
			t.Errorf("%+v is in force", f)
		}
	}
	c.Clock.Advance(30 * time.Second)
	if p := b.Fill(b.Fill(b.Get("/account"), "Two Factor Authentication"), "Submit", "Enter the code here", c.Code(second, 0)); p.TwoFactorStatus() != "Enabled" {
		t.Fatalf("enabling with a code of the second app: %s", p.Text())
	}
	for _, f := range c.Authenticators(c.user) {
		if !f.Enabled {
			t.Errorf("%+v is not in force", f)
		}
	}
	if !c.codeCounts(c.Code(first, 0)) || c.codeCounts(c.Code(second, 0)) {
		t.Error("the first app does not count again, or the code that enabled 2FA counts twice")
	}
	b.Fill(b.Fill(b.Get("/account"), "Delete 2FA setup"), "Delete 2FA setup")
	if left := c.Authenticators(c.user); len(left) > 0 {
		t.Errorf("the deleted setup leaves %+v", left)
	}
}

// TestC13_EachAppMoves checks that moving to a new phone replaces the app that it
// was started from, and that one alone.
func TestC13_EachAppMoves(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	first := c.Enrol(c.user)
	second := c.AddApp(c.user)
	b := c.asWith(c.user, first)
	if p := b.Post(enable, "move", "1"); p.Status != 404 {
		t.Errorf("moving without saying which: %d %s", p.Status, p.Text())
	}
	if p := b.Post(enable, "move", "1", "authenticator", "second-"+string(c.admin.ID)); p.Status != 404 {
		t.Errorf("moving one that is not there: %d %s", p.Status, p.Text())
	}
	p := b.Post(enable, "move", "1", "authenticator", "second-"+string(c.user.ID))
	moved := keyOn(t, p)
	if p = b.Post(confirm, "code", c.Code(moved, 0)); p.Path != "/account?done=moved" || p.Row("Second") == "" {
		t.Fatalf("moving the second app: %s %s", p.Path, p.Text())
	}
	c.Clock.Advance(30 * time.Second)
	if old, other, is := c.codeCounts(c.Code(second, 0)), c.codeCounts(c.Code(first, 0)), c.codeCounts(c.Code(moved, 0)); old || !other || !is {
		t.Errorf("the app on the old phone counts: %v, the other app: %v, the moved one: %v; want false, true, true", old, other, is)
	}
}

// TestC13_LastInForceStays checks that somebody who needs 2FA can delete an
// authenticator as long as another one is in force.
func TestC13_LastInForceStays(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.AddApp(c.user)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b := c.asWith(c.user, key)
	if p := b.Post(remove); p.Status != 403 || len(c.Authenticators(c.user)) != 2 {
		t.Errorf("deleting all: %d %s", p.Status, p.Text())
	}
	if p := b.Post(authenticators + "/second-" + string(c.user.ID) + "/delete"); p.Path != "/account?done=authenticator-deleted" {
		t.Errorf("deleting one of two: %s", p.Text())
	}
	for _, f := range c.Authenticators(c.user) {
		if p := b.Post(authenticators + "/" + f.ID + "/delete"); p.Status != 409 || len(c.Authenticators(c.user)) != 1 {
			t.Errorf("deleting the last: %d %s", p.Status, p.Text())
		}
	}
}

// TestC25_NothingIsAddedWithoutProof checks that neither a pending login, nor a
// session that allows the set-up alone, nor a remembered browser adds an app.
func TestC25_NothingIsAddedWithoutProof(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	remembered := c.rememberedBy(t, key)
	if p := remembered.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Fatalf("a remembered browser: %s", p.Text())
	}
	c.EnrolDisabled(c.help)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	for name, b := range map[string]*porticotest.Client{"pending login": c.pend(c.user), "remembered browser": remembered, "enrol-only session": c.as(c.help)} {
		p := b.Post(authenticators)
		if p.TestID("setup-key") != "" || strings.Contains(p.Body, "otpauth:") || b.Get(enable).TestID("setup-key") != "" {
			t.Errorf("a %s begins to add an app: %s", name, p.Text())
		}
	}
	b := c.as(c.help)
	ses, err := c.Auth.Authenticate(t.Context(), auth.Visit{SessionToken: b.Cookie("portico_session")})
	must(t, err)
	ses.Actor.Admission.Enrolling = true // as the guard of the set-up does
	if err := c.Auth.BeginAdding(t.Context(), ses); !portico.Forbidden.Is(err) {
		t.Errorf("an enrol-only session begins to add an app: %v, want the error portico.Forbidden", err)
	}
}

// TestC13_NoThirdApp checks that several sessions that each add a second app at the
// same time leave two.
func TestC13_NoThirdApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	added := map[*porticotest.Client][]byte{}
	for range 4 {
		b := c.asWith(c.user, key)
		added[b] = keyOn(t, b.Post(authenticators))
		c.Clock.Advance(30 * time.Second)
	}
	var wg sync.WaitGroup
	for b, key := range added {
		wg.Go(func() { b.Post(confirm, "name", "Another", "code", c.Code(key, 0)) })
	}
	wg.Wait()
	if n := len(c.Authenticators(c.user)); n != 2 {
		t.Errorf("%d authenticators, want 2", n)
	}

	// The first one to be added has ended the other sessions. Without that, too:
	c = newFixture(t)
	b := c.asWith(c.user, c.Enrol(c.user))
	third := keyOn(t, b.Post(authenticators))
	c.AddApp(c.user)
	p := b.Post(confirm, "name", "Another", "code", c.Code(third, 0))
	if n := len(c.Authenticators(c.user)); n != 2 {
		t.Errorf("%d authenticators after another one was added meanwhile, want 2: %s", n, p.Text())
	}
}

// TestC09_EachAppIsCharged checks that with two apps the rolling limits allow half as
// many wrong codes, and a typing mistake as little as with one.
func TestC09_EachAppIsCharged(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.AddApp(c.user)
	guesses := 0
	for guesses < 30 {
		in, evaluated, wait := c.from("10.0.0.7").login(porticotest.Password, c.wrongCode(key))
		if in {
			t.Fatal("a wrong code counts")
		}
		if evaluated {
			guesses++
			continue
		}
		if guesses < 5 {
			t.Fatalf("after %d wrong codes: wait %v, want none before the fifth", guesses, wait)
		}
		if wait > time.Hour {
			break
		}
		c.Clock.Advance(wait)
	}
	if guesses != 10 {
		t.Errorf("%d wrong codes in a day, want 10", guesses)
	}
}
