package portico_test

import (
	"testing"
	"time"

	"portico"
)

// matrix says who may do what to whom in their own customer, by the roles that
// may be acted on. It is both documentation (docs/security.md shows it) and
// test.
var matrix = []struct {
	permission portico.Permission
	byRole     map[portico.Role][]portico.Role // by the role of the actor: roles of targets
}{
	{portico.ResetTwoFactor, map[portico.Role][]portico.Role{
		portico.RoleUser:          nil,
		portico.RoleHelpDesk:      {portico.RoleUser},
		portico.RoleAdministrator: {portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator},
		portico.RoleOperator:      {portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator},
	}},
	{portico.SendPasswordLink, map[portico.Role][]portico.Role{
		portico.RoleUser:          nil,
		portico.RoleHelpDesk:      {portico.RoleUser},
		portico.RoleAdministrator: {portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator},
		portico.RoleOperator:      {portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator},
	}},
	{portico.ManagePeople, map[portico.Role][]portico.Role{
		portico.RoleUser:          nil,
		portico.RoleHelpDesk:      nil,
		portico.RoleAdministrator: {portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator},
		portico.RoleOperator:      {portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator},
	}},
}

var allRoles = []portico.Role{portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator, portico.RoleOperator}

func person(id portico.UserID, c portico.CustomerID, r portico.Role) portico.User {
	if r == portico.RoleOperator {
		c = portico.ProviderID
	}
	return portico.User{ID: id, CustomerID: c, Role: r, FirstName: "P"}
}

func TestC15_ActorTargetActionMatrix(t *testing.T) {
	for _, row := range matrix {
		for _, actorRole := range allRoles {
			actor := portico.AsUser(person("actor", "acme", actorRole), portico.Origin{})
			if actorRole == portico.RoleOperator {
				actor = entered(t, actor, portico.Customer{ID: "acme"})
			}
			for _, targetRole := range allRoles {
				target := person("target", "acme", targetRole)
				want := actorRole == portico.RoleOperator && targetRole == portico.RoleOperator
				for _, r := range row.byRole[actorRole] {
					want = want || r == targetRole
				}
				if got := actor.MayActOn(row.permission, target); got != want {
					t.Errorf("%s: %s on %s: %v, want %v", row.permission, actorRole, targetRole, got, want)
				}
				// People of another customer cannot be acted on, not even by an
				// operator who has entered this one.
				elsewhere := person("target", "globex", targetRole)
				if targetRole != portico.RoleOperator && actor.MayActOn(row.permission, elsewhere) {
					t.Errorf("%s: %s on another customer's %s", row.permission, actorRole, targetRole)
				}
				// Nobody may act on themselves.
				self := person("actor", "acme", targetRole)
				if actor.MayActOn(row.permission, self) {
					t.Errorf("%s: %s on oneself", row.permission, actorRole)
				}
			}
			if actor.MayActOn(row.permission, person("target", "acme", "root")) {
				t.Errorf("%s: %s on an unknown role", row.permission, actorRole)
			}
		}
	}
}

