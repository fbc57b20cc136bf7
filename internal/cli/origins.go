package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// origins says where the values of settings come from, by the names of their
// flags: those that come from a variable or the settings file.
type origins map[string]string

// originsOf finds out where values come from. A flag on the command line
// overrides the others, and has no origin, because the error names it.
func originsOf(args, environ []string, file *settingsFile) origins {
	from := origins{}
	for name := range file.values {
		from[name] = fmt.Sprintf("set in %s, line %d", file.path, file.lines[name])
	}
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, variablePrefix) && !injected.MatchString(name) {
			from[flagOf(name)] = "set by " + name
		}
	}
	for _, arg := range args {
		if flag, is := strings.CutPrefix(arg, "--"); is {
			flag, _, _ = strings.Cut(flag, "=")
			delete(from, flag)
			delete(from, strings.TrimPrefix(flag, "no-"))
		}
	}
	return from
}

var flagInText = regexp.MustCompile(`--[a-z][a-z0-9-]*[a-z0-9]`)

// explain adds to an error where the values of the flags that it names come from.
func (o origins) explain(text string) string {
	flags := flagInText.FindAllString(text, -1)
	slices.Sort(flags)
	flags = slices.Compact(flags)
	var parts []string
	for _, flag := range flags {
		from, known := o[strings.TrimPrefix(flag, "--")]
		switch {
		case !known:
		case len(flags) == 1:
			parts = append(parts, from)
		case len(parts) == 0:
			parts = append(parts, flag+" is "+from)
		default:
			parts = append(parts, flag+" "+strings.TrimPrefix(from, "set "))
		}
	}
	if len(parts) == 0 {
		return text
	}
	return text + " (" + strings.Join(parts, ", ") + ")"
}
