package cli

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// variablePrefix is how the environment variables of the program begin.
const variablePrefix = "PORTICO_"

// injected are the names of variables that Docker and Kubernetes set for a
// service called portico, or portico-database and the like.
var injected = regexp.MustCompile(`^PORTICO_(PORT|NAME|ENV_.*|([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?))$`)

// injectedAddress is the value of the variable ..._PORT of such a service.
var injectedAddress = regexp.MustCompile(`^(tcp|udp|sctp)://`)

// onlySettings leaves a variable to the flags that are settings of a portal. The
// other ones are arguments of one call: a role, a file to write or what is lost,
// taken from a shell or a container without a word, would surprise.
func onlySettings(app *kong.Kong) error {
	known := settings(app.Model)
	var keep func(*kong.Node)
	keep = func(node *kong.Node) {
		for _, flag := range node.Flags {
			if known[flag.Name] == nil && flag.Name != "config" {
				flag.Envs, flag.Tag.Envs = nil, nil
			}
		}
		for _, child := range node.Children {
			keep(child)
		}
	}
	keep(app.Model.Node)
	return nil
}

// checkEnvironment returns an error if a variable of the program is none of its
// settings, or is empty where that would silently mean another portal. It repeats
// no value.
func checkEnvironment(app *kong.Application, environ []string) error {
	known, bare := map[string]bool{}, map[string]string{}
	collectVariables(app.Node, known, bare)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case !strings.HasPrefix(name, variablePrefix):
		case value == "" && notEmpty[flagOf(name)] != "":
			return emptyValue(name, "unset it", flagOf(name))
		case known[name], injected.MatchString(name), strings.HasSuffix(name, "_PORT") && injectedAddress.MatchString(value):
		case bare[name] != "":
			return fmt.Errorf("the environment: %s is not a setting: --%s is given on the command line alone", name, bare[name])
		default:
			return fmt.Errorf("the environment: %s", unknown(name, slices.Collect(maps.Keys(known))))
		}
	}
	return nil
}

// notEmpty are the flags that an empty value, mostly that of a variable that a
// script has not set, would silently turn into another one, or into all that a
// command can be about, with what to give.
var notEmpty = map[string]string{
	"config": "give the name of a file", "data": "give a directory", "database": "give the address of a PostgreSQL database",
	"keyset": "give the name of a file", "listen": "give address and port", "base-url": "give an address such as https://portal.example.com",
	"mail-from": "give an address",

	"authenticator": "give the name or ID of one", "customer": "give the short name of one", "address": "give an IP address",
	"keyset-copy": "give the name of a file", "output": "give the name of a file", "mail-to": "give an address", "new-login-id": "give a login ID",
}

// emptyValue says that a flag is empty. name is its own or that of its variable.
// otherwise says how to do without it, and is "" if the command needs it.
func emptyValue(name, otherwise, flag string) error {
	switch {
	case otherwise == "":
		return fmt.Errorf("%s is empty: %s", name, notEmpty[flag])
	case flag == "database":
		otherwise += " for SQLite"
	}
	return fmt.Errorf("%s is empty: %s, or %s", name, notEmpty[flag], otherwise)
}

// flagOf returns the name of the flag of a variable.
func flagOf(variable string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, variablePrefix), "_", "-"))
}

// collectVariables collects the environment variables of all flags below a node,
// and those that flags without one would have.
func collectVariables(node *kong.Node, known map[string]bool, bare map[string]string) {
	for _, flag := range node.Flags {
		for _, name := range flag.Envs {
			known[name] = true
		}
		if len(flag.Envs) == 0 {
			bare[variablePrefix+strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))] = flag.Name
		}
	}
	for _, child := range node.Children {
		collectVariables(child, known, bare)
	}
}

// unknown says that there is no setting with a name, and which one is meant if
// that can be guessed.
func unknown(name string, known []string) string {
	slices.Sort(known)
	if flag := flagOf(name); slices.Contains(known, flag) && strings.HasPrefix(name, variablePrefix) {
		return fmt.Sprintf("%s is not a setting: did you mean %s?", name, flag)
	}
	best, least := "", 1+(len(strings.TrimPrefix(name, variablePrefix))+3)/4 // fewer letters differ in a slip
	for _, one := range known {
		if n := distance(name, one); n < least {
			best, least = one, n
		}
	}
	if best == "" {
		return name + " is not a setting: portico serve --help lists them"
	}
	return fmt.Sprintf("%s is not a setting: did you mean %s?", name, best)
}

// distance returns how many letters have to be inserted, deleted, replaced or
// swapped with their neighbour to make b of a (Damerau, Levenshtein).
func distance(a, b string) int {
	rows := [][]int{make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := range len(a) {
		row := []int{i + 1}
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			least := min(row[j]+1, rows[i][j+1]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				least = min(least, rows[i-1][j-1]+1)
			}
			row = append(row, least)
		}
		rows = append(rows, row)
	}
	return rows[len(a)][len(b)]
}