// TestC15_NobodyActsOnAHigherRole checks that nobody may act on a higher role,
// in any customer.
func TestC15_NobodyActsOnAHigherRole(t *testing.T) {
	for i, low := range allRoles {
		for _, high := range allRoles[i+1:] {
			if low.MayActOn(high) {
				t.Errorf("%s acts on %s", low, high)
			}
		}
	}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func entered(t *testing.T, a portico.Actor, c portico.Customer) portico.Actor {
	t.Helper()
	in, err := a.Enter(c, noon)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestC15_ProviderAccess checks that an operator acts only in a customer that they have
// entered, and can enter only with provider access. The command line need not
// enter, and nobody else can.
func TestC15_ProviderAccess(t *testing.T) {
	open, closed := portico.Customer{ID: "acme"}, portico.Customer{ID: "acme", AccessRevoked: true}
	awhile, over := closed, closed
	awhile.AccessGrantedUntil, over.AccessGrantedUntil = noon.Add(time.Second), noon
	target := person("target", "acme", portico.RoleUser)
	for _, role := range allRoles {
		actor := portico.AsUser(person("actor", "globex", role), portico.Origin{})
		operator := role == portico.RoleOperator
		if actor.Can(portico.SeePeople, "acme") || actor.MayActOn(portico.ResetTwoFactor, target) {
			t.Errorf("%s acts in a customer without entering", role)
		}
		for name, c := range map[string]portico.Customer{"open": open, "closed": closed, "open for a while": awhile, "no longer open": over, "provider": {ID: portico.ProviderID}} {
			in, err := actor.Enter(c, noon)
			want := operator && (name == "open" || name == "open for a while")
			if (err == nil) != want || in.Can(portico.SeePeople, "acme") != want || in.MayActOn(portico.ResetTwoFactor, target) != want {
				t.Errorf("%s enters a customer that is %s: %v", role, name, err)
			}
			if in.Can(portico.SeePeople, "globex") && role != portico.RoleAdministrator && role != portico.RoleHelpDesk {
				t.Errorf("%s is in another customer too", role)
			}
		}
	}
	if !portico.CommandLine().MayActOn(portico.ResetTwoFactor, target) {
		t.Error("the command line needs provider access")
	}
	if _, err := portico.CommandLine().Enter(open, noon); err == nil {
		t.Error("the command line enters")
	}
}

func TestPermissionsOfRoles(t *testing.T) {
	want := map[portico.Role][]portico.Permission{
		portico.RoleUser:          nil,
		portico.RoleHelpDesk:      {portico.SeePeople, portico.ResetTwoFactor, portico.SendPasswordLink},
		portico.RoleAdministrator: {portico.SeePeople, portico.ResetTwoFactor, portico.SendPasswordLink, portico.ManagePeople, portico.EndSessions, portico.SeeAudit, portico.ManagePolicy},
		portico.RoleOperator:      portico.Permissions,
		"":                        nil,
		"root":                    nil,
	}
	for role, has := range want {
		for _, p := range portico.Permissions {
			expect := false
			for _, h := range has {
				expect = expect || h == p
			}
			if got := role.Can(p); got != expect {
				t.Errorf("%q can %s: %v, want %v", role, p, got, expect)
			}
		}
	}
}

func TestNobodyGrantsAboveTheOwnRole(t *testing.T) {
	for _, c := range []struct {
		actor, role portico.Role
		in          portico.CustomerID
		want        bool
	}{
		{portico.RoleUser, portico.RoleUser, "acme", false},
		{portico.RoleHelpDesk, portico.RoleUser, "acme", false},
		{portico.RoleAdministrator, portico.RoleAdministrator, "acme", true},
		{portico.RoleAdministrator, portico.RoleOperator, "acme", false},
		{portico.RoleAdministrator, portico.RoleOperator, portico.ProviderID, false},
		{portico.RoleOperator, portico.RoleOperator, "acme", false},
		{portico.RoleOperator, portico.RoleOperator, portico.ProviderID, true},
		{portico.RoleOperator, portico.RoleAdministrator, portico.ProviderID, false},
		{portico.RoleOperator, portico.RoleAdministrator, "acme", true},
	} {
		if got := c.actor.MayGrant(c.role, c.in); got != c.want {
			t.Errorf("%s grants %s in %s: %v", c.actor, c.role, c.in, got)
		}
	}
}

func TestActorsWithoutAKindMayNothing(t *testing.T) {
	for name, a := range map[string]portico.Actor{
		"zero": {}, "system": portico.System(portico.Origin{}), "forged": {CustomerID: "acme", Role: portico.RoleOperator, Kind: "else"},
	} {
		for _, p := range portico.Permissions {
			if a.Can(p, "acme") || a.Can(p, portico.ProviderID) || a.Can(p, "") {
				t.Errorf("%s can %s", name, p)
			}
		}
	}
}
