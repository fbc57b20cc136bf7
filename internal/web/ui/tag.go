package ui

import "portico"

// tag is a status as a word with an icon, never as a colour alone.
type tag struct {
	Text portico.Text
	Kind string
	Icon icon
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
			return tag{v.Text(), "ok", "check"}
		case portico.TwoFactorDisabled:
			return tag{v.Text(), "quiet", "minus"}
		}
		return tag{v.Text(), "warn", "clock"}
	case portico.Status:
		switch v {
		case portico.Active:
			return tag{v.Text(), "ok", "check"}
		case portico.Invited:
			return tag{v.Text(), "warn", "mail"}
		}
		return tag{v.Text(), "bad", "stop"}
	case portico.CustomerStatus:
		switch v {
		case portico.CustomerInForce:
			return tag{v.Text(), "ok", "check"}
		case portico.CustomerRevokedAccess:
			return tag{v.Text(), "quiet", "door"}
		}
		return tag{v.Text(), "bad", "stop"}
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
