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

// checkEnvironment returns an error if a variable of the program is none of its
// settings, or is empty where that would silently mean SQLite. It repeats no
// value.
func checkEnvironment(app *kong.Application, environ []string) error {
	known := map[string]bool{}
	collectVariables(app.Node, known)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case !strings.HasPrefix(name, variablePrefix):
		case name == "PORTICO_DATABASE" && value == "":
			return fmt.Errorf("%s is empty: give the address of a PostgreSQL database, or unset it for SQLite", name)
		case name == "PORTICO_CONFIG" && value == "":
			return fmt.Errorf("%s is empty: give the name of a file, or unset it", name)
		case known[name], injected.MatchString(name), strings.HasSuffix(name, "_PORT") && injectedAddress.MatchString(value):
		default:
			return fmt.Errorf("the environment: %s", unknown(name, slices.Collect(maps.Keys(known))))
		}
	}
	return nil
}

// collectVariables collects the environment variables of all flags below a node.
func collectVariables(node *kong.Node, into map[string]bool) {
	for _, flag := range node.Flags {
		for _, name := range flag.Envs {
			into[name] = true
		}
	}
	for _, child := range node.Children {
		collectVariables(child, into)
	}
}

// unknown says that there is no setting with a name, and which one is meant if
// that can be guessed.
func unknown(name string, known []string) string {
	slices.Sort(known)
	best, least := "", 3+len(name)/8 // so many letters differ in a slip
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

// distance returns how many letters have to be inserted, deleted or replaced to
// make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
