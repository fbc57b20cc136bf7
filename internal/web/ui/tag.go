package ui

import (
	"portico"
	"portico/internal/locale"
)

// tag is a status as a word with an icon, never as a colour alone.
type tag struct {
	Text message
	Kind string
	Icon icon
}

// newTag returns the tag of a value in the language.
func newTag(l locale.Language, v any) tag {
	t := tagOf(v)
	t.Text = l.Text(t.Text)
	return t
}

// rowTags are what an import does with a row.
var rowTags = map[string]tag{
	"create": {"create", "ok", "check"}, "update": {"update", "ok", "check"}, "unchanged": {"unchanged", "quiet", "minus"}, "refused": {"refused", "bad", "stop"},
}

func tagOf(v any) tag {
	switch v := v.(type) {
	case portico.TwoFactor:
		switch v {
		case portico.TwoFactorEnabled:
			return tag{v.Label(), "ok", "check"}
		case portico.TwoFactorDisabled:
			return tag{v.Label(), "quiet", "minus"}
		}
		return tag{v.Label(), "warn", "clock"}
	case portico.Status:
		switch v {
		case portico.Active:
			return tag{v.String(), "ok", "check"}
		case portico.Invited:
			return tag{v.String(), "warn", "mail"}
		}
		return tag{v.String(), "bad", "stop"}
	case portico.CustomerStatus:
		switch v {
		case portico.CustomerInForce:
			return tag{v.String(), "ok", "check"}
		case portico.CustomerRevokedAccess:
			return tag{v.String(), "quiet", "door"}
		}
		return tag{v.String(), "bad", "stop"}
	case portico.User:
		return userTag(v)
	case ResetStatus:
		return resetTag(v)
	case portico.Import:
		return importTag(v)
	case string:
		return rowTags[v]
	}
	return tag{}
}
