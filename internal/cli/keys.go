package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"portico"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

type keysCreateCommand struct {
	File string `arg:"" help:"File to write. Existing files are never overwritten."`
}

func (c keysCreateCommand) Run(env *environment) error {
	if c.File == standard {
		return usageError{errors.New("give the name of a file: a keyset is not written to standard output")}
	}
	if _, err := os.Lstat(c.File); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s already exists, and is not overwritten", c.File)
	}
	if _, err := seal.Create(c.File); err != nil {
		return err
	}
	say(env.stdout, "Wrote a keyset for a new portal to %s. Give it to every node with --keyset, and keep a copy.\n", c.File)
	return nil
}

type keysRotateCommand struct {
	config.Config `embed:""`
	Output        string        `help:"Write the changed keyset to this new file, if the keyset itself is read-only, such as a secret that is mounted on every node." placeholder:"FILE"`
	Wait          time.Duration `help:"How long to wait until running nodes have loaded a changed keyset." default:"20s" placeholder:"TIME"`
}

// Validate is called by kong.
func (c keysRotateCommand) Validate() error {
	if c.Wait < 0 {
		return errors.New("--wait: give 0s or more")
	}
	if c.Output == standard {
		return errors.New("--output: give the name of a file, because a keyset is not written to standard output")
	}
	return c.Config.Validate()
}

func (c keysRotateCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		defer env.line.begin("Rotating the keys")()
		if err := knowsAll(env, p.DB); err != nil {
			return err
		}
		how := maintenance.Rotation{Output: c.Output, Wait: c.Wait, Sealed: func(n int) { env.line.at("%d values", n) }}
		done, err := maintenance.RotateKeys(env.ctx, p.DB, p.Keys, how, portico.CommandLine())
		if err != nil {
			return err
		}
		if c.Output == "" {
			env.done("Encrypted %d values with a new key, and removed the old keys. Back up the keyset.\n", done.Sealed)
			return nil
		}
		switch done.Done {
		case maintenance.KeyAdded:
			env.done("Step 1 of 3: wrote a keyset with a new key to %s. Nothing is encrypted with that key yet. A second run of this step makes another key: use one file alone.\n", c.Output)
		case maintenance.KeyPromoted:
			env.done("Step 2 of 3: wrote a keyset that encrypts with the new key to %s.\n", c.Output)
		case maintenance.KeysDropped:
			env.done("Step 3 of 3: encrypted %d values with the new key, and wrote a keyset without the old keys to %s.\n"+
				"Keep a copy of %s, put the new file in its place on every node, and back it up. The rotation is then complete.\n", done.Sealed, c.Output, p.Keys.Path())
			return nil
		}
		env.done("Keep a copy of %s, put the new file in its place on every node, then run this command again, with another --output.\n", p.Keys.Path())
		return nil
	})
}

type keysReplaceCommand struct {
	config.Data `embed:""`
	Lost        bool `required:"" help:"Confirm that the keyset is permanently lost: authenticators that were set up with it stop working."`
}

// Validate is called by kong.
func (c keysReplaceCommand) Validate() error { return c.Data.Validate() }

func (c keysReplaceCommand) Run(env *environment) error {
	dir, db, err := attach(env.ctx, c.Data, env.now)
	if err != nil {
		return err
	}
	path := c.KeysetFile(dir)
	if err = knowsAll(env, db); err == nil {
		err = c.lost(store.Place{Dir: dir}, path)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	made, err := c.replace(env, path, db)
	if err = errors.Join(err, db.Close()); err == nil {
		_, err = handOver(dir, slices.Concat(store.Place{Dir: dir}.Files(), []string{path}, made))
	}
	return err
}

// knowsAll returns an error if a newer program may have stored secrets that this one
// does not know, and would leave to a key that is then gone.
func knowsAll(env *environment, db *store.DB) error {
	schema, err := db.Schema(env.ctx)
	return errors.Join(err, schema.Exact())
}

// lost returns an error if there is a keyset, where it is to be or where the portal
// had it last, or if the portal had it elsewhere and no place was given.
func (c keysReplaceCommand) lost(place store.Place, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the keyset %s exists: only a missing keyset can be replaced", path)
	}
	last, there, err := otherKeyset(place, path)
	switch {
	case err != nil:
		return err
	case there:
		return fmt.Errorf("the keyset is not lost: %s, and that file is there", hadKeyset(place, last))
	case c.Keyset == "" && last != "":
		return fmt.Errorf("%s, and %s. If that is lost for good, say by --keyset where the new one goes", hadKeyset(place, last), awayKeyset)
	}
	return nil
}

// replace gives up what the lost keyset had encrypted. The new keyset gets its name
// only afterwards, so that the command can be run again if it breaks off in
// between. It returns the directories that it has made.
func (c keysReplaceCommand) replace(env *environment, path string, db *store.DB) (made []string, err error) {
	if err := db.Unserved(env.ctx); err != nil {
		return nil, err
	}
	// portico migrate needs the keyset, so that this command brings the database
	// up to date itself.
	if err := db.Migrate(env.ctx); err != nil {
		return nil, err
	}
	if made, err = makeParents(path); err != nil { // beside PostgreSQL there may be no data directory
		return nil, err
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a run that broke off
		return nil, fmt.Errorf("making a new keyset: %w", err)
	}
	keys, err := seal.Create(fresh)
	if err != nil {
		return nil, err
	}
	if err := maintenance.AbandonKeys(env.ctx, db, keys, portico.CommandLine()); err != nil {
		return nil, errors.Join(err, os.Remove(fresh))
	}
	if err := copyKeyset(fresh, path); err != nil {
		return nil, fmt.Errorf("the new keyset is %s; move it to %s: %w", fresh, path, err)
	}
	if err := errors.Join(os.Remove(fresh), db.Mark(env.ctx)); err != nil {
		return nil, err
	}
	env.done("Created a new keyset. Users without 2FA log in as before. The others need a recovery code,\n"+
		"or their setup has to be deleted (%s). Back up %s.\n", env.command("two-factor delete LOGIN_ID"), path)
	return made, nil
}
