package cli

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"portico/internal/seal"
	"portico/internal/store"
)

// nodes checks that the nodes that serve the portal hold the same keys.
func (c *checkup) nodes(nodes []store.Node, keys *seal.Keys) {
	held, err := keys.Held()
	if err != nil {
		c.say(problem, "nodes", "%v", err)
		return
	}
	var changed time.Time // when this machine got its keyset
	if info, err := os.Stat(keys.Path()); err == nil {
		changed = info.ModTime()
	}
	for _, n := range nodes {
		switch {
		case !slices.Contains(held.Keys, n.SealsWith) || !slices.Contains(n.Holds, held.Primary):
			c.say(problem, "nodes", "%s has another keyset than %s: give all nodes the same one", n.Name, keys.Path())
		case n.SealsWith == held.Primary && len(held.Keys) == 1 && len(n.Holds) > 1 && n.SeenAt.Before(changed.Add(nodeSeenEvery)):
			c.say(fine, "nodes", "%s serves, and has not reported its keys since the old ones were dropped from %s: it does so within a minute", n.Name, keys.Path())
		case n.SealsWith == held.Primary && len(held.Keys) == 1 && len(n.Holds) > 1:
			c.say(warning, "nodes", "%s still holds keys that were dropped from %s: put a copy of that file in the place of its own", n.Name, keys.Path())
		case n.SealsWith != held.Primary || len(n.Holds) != len(held.Keys):
			c.say(warning, "nodes", "%s has another keyset than %s, in a rotation of the keys that is not finished: run %s again", n.Name, keys.Path(), c.env.command("keys rotate"))
		default:
			c.say(fine, "nodes", "%s serves, with the same keys", n.Name)
		}
	}
}

// nodeSettings checks that the nodes that serve the portal have the same settings:
// with two base URLs, a link in a mail would lead to where its reader never
// logged in.
func (c *checkup) nodeSettings(nodes []store.Node) {
	nodes = slices.DeleteFunc(nodes, func(n store.Node) bool { return n.Settings == nil })
	if len(nodes) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(nodes[0].Settings)) {
		values, having := []string{}, map[string][]string{}
		for _, n := range nodes {
			value := cmp.Or(n.Settings[name], "none")
			if having[value] == nil {
				values = append(values, value)
			}
			having[value] = append(having[value], n.Name)
		}
		if len(values) == 1 {
			continue
		}
		for i, value := range values {
			values[i] = value + " on " + strings.Join(having[value], ", ")
		}
		c.say(problem, "nodes", "--%s differs: %s. Start all nodes with the same", name, strings.Join(values, "; "))
	}
}
