package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"portico"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

// keysTried is how many encrypted values of each kind are decrypted to check
// whether a keyset is the right one.
const keysTried = 200

type backupCommand struct {
	config.Data `embed:""`
	File        string         `arg:"" help:"File to write, or - for standard output. Existing files are never overwritten. With --keep, an existing directory."`
	KeysetCopy  string         `name:"keyset-copy" help:"Also copy the keyset to this file, ideally on another disk. With --keep, to this directory." placeholder:"FILE"`
	Keep        *int           `help:"Write into a directory, with the time in the file name, and keep this many backups of this portal. Older ones are deleted." placeholder:"N"`
	Every       *time.Duration `help:"With --keep: keep running, and back up whenever the latest backup is this old. For containers; elsewhere, use a timer." placeholder:"TIME"`
}

// Validate is called by kong. It rejects one place for both, because that would
// be all that a thief needs.
func (c backupCommand) Validate() error {
	switch {
	case c.KeysetCopy == standard, c.KeysetCopy != "" && filepath.Clean(c.KeysetCopy) == filepath.Clean(c.File):
		return errors.New("--keyset-copy: the keyset goes to a place of its own, not into the backup")
	case c.Keep != nil && *c.Keep < 1:
		return errors.New("--keep: keep one backup at least")
	case c.Keep != nil && c.File == standard:
		return errors.New("--keep: give a directory to write into")
	case c.Every != nil && c.Keep == nil:
		return errors.New("--every: say with --keep how many backups to keep")
	case c.Every != nil && *c.Every < time.Second:
		return errors.New("--every: give a time such as 24h, a second at least")
	case c.Keep == nil && isDirectory(c.File):
		return fmt.Errorf("%s is a directory: give a file that is not there yet, or say with --keep how many backups to keep in it", c.File)
	case c.Keep == nil && isDirectory(c.KeysetCopy):
		return fmt.Errorf("--keyset-copy: %s is a directory: give a file that is not there yet, or --keep too", c.KeysetCopy)
	}
	return c.Data.Validate()
}

func (c backupCommand) Run(env *environment) error {
	if c.Every != nil {
		return c.repeat(env)
	}
	return c.once(env)
}

