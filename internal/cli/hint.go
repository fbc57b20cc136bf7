package cli

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"portico/internal/config"
	"portico/internal/store"
)

// placeFlags are the flags that say which portal a command is about.
var placeFlags = []string{"config", "data", "database", "database-file", "keyset"}

// placeGiven returns the flags of the command line that say which portal is
// meant, to be given to another command as well. Variables and the settings file
// are not in it: the other command finds them too.
func placeGiven(parsed *kong.Context) string {
	var words, seen []string
	for _, path := range parsed.Path {
		if path.Flag == nil || path.Resolved || !slices.Contains(placeFlags, path.Flag.Name) || slices.Contains(seen, path.Flag.Name) {
			continue
		}
		seen = append(seen, path.Flag.Name)
		value := parsed.FlagValue(path.Flag)
		if file, is := value.(config.SecretFile); is {
			value = file.Path
		}
		text, _ := value.(string) // all are
		if path.Flag.Name == "database" && holdsPassword(text) {
			text = "URL"
		}
		words = append(words, " --"+path.Flag.Name+" "+store.ShellWord(text))
	}
	return strings.Join(words, "")
}

// holdsPassword reports whether an address of a database has a password, or
// cannot be read.
func holdsPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
}

// advised returns the text of an error, in which a command to run has the place of
// the portal.
func (e *environment) advised(err error) string {
	if advice := (*store.Advice)(nil); errors.As(err, &advice) {
		return strings.Replace(err.Error(), advice.Shown(), e.command(advice.Command), 1)
	}
	return err.Error()
}

// command returns a command with the place of the portal, for a text that says
// what to run next.
func (e *environment) command(words string) string { return "portico " + words + e.place }
