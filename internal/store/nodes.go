package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Node is a program that serves the portal.
type Node struct {
	ID        string
	Name      string            // where it runs, for people
	Holds     []uint32          // IDs of the keys in its keyset
	SealsWith uint32            // the primary one
	Settings  map[string]string // that all nodes have to share, by the names of their flags; nil for a node of an earlier version
	SeenAt    time.Time
}

// NodeSilence is after what time a node that was not seen counts as stopped.
const NodeSilence = 3 * time.Minute

// PutNode records that a node serves now. It removes those that have stopped
// without saying so.
func (tx *Tx) PutNode(n Node) error {
	if _, err := tx.exec("removing stopped nodes", `DELETE FROM nodes WHERE seen_at < $1`, toMillis(tx.Now.Add(-time.Hour))); err != nil {
		return err
	}
	holds := make([]string, len(n.Holds))
	for i, id := range n.Holds {
		holds[i] = strconv.FormatUint(uint64(id), 10)
	}
	settings, err := json.Marshal(n.Settings)
	if err != nil {
		return fmt.Errorf("recording a node: %w", err)
	}
	_, err = tx.exec("recording a node", `INSERT INTO nodes (id, name, holds, seals_with, settings, seen_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET holds = excluded.holds, seals_with = excluded.seals_with, settings = excluded.settings, seen_at = excluded.seen_at`,
		n.ID, n.Name, strings.Join(holds, " "), int64(n.SealsWith), string(settings), toMillis(tx.Now))
	return err
}

// DeleteNode records that a node has stopped.
func (tx *Tx) DeleteNode(id string) error {
	_, err := tx.exec("removing a node", `DELETE FROM nodes WHERE id = $1`, id)
	return err
}

// Nodes lists the nodes that serve the portal, by name.
func (r *Reader) Nodes() ([]Node, error) {
	return all(r, "listing nodes", scanNode, `SELECT id, name, holds, seals_with, settings, seen_at FROM nodes WHERE seen_at > $1 ORDER BY name, id`,
		toMillis(r.Now.Add(-NodeSilence)))
}

// Unserved returns an error that names the nodes that serve the portal, if there
// are any. The database may be one of an earlier version, also of one whose nodes
// did not record themselves.
func (db *DB) Unserved(ctx context.Context) error {
	tables, err := db.tableNames(ctx, db.readers)
	if err != nil || !slices.Contains(tables, "nodes") {
		return err
	}
	r := db.Read(ctx)
	names, err := all(r, "listing nodes", scanText, `SELECT name FROM nodes WHERE seen_at > $1 ORDER BY name, id`, toMillis(r.Now.Add(-NodeSilence)))
	if err != nil || len(names) == 0 {
		return err
	}
	return fmt.Errorf("these nodes serve the portal: %s: stop them first. One that was killed counts for %d minutes more", strings.Join(names, ", "), int(NodeSilence.Minutes()))
}

func scanNode(row scanner) (Node, error) {
	var n Node
	var holds, settings string
	var sealsWith, seen int64
	if err := row.Scan(&n.ID, &n.Name, &holds, &sealsWith, &settings, &seen); err != nil {
		return n, err
	}
	if settings != "" {
		if err := json.Unmarshal([]byte(settings), &n.Settings); err != nil {
			return n, fmt.Errorf("the settings of node %s: %w", n.ID, err)
		}
	}
	n.SealsWith, n.SeenAt = uint32(sealsWith), fromMillis(seen)
	for field := range strings.FieldsSeq(holds) {
		id, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return n, fmt.Errorf("the keys of node %s: %w", n.ID, err)
		}
		n.Holds = append(n.Holds, uint32(id))
	}
	return n, nil
}
