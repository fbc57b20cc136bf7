package web_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/store"
	"portico/internal/web"
)

// TestC27_WhatNeedsNoConfirmation checks that the forms which need no
// confirmation are exactly those that docs/decisions/confirmation.md lists with
// reasons.
func TestC27_WhatNeedsNoConfirmation(t *testing.T) {
	page, err := os.ReadFile("../../docs/decisions/confirmation.md")
	must(t, err)
	argued := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		if form, _, is := strings.Cut(strings.TrimPrefix(line, "| "), " | "); is && strings.HasPrefix(form, "`") {
			for pattern := range strings.SplitSeq(form, ", ") {
				argued[strings.Trim(pattern, "`")] = false
			}
		}
	}
	for _, r := range web.RouteTable() {
		if !strings.HasPrefix(r.Pattern, "POST ") || r.Tag == "public" || r.Tag == "pending" || r.Fresh {
			continue
		}
		own := strings.Replace(r.Pattern, "POST /administration/", "POST /", 1)
		if r.Enters {
			own = strings.Replace(r.Pattern, "POST /customers/{slug}/", "POST /", 1)
		}
		if _, is := argued[own]; !is {
			t.Errorf("%s does not ask for a confirmed identity, and confirmation.md does not say why", r.Pattern)
		}
		argued[own] = true
	}
	for pattern, is := range argued {
		if !is {
			t.Errorf("confirmation.md says why %s does not ask for a confirmed identity, and it does or is no form", pattern)
		}
	}
}

// TestC27_ConfirmedRoutesNeedFreshConfirmation sends every form that needs a
// confirmation from a session whose confirmation is too old. Each leads to the
// confirmation, and nothing is changed.
func TestC27_ConfirmedRoutesNeedFreshConfirmation(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	operator := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	alice, olga := c.as(c.admin), c.as(operator)
	c.Clock.Advance(portico.ConfirmationTTL)
	alice.Get("/account") // so that seen_at is written now; it is written once a minute
	olga.Get("/account")
	before := c.Contents()
	n := 0
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if !r.Fresh {
			continue
		}
		b := alice
		if strings.HasPrefix(path, "/customers") || path == "/administration/branding" {
			b = olga
		}
		p := try(b, method, path)
		if method == "POST" {
			p = b.Post(path, "reason", "lost phone", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "administrator")
		}
		if to := p.Header.Get("Location"); !strings.HasPrefix(to, "/confirm") && !p.Has("Confirm that it is you") {
			t.Errorf(`%s: %d %q, want not (!strings.HasPrefix(to, "/confirm") && !p.Has("Confirm that it is you"))`, r.Pattern, p.Status, to)
		}
		n++
	}
	if tables := changed(before, c.Contents()); len(tables) > 0 || n < 40 {
		t.Errorf("%d routes; changed %v", n, tables)
	}
}

// TestC27_ActorsOfBefore checks that a change reads the actor's session and
// role again, and rejects actors without a session.
func TestC27_ActorsOfBefore(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	alice := c.Actor(c.admin)
	confirmed := alice
	confirmed.Admission.Confirmed = true
	helps, others, unknown := c.Actor(c.help), c.Actor(second), alice
	promoted, borrowed := helps, alice
	promoted.Role, borrowed.Admission = portico.RoleAdministrator, others.Admission
	unknown.Admission.Session = strings.Repeat("x", 32)
	create := func(actor portico.Actor) error {
		_, err := c.Users.Invite(t.Context(), actor, c.acme.ID, portico.User{FirstName: "Eve", LastName: "Il", Email: "eve@example.com", Role: portico.RoleAdministrator})
		return err
	}
	before := c.Contents()
	for name, actor := range map[string]portico.Actor{
		"no session": alice.Unadmitted(), "a session of nobody": unknown, "a session of somebody else": borrowed, "a role of before": promoted,
	} {
		if err := create(actor); !portico.Unauthenticated.Is(err) {
			t.Errorf("%s: %v, want unauthenticated", name, err)
		}
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	if err := create(confirmed); !errors.Is(err, auth.ErrNotConfirmed) {
		t.Errorf("a confirmation that is too old: %v", err)
	}
	if tables := changed(before, c.Contents()); len(tables) > 0 {
		t.Errorf("changed %v", tables)
	}
	if err := create(alice); err != nil {
		t.Errorf("an actor who may: %v", err)
	}
	c.Clock.Advance(12 * time.Hour) // longer than any session of an administrator
	if err := create(alice); !portico.Unauthenticated.Is(err) {
		t.Errorf("a session that has expired: %v", err)
	}
}

// TestC27_EventsNeedTheirActor checks that no event can be written in the name
// of a person who did not make the change.
func TestC27_EventsNeedTheirActor(t *testing.T) {
	c := newFixture(t)
	alice, help := c.Actor(c.admin), c.Actor(c.help)
	for name, by := range map[string]portico.Actor{"the portal": portico.System(portico.Origin{}), "the command line": portico.CommandLine(), "somebody else": help} {
		err := c.DB.Update(t.Context(), by, func(tx *store.Tx) error {
			return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: alice}.Target(c.user))
		})
		if err == nil || c.events(portico.UserEdited, "") > 0 {
			t.Errorf("%s wrote an event in alice's name: %v", name, err)
		}
	}
	if err := c.DB.Update(t.Context(), portico.Actor{}, func(*store.Tx) error { return nil }); err == nil {
		t.Error("nobody made a change")
	}
}
