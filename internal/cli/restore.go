package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

type restoreCommand struct {
	config.Config `embed:""`
	File          string `arg:"" help:"Backup to restore, into an empty directory or an empty PostgreSQL database."`
	KeysetCopy    string `name:"keyset-copy" help:"The copy of the keyset that belongs to it; it is put where the portal has its keyset." placeholder:"FILE"`
}

func (c restoreCommand) Run(env *environment) (err error) {
	place, err := placeOf(c.Data)
	if err != nil {
		return err
	}
	var was restored
	err = store.Restore(env.ctx, place, c.File, env.now, func(db *store.DB) error {
		if was, err = lookAt(env, db); err != nil {
			return err
		}
		if err := c.prove(env, db, c.KeysetFile(place.Dir)); err != nil {
			return err
		}
		if err := maintenance.RevokeRestored(env.ctx, db, portico.CommandLine()); err != nil {
			return err
		}
		return c.putKeyset(c.KeysetFile(place.Dir))
	})
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	was.tell(env, c.File)
	return printFindings(output{}.list(env.stdout, findingsHead...), examine(env, c.Config, config.Transport{}, config.Stream{}, ""))
}

// restored is what restore reports about a backup.
type restored struct {
	newest  time.Time // time of the newest event
	invited int
}

func lookAt(env *environment, db *store.DB) (restored, error) {
	return store.View(env.ctx, db, func(r *store.Reader) (was restored, err error) {
		if was.newest, err = r.NewestEvent(); err != nil {
			return was, err
		}
		was.invited, err = r.Invited()
		return was, err
	})
}

// prove checks that the keyset fits, and lets the portal's key prove the event of
// the restore. Without a keyset it does nothing, and the findings printed at the
// end say so.
func (c restoreCommand) prove(env *environment, db *store.DB, path string) error {
	given := cmp.Or(c.KeysetCopy, path)
	keys, err := seal.Load(given)
	if errors.Is(err, fs.ErrNotExist) && c.KeysetCopy == "" {
		return nil
	}
	if err != nil {
		return err
	}
	if err := fits(env.ctx, db, keys, given); err != nil {
		return err
	}
	return audit.Attest(env.ctx, db, keys)
}

// putKeyset puts the keyset that was given in place.
func (c restoreCommand) putKeyset(path string) error {
	if c.KeysetCopy == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	return copyKeyset(c.KeysetCopy, path)
}

func (was restored) tell(env *environment, file string) {
	say(env.stdout, "Restored %s.\n", file)
	if !was.newest.IsZero() {
		say(env.stdout, "Its last event is of %s: what happened later is undone. Passwords are those of that time, and recovery codes that were used since count again. Users and customers that were deleted later are back: delete them again.\n",
			was.newest.Format("2 January 2006 15:04:05 UTC"))
	}
	say(env.stdout, "Everybody has to log in again, and links that were mailed have ended.\n")
	if was.invited > 0 {
		say(env.stdout, "People who have not activated their account need a new invitation: %d.\n", was.invited)
	}
	say(env.stdout, "\n")
}
