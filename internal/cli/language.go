package cli

import (
	"cmp"
	"strings"

	"github.com/alecthomas/kong"

	"portico/internal/locale"
)

// automatic is how commands call no choice of a language, as pages do.
const automatic = "automatic"

// languageFlag is a language as a flag takes it: one of the portal's, or automatic.
// "" is automatic as well.
type languageFlag string

// UnmarshalText is called by kong, which then checks the flag's enum.
func (l *languageFlag) UnmarshalText(given []byte) error {
	*l = languageFlag(cmp.Or(string(given), automatic))
	return nil
}

// tag returns the language as it is stored, or otherwise if the flag was not given.
func (l *languageFlag) tag(otherwise string) string {
	switch {
	case l == nil:
		return otherwise
	case *l == automatic:
		return ""
	}
	return string(*l)
}

// languages are the values that languageFlag takes, for the enum of a flag and for
// its help.
func languages() kong.Vars {
	all := []string{automatic}
	for _, l := range locale.All() {
		all = append(all, string(l))
	}
	last := len(all) - 1
	return kong.Vars{
		"languages":     strings.Join(all, ","),
		"languages_say": strings.Join(all[:last], ", ") + " or " + all[last],
	}
}
