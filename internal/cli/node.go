package cli

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"slices"
	"time"

	"portico"
	"portico/internal/seal"
	"portico/internal/store"
)

// nodeSeenEvery is how often a node records that it serves, as long as its
// keyset stays the same.
const nodeSeenEvery = 30 * time.Second

// node is this program among those that serve one database.
type node struct {
	id, name string
	held     seal.Held // as recorded last
	seen     time.Time // when that was
}

func newNode(l net.Listener) *node {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return &node{id: rand.Text(), name: host + " (" + l.Addr().String() + ")"}
}

// recordStart records the node before it seals anything, also one that was told
// to stop meanwhile. It logs which others there are.
func (p *Portal) recordStart(ctx context.Context, n *node) error {
	ctx, cancel := store.Detached(ctx)
	defer cancel()
	held, err := p.Keys.Held()
	if err != nil {
		return err
	}
	if err := p.putNode(ctx, n, held); err != nil {
		return err
	}
	nodes, err := p.DB.Read(ctx).Nodes()
	for _, other := range nodes {
		if other.ID != n.id {
			p.log.Info("another node serves this portal, or has ended a moment ago without saying so", "node", other.Name, "seen", other.SeenAt.UTC().Format(utcTime))
		}
	}
	return err
}

// recordNode records the node again if its keys have changed or were recorded a
// while ago. Nodes with other settings may have stopped meanwhile, so that those of
// the portal are recorded too, as a start has done.
func (p *Portal) recordNode(ctx context.Context, n *node) error {
	held, err := p.Keys.Held()
	if err != nil {
		return err
	}
	if slices.Equal(held.Keys, n.held.Keys) && held.Primary == n.held.Primary && p.now().Sub(n.seen).Abs() < nodeSeenEvery {
		return nil
	}
	if err := p.putNode(ctx, n, held); err != nil {
		return err
	}
	return p.record(ctx, false)
}

// putNode records that the node serves, which keys it holds, and its settings.
func (p *Portal) putNode(ctx context.Context, n *node, held seal.Held) error {
	now := p.now()
	err := p.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		return tx.PutNode(store.Node{ID: n.id, Name: n.name, Holds: held.Keys, SealsWith: held.Primary, Settings: p.recorded()})
	})
	if err == nil {
		n.held, n.seen = held, now
	}
	return err
}

// removeNode records that the node has stopped. If that fails, the node counts
// until it was not seen for a while.
func (p *Portal) removeNode(ctx context.Context, n *node) {
	ctx, cancel := store.Detached(ctx)
	defer cancel()
	err := p.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DeleteNode(n.id) })
	if err != nil {
		p.log.Warn("recording that this node has stopped", "error", err)
	}
}
