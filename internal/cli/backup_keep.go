package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portico/internal/store"
)

// series are the backups of one portal in a directory, or the copies of its keyset
// that were made with them. Their names hold the ID of the portal, when it was
// restored if it ever was, and the time, so that each portal counts and deletes
// its own alone. A copy that was restored elsewhere, for an exercise, has the ID
// of the portal, and must not delete that one's backups.
type series struct{ dir, prefix, suffix string }

// stamp is the time in the name of a backup, in UTC. Such names sort by time.
const stamp = "20060102T150405.000Z"

// series returns where --keep writes the databases and, with --keyset-copy, the
// keysets that belong to them.
func (c backupCommand) series(ctx context.Context, db *store.DB) ([]series, error) {
	id, err := db.PortalID(ctx)
	if err != nil {
		return nil, err
	}
	const digits = 8 // random ones: a UUIDv7 begins with the time
	prefix := "portico-"
	if len(id) > digits { // serve makes the ID of a portal of an earlier version
		prefix += id[len(id)-digits:] + "-"
	}
	restored, err := db.Restored(ctx)
	if err != nil {
		return nil, err
	}
	if !restored.IsZero() {
		prefix += "restored-" + restored.UTC().Format(stamp) + "-"
	}
	kept := []series{{c.File, prefix, ".backup"}}
	if c.KeysetCopy != "" {
		kept = append(kept, series{c.KeysetCopy, prefix, ".keyset.json"})
	}
	for _, s := range kept {
		if info, err := os.Stat(s.dir); err != nil {
			return nil, fmt.Errorf("looking for the directory of the backups, which --keep does not make: %w", err)
		} else if !info.IsDir() {
			return nil, usageError{fmt.Errorf("%s is not a directory: with --keep, give the directories of the backups", s.dir)}
		}
	}
	return kept, nil
}

func (s series) name(at time.Time) string {
	return filepath.Join(s.dir, s.prefix+at.UTC().Format(stamp)+s.suffix)
}

// aheadMost is how far the clocks of machines that share a directory may be apart.
const aheadMost = time.Hour

// all returns the times of the backups, the oldest first. Those that lie in the
// future come before all others: the clock was wrong, and they are older than
// what was written since. An empty file is none: it holds the name for a backup
// that is moved into place, or was when the program was killed.
func (s series) all(now time.Time) (times []time.Time, err error) {
	entries, err := os.ReadDir(s.dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("looking for earlier backups: %w", err)
	}
	for _, entry := range entries {
		rest, ours := strings.CutPrefix(entry.Name(), s.prefix)
		rest, complete := strings.CutSuffix(rest, s.suffix)
		at, err := time.Parse(stamp, rest)
		if !ours || !complete || err != nil || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another run has deleted it
		}
		if err != nil {
			return nil, fmt.Errorf("looking at an earlier backup: %w", err)
		}
		if info.Size() > 0 {
			times = append(times, at)
		}
	}
	future := slices.IndexFunc(times, func(at time.Time) bool { return at.After(now.Add(aheadMost)) })
	if future < 0 {
		return times, nil
	}
	return slices.Concat(times[future:], times[:future]), nil
}

// prune deletes the oldest backups, so that keep are left, and the copies of the
// keyset that were made with them: the directory of copies may have those of
// other backups too. It never deletes what was written at this time. backups come
// first in kept.
func prune(env *environment, kept []series, keep int, written time.Time) error {
	times, err := kept[0].all(env.now())
	if err != nil {
		return err
	}
	for i := 0; len(times)-i > keep; i++ {
		for _, s := range kept {
			name := s.name(times[i])
			if name == s.name(written) {
				continue
			}
			if err := os.Remove(name); errors.Is(err, fs.ErrNotExist) {
				continue // another run was faster, or no copy was made then
			} else if err != nil {
				return fmt.Errorf("the backup was written, and an older one could not be deleted: %w", err)
			}
			env.done("Deleted %s: %d are kept.\n", name, keep)
		}
	}
	for _, s := range kept {
		if err := store.RemoveUnfinished(s.dir, env.now()); err != nil {
			return err
		}
	}
	return nil
}