// once writes one backup. If that fails, no other is deleted.
func (c backupCommand) once(env *environment) (err error) {
	place, err := placeOf(c.Data)
	if err != nil {
		return err
	}
	place.Progress = env.line.of
	db, err := store.Attach(env.ctx, place, env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var kept []series
	at := env.now()
	if c.Keep != nil {
		if kept, err = c.series(env.ctx, db); err != nil {
			return err
		}
		c.File = kept[0].name(at)
		if c.KeysetCopy != "" {
			c.KeysetCopy = kept[1].name(at)
		}
	}
	c.warnOfPlace(env, place.Dir)
	defer env.line.begin("Backing up")()
	write := c.backup
	if c.File == standard {
		write = c.toOutput
	}
	if err := write(env, place.Dir, db); err != nil {
		return err
	}
	if err := c.handOver(place.Dir); err != nil {
		return err
	}
	recordBackup(env, db)
	if c.Keep == nil {
		return nil
	}
	return prune(env, kept, *c.Keep, at)
}

// handOver gives what root has written into a directory of the portal's user to
// that user, who restores it. Elsewhere it stays root's.
func (c backupCommand) handOver(data string) error {
	for _, file := range []string{c.File, c.KeysetCopy} {
		if file == "" || file == standard || !sameOwner(data, filepath.Dir(file)) {
			continue
		}
		if _, err := handOver(data, []string{file}); err != nil {
			return err
		}
	}
	return nil
}

// recordBackup records the time for those who watch its age. A standby, or a
// database of an older version, can be backed up and does not take it.
func recordBackup(env *environment, db *store.DB) {
	err := db.Update(env.ctx, portico.CommandLine(), func(tx *store.Tx) error { return tx.RecordBackup() })
	if err != nil {
		say(env.stderr, "Warning: the time of this backup could not be recorded, so alerts go by the one before: %v\n", err)
	}
}

// backup writes the keyset before the database, so that a place that does not take
// it costs no backup. If that fails, neither is left. Without the keyset there is
// no backup: the portal would not start from it, and older ones that it does start
// from would be deleted for it.
func (c backupCommand) backup(env *environment, dir string, db *store.DB) (err error) {
	if err := c.free(); err != nil {
		return err
	}
	keyset := c.KeysetFile(dir)
	release, err := c.holdKeys(env, db, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if c.KeysetCopy != "" {
		if err := copyKeyset(keyset, c.KeysetCopy); err != nil {
			return fmt.Errorf("backing up the keyset, and nothing was written: %w", err)
		}
		defer func() { err = c.withoutKeysetCopy(err) }()
	}
	if err := db.Backup(env.ctx, c.File); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return fmt.Errorf("looking at the backup: %w", err)
	}
	env.done("Wrote the database to %s (%s, a copy of %s), and read it again.\n", c.File, size(info.Size()), db.Where())
	if c.KeysetCopy == "" {
		env.done("The keyset is not in it: back up %s too, to another place, or with --keyset-copy FILE.\n", keyset)
		return nil
	}
	env.done("Wrote the keyset to %s.\n", c.KeysetCopy)
	if filepath.Dir(filepath.Clean(c.KeysetCopy)) == filepath.Dir(filepath.Clean(c.File)) {
		say(env.stderr, "Warning: both lie in one directory. Whoever takes both has the keys of all authenticators: keep them apart.\n")
	}
	return nil
}

// holdKeys checks that the keyset is there and fits, and keeps the keys from
// changing between the copies of the database and of the keyset.
func (c backupCommand) holdKeys(env *environment, db *store.DB, dir string) (release func() error, err error) {
	keyset := c.KeysetFile(dir)
	keys, err := seal.Load(keyset)
	switch {
	case c.Keyset != "" && errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--keyset says where the portal has its keyset; --keyset-copy FILE copies it: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no backup was made: %w", missingKeys(store.Place{Dir: dir}, keyset))
	case err != nil:
		return nil, err
	}
	if release, err = keys.Lock(); err != nil {
		return nil, err
	}
	held, err := keys.Held()
	if err == nil {
		err = fits(env.ctx, db, keys, keyset)
	}
	if err != nil {
		return nil, errors.Join(err, release())
	}
	if len(held.Keys) > 1 {
		say(env.stderr, "Warning: a rotation of the keys has begun and is not finished: %s goes on with it. This backup needs the keyset as it is now.\n", env.command("keys rotate"))
	}
	return release, nil
}

// free returns an error if a file to write is there already.
func (c backupCommand) free() error {
	err := store.Free(c.File)
	if err == nil && c.KeysetCopy != "" {
		err = store.Free(c.KeysetCopy)
	}
	return err
}

// withoutKeysetCopy removes the copy of the keyset if a backup has failed: the
// next run would find it in its way, or leave one more.
func (c backupCommand) withoutKeysetCopy(err error) error {
	if err == nil || c.KeysetCopy == "" {
		return err
	}
	return errors.Join(err, os.Remove(c.KeysetCopy))
}

// warnOfPlace warns of files inside the data directory.
func (c backupCommand) warnOfPlace(env *environment, dir string) {
	for _, file := range []string{c.File, c.KeysetCopy} {
		if file != "" && file != standard && within(dir, filepath.Dir(file)) {
			say(env.stderr, "Warning: %s lies in the data directory of the portal: what destroys or steals the one takes the other too. Write backups to another place, best another disk.\n", file)
		}
	}
}

// within reports whether a directory is another one or lies below it, wherever
// links lead.
func within(dir, below string) bool {
	for _, path := range []*string{&dir, &below} {
		if real, err := filepath.EvalSymlinks(*path); err == nil {
			*path = real
		}
		if whole, err := filepath.Abs(*path); err == nil {
			*path = whole
		}
	}
	rest, err := filepath.Rel(dir, below)
	return err == nil && filepath.IsLocal(rest)
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// attach opens the database of a portal as it is, for commands that must not
// migrate it. It returns store.ErrNoPortal if there is none.
func attach(ctx context.Context, data config.Data, now func() time.Time) (dir string, db *store.DB, err error) {
	place, err := placeOf(data)
	if err != nil {
		return "", nil, err
	}
	db, err = store.Attach(ctx, place, now)
	return place.Dir, db, err
}

// placeOf returns where the settings say that the database is.
func placeOf(data config.Data) (store.Place, error) {
	dir, err := filepath.Abs(data.Data)
	if err != nil {
		return store.Place{}, fmt.Errorf("finding the data directory: %w", err)
	}
	place := store.Place{Dir: dir, URL: data.DatabaseURL()}
	if data.Keyset != "" && data.Keyset != usualKeyset(place) {
		if place.Keyset, err = filepath.Abs(data.Keyset); err != nil {
			return store.Place{}, fmt.Errorf("finding the keyset: %w", err)
		}
	}
	return place, nil
}

// fits returns an error if the keyset does not decrypt the values in the
// database.
func fits(ctx context.Context, db *store.DB, keys *seal.Keys, path string) error {
	looked, closed, err := maintenance.CheckKeys(ctx, db, keys, keysTried)
	if err != nil {
		return err
	}
	if closed > 0 {
		return fmt.Errorf("the keyset %s is not the one of this database: %d of %d values do not open", path, closed, looked)
	}
	return nil
}

// copyKeyset copies a keyset to a file that does not exist yet.
func copyKeyset(from, to string) error {
	return store.NewFile(to, func(temp string) error {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(temp, b, 0o600) //nolint:gosec // NewFile chose the name
		}
		if err != nil {
			return fmt.Errorf("copying the keyset: %w", err)
		}
		_, err = seal.Load(temp)
		return err
	})
}

// size formats a number of bytes as people read it.
func size(n int64) string {
	units := []string{"bytes", "KB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for ; f >= 1000 && i < len(units)-1; i++ {
		f /= 1000
	}
	if i == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
