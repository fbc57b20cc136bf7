package maintenance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portico/internal/seal"
	"portico/internal/store"
)

// askNodes is how often a rotation looks whether all nodes hold a key.
const askNodes = 200 * time.Millisecond

// awaitNodes waits until all nodes that serve the portal are as they should be.
// After the time limit it returns an error that names the others.
func awaitNodes(ctx context.Context, db *store.DB, most time.Duration, lack string, ready func(store.Node) bool) error {
	late, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(askNodes)
	defer tick.Stop()
	for {
		err := allNodes(db.Read(ctx), lack, ready)
		if err == nil {
			return nil
		}
		select {
		case <-late.Done():
			return err
		case <-tick.C:
		}
	}
}

// allNodes returns an error that names the nodes that are not ready.
func allNodes(r *store.Reader, lack string, ready func(store.Node) bool) error {
	nodes, err := r.Nodes()
	if err != nil {
		return err
	}
	var others []string
	for _, n := range slices.DeleteFunc(nodes, ready) {
		others = append(others, fmt.Sprintf("%s, last seen %d seconds ago", n.Name, int(r.Now.Sub(n.SeenAt).Seconds())))
	}
	if len(others) == 0 {
		return nil
	}
	return fmt.Errorf("these nodes %s: %s. Put the changed keyset in place of theirs, and run this command again; until then nothing is lost. "+
		"A node counts until it was not seen for %d minutes", lack, strings.Join(others, "; "), int(store.NodeSilence.Minutes()))
}

func sealsWith(key uint32) func(store.Node) bool {
	return func(n store.Node) bool { return n.SealsWith == key }
}

// CheckKeyset returns an error if the keyset lacks a key that the portal's own
// secrets are sealed with, or one that another node seals with. A node cannot
// serve then. The keyset's file is read again if it has changed. Nodes that
// lack a key of the secrets themselves do not count: they are the wrong ones.
func CheckKeyset(ctx context.Context, db *store.DB, keys *seal.Keys) error {
	held, err := keys.Held()
	if err != nil {
		return err
	}
	needed, err := keysOfSecrets(ctx, db)
	if err != nil {
		return err
	}
	for _, key := range needed {
		if !slices.Contains(held.Keys, key) {
			return fmt.Errorf("the database is sealed with a key that the keyset %s does not hold: put the keyset of the other nodes in its place", keys.Path())
		}
	}
	nodes, err := db.Read(ctx).Nodes()
	if err != nil {
		return err
	}
	for _, n := range nodes {
		wrong := slices.ContainsFunc(needed, func(key uint32) bool { return !slices.Contains(n.Holds, key) })
		if !wrong && !slices.Contains(held.Keys, n.SealsWith) {
			return fmt.Errorf("%s seals with a key that the keyset %s does not hold: put the keyset of that node in its place", n.Name, keys.Path())
		}
	}
	return nil
}

// keysOfSecrets returns the IDs of the keys that the portal's own secrets are
// sealed with.
func keysOfSecrets(ctx context.Context, db *store.DB) (ids []uint32, err error) {
	for _, place := range store.SealedPlaces {
		if place.Purpose != store.PurposePortal {
			continue
		}
		secrets, err := db.Read(ctx).SealedOtherwise(place, []byte{}, "", rotateBatch)
		if err != nil {
			return nil, err
		}
		for _, s := range secrets {
			ids = append(ids, seal.KeyOf(s.Value))
		}
	}
	return ids, nil
}
