package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/store"
)

// tileHeight is of the pieces that trees are stored in: 256 hashes each.
const tileHeight = 8

// sequenceBatch is how many events get their numbers in one transaction.
const sequenceBatch = 1000

// ErrTampered says that what is stored of a log does not fit its signed checkpoint:
// it was changed beside the portal, which signs nothing on top of that.
var ErrTampered = errors.New("the stored audit log does not fit its signed checkpoint: it was changed beside the portal")

// Sequence gives every event that has none its number in its customer's log, and
// signs each log that has grown. Until then an event is not bound to what came
// before it. Several programs may do so at once. Where a log was tampered with, the
// others go on.
func (l *Log) Sequence(ctx context.Context) error {
	var tampered Tampered
	for after := ""; ; {
		next, err := l.DB.Read(ctx).UnnumberedAfter(after)
		if err != nil || next == "" {
			return errors.Join(err, tampered.err())
		}
		after = next
		if err := l.sequence(ctx, portico.CustomerID(next)); errors.Is(err, ErrTampered) {
			tampered.add(err)
		} else if err != nil {
			return err
		}
	}
}

// sequence is Sequence for one customer.
func (l *Log) sequence(ctx context.Context, c portico.CustomerID) error {
	for faster := 0; ; {
		n, err := store.Update(ctx, l.DB, portico.System(portico.Origin{}), func(tx *store.Tx) (int, error) { return l.grow(tx, c) })
		if errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrNotFound) { // by another program
			if faster++; faster < 10 {
				continue
			}
			err = fmt.Errorf("%w (a number is taken)", ErrTampered)
		}
		if errors.Is(err, ErrTampered) {
			return fmt.Errorf("numbering the events of %s: %w", nameOf(l.DB.Read(ctx), c), err)
		}
		if err != nil {
			return fmt.Errorf("numbering the events of %s: %w", c, err)
		}
		if n < sequenceBatch {
			return nil
		}
	}
}

// grow numbers some events and signs the log with them. It hashes inside the
// transaction: a thousand times SHA-256, in a millisecond.
func (l *Log) grow(tx *store.Tx, c portico.CustomerID) (n int, err error) {
	entries, err := tx.Unnumbered(c, sequenceBatch)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	tree := newTiles(&tx.Reader, c)
	was, err := l.state(tree)
	if err != nil {
		return 0, err
	}
	next := was
	for i := range entries {
		e := &entries[i]
		e.Number = next.Size
		l.key.settle(e)
		if err := tree.add(e.Number, leafHash(*e)); err != nil {
			return 0, err
		}
		next.Size++
	}
	next.At = tx.Now
	if err := errors.Join(tx.NumberEvents(c, entries), tree.save(tx, was.Size, next.Size)); err != nil {
		return 0, err
	}
	if next.Root, err = tree.root(next.Size); err != nil {
		return 0, err
	}
	return len(entries), l.put(tx, was, next)
}

// put signs a checkpoint and puts it in place of the one before it, also in what
// is sealed of all logs together.
func (l *Log) put(tx *store.Tx, was, next Checkpoint) error {
	next, err := l.key.sign(next)
	if err != nil {
		return err
	}
	if err := tx.PutCheckpoint(next.Customer, was.Signed, next.Signed); err != nil {
		return err
	}
	return l.addTogether(tx, was.Signed, next.Signed)
}

// state reads where a log stands from its signed checkpoint alone, and sees that
// the stored tree and the newest event fit it. ErrTampered when they do not, or are
// missing. It has to be called in a transaction.
func (l *Log) state(t *tiles) (Checkpoint, error) {
	c, err := l.Newest(t.r, t.customer)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := t.fit(c); err != nil {
		return c, err
	}
	last, err := t.r.LastNumber(t.customer)
	if err == nil && last != c.Size-1 && c.Kept < c.Size {
		err = fmt.Errorf("%w (it ends with number %d and not %d)", ErrTampered, last+1, c.Size)
	}
	return c, err
}

// fit sees that the stored tree is the one of a checkpoint.
func (t *tiles) fit(c Checkpoint) error {
	root, err := t.root(c.Size)
	if err == nil && root != c.Root {
		err = fmt.Errorf("%w (its hashes are others)", ErrTampered)
	}
	return err
}

// tiles is a customer's tree as it is stored, and what was added to it.
type tiles struct {
	r        *store.Reader
	customer portico.CustomerID
	stored   map[tlog.Tile][]byte // that were read
	added    map[int64]tlog.Hash  // by the library's index
}

func newTiles(r *store.Reader, c portico.CustomerID) *tiles {
	return &tiles{r, c, map[tlog.Tile][]byte{}, map[int64]tlog.Hash{}}
}

// ReadHashes is what the library reads a tree by.
func (t *tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if h, ok := t.added[index]; ok {
			hashes[i] = h
			continue
		}
		tile := tlog.TileForIndex(tileHeight, index)
		data, err := t.tile(tile.L, tile.N)
		if err != nil {
			return nil, err
		}
		if hashes[i], err = tlog.HashFromTile(tile, data, index); err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrTampered, err)
		}
	}
	return hashes, nil
}

// tile reads a stored piece; nothing where it is missing.
func (t *tiles) tile(level int, n int64) ([]byte, error) {
	at := tlog.Tile{H: tileHeight, L: level, N: n}
	if data, ok := t.stored[at]; ok {
		return data, nil
	}
	data, err := t.r.LogTile(t.customer, level, n)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	t.stored[at] = data
	return data, nil
}

func (t *tiles) add(n int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, t)
	if err != nil {
		return fmt.Errorf("adding to the tree: %w", err)
	}
	for i, h := range hashes {
		t.added[tlog.StoredHashIndex(0, n)+int64(i)] = h
	}
	return nil
}

func (t *tiles) root(size int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		return root, fmt.Errorf("hashing the tree: %w", err)
	}
	return root, nil
}

func (t *tiles) save(tx *store.Tx, was, size int64) error {
	for _, tile := range tlog.NewTiles(tileHeight, was, size) {
		data, err := tlog.ReadTileData(tile, t)
		if err == nil {
			err = tx.PutLogTile(t.customer, tile.L, tile.N, data)
		}
		if err != nil {
			return fmt.Errorf("saving the tree: %w", err)
		}
	}
	return nil
}
