package portico

import "strings"

// ActionGroup is a part of the actions that are about one thing, for a list to
// choose from.
type ActionGroup struct {
	Name    Text
	Actions []Action
}

// actionGroups names the groups in their order. An action belongs to the first one
// with a beginning of its name.
var actionGroups = []struct {
	name   Text
	begins []string
}{
	{"2FA resets", []string{"two_factor.reset_", "two_factor.one_time_", "two_factor.deleted_by_", "two_factor.authenticator_deleted_by_", "account.not_me"}},
	{"Two Factor Authentication", []string{"two_factor.", "factor.", "recovery.", "user.exempt", "user.reminded"}},
	{"Log-ins and sessions", []string{"login.", "logout.", "confirm.", "session.", "browser.", "address.", "user.unlocked"}},
	{"Passwords", []string{"password."}},
	{"Users", []string{"user.", "login_id."}},
	{"Imports and downloads", []string{"import.", "people."}},
	{"Customer and policy", []string{"customer.", "policy."}},
	{"Portal and audit log", []string{"portal.", "keys.", "audit.", "mail."}},
}

// ActionGroups returns every action, by group and then by text.
func ActionGroups() []ActionGroup {
	groups := make([]ActionGroup, len(actionGroups))
	for i, g := range actionGroups {
		groups[i].Name = g.name
	}
	for _, a := range Actions() {
		if i := a.group(); i >= 0 {
			groups[i].Actions = append(groups[i].Actions, a)
		}
	}
	return groups
}

// group returns the index of the action's group, -1 if it has none.
func (a Action) group() int {
	for i, g := range actionGroups {
		for _, begins := range g.begins {
			if strings.HasPrefix(string(a), begins) {
				return i
			}
		}
	}
	return -1
}
