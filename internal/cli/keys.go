package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"portico"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

type keysRotateCommand struct {
	config.Config `embed:""`
}

func (c keysRotateCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		n, err := maintenance.RotateKeys(env.ctx, p.DB, p.Keys, portico.CommandLine())
		if err != nil {
			return err
		}
		env.done("Sealed %d values with a new key, and dropped the old ones. Back up the keyset.\n", n)
		return nil
	})
}

type keysReplaceCommand struct {
	config.Data `embed:""`
	Lost        bool `required:"" help:"Say that the keyset is lost for good: no authenticator that was set up with it works again."`
}

// Validate is called by kong.
func (c keysReplaceCommand) Validate() error { return c.Data.Validate() }

func (c keysReplaceCommand) Run(env *environment) error {
	dir, db, err := attach(env.ctx, c.Data, env.now)
	if err != nil {
		return err
	}
	return errors.Join(c.replace(env, filepath.Join(dir, keysetFile), db), db.Close())
}

// replace removes what the lost keyset had encrypted before it creates a new
// keyset, so that it can be run again if it breaks off in between.
func (c keysReplaceCommand) replace(env *environment, path string, db *store.DB) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the keyset %s is there: only one that is missing is replaced", path)
	}
	// portico migrate needs the keyset, so that this command brings the database
	// up to date itself.
	if err := db.Migrate(env.ctx); err != nil {
		return err
	}
	if err := maintenance.AbandonKeys(env.ctx, db, portico.CommandLine()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { // beside PostgreSQL there may be none
		return fmt.Errorf("making the data directory: %w", err)
	}
	if _, err := seal.Create(path); err != nil {
		return err
	}
	env.done("Made a new keyset. People without 2FA log in as before, the others by a recovery code,\n"+
		"or once their setup was deleted (portico two-factor delete). Back up %s.\n", path)
	return nil
}
