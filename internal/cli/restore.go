package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"portico"
	"portico/internal/audit"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

type restoreCommand struct {
	config.Config `embed:""`
	output        `embed:""`
	File          string `arg:"" help:"Backup to restore. There must be no database yet, or an empty PostgreSQL database. Stop portico serve on every node first."`
	KeysetCopy    string `name:"keyset-copy" help:"Copy of the keyset that belongs to the backup, to put where the portal keeps its keyset. Without this flag, the keyset that is already there must fit. If there is none, the database is restored and the command exits with 1." placeholder:"FILE"`
}

// Validate is called by kong.
func (c restoreCommand) Validate() error {
	if c.File == standard {
		return errors.New("restore reads a file, and not standard input: write the backup to a file first")
	}
	if isDirectory(c.KeysetCopy) {
		return fmt.Errorf("--keyset-copy: %s is a directory, and a file is wanted", c.KeysetCopy)
	}
	return c.Config.Validate()
}

func (c restoreCommand) Run(env *environment, parsed *kong.Context) (err error) {
	place, err := placeOf(c.Data)
	if err != nil {
		return err
	}
	path := c.KeysetFile(place.Dir)
	if err := c.keysetIsFree(path); err != nil {
		return err
	}
	keys, err := c.keyset(place, path)
	if err != nil {
		return err
	}
	place.Progress = env.line.of
	end := env.line.begin("Restoring")
	defer func() { end() }()
	var was restored
	var made []string
	err = store.Restore(env.ctx, place, c.File, env.now, func(secrets []store.Sealed) error {
		return c.opens(keys, secrets)
	}, func(db *store.DB) error {
		if was, err = lookAt(env, db); err != nil {
			return err
		}
		if err := c.prove(env, db, keys); err != nil {
			return err
		}
		if err := maintenance.RevokeRestored(env.ctx, db, portico.CommandLine()); err != nil {
			return err
		}
		made, err = c.putKeyset(path)
		return err
	})
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	end()
	report := env.stdout
	if c.JSON { // standard output has the findings alone
		report = env.stderr
	}
	was.tell(env, report, c.File, place.Where())
	c.tellKeyset(report, place, parsed)
	end = env.line.begin("Looking at everything")
	return c.look(env, place, keys, made)
}

// tellKeyset says that every command needs a keyset that was given on the command
// line of this one alone.
func (c restoreCommand) tellKeyset(out io.Writer, place store.Place, parsed *kong.Context) {
	for _, path := range parsed.Path {
		if path.Flag != nil && path.Flag.Name == "keyset" && !path.Resolved && place.Keyset != "" {
			say(out, "Every command needs --keyset %s from now on. Write it into %s: keyset = %q\n\n", place.Keyset, filepath.Join(place.Dir, settingsFileName), place.Keyset)
		}
	}
}

// look prints what is found in the restored portal, and gives its files to the
// portal's user, with the directories that were made for the keyset. It returns an
// error if the portal cannot start.
func (c restoreCommand) look(env *environment, place store.Place, keys *seal.Keys, made []string) error {
	path := c.KeysetFile(place.Dir)
	findings := examine(env, c.Config, config.Transport{}, config.Stream{}, "")
	left, err := handOver(place.Dir, slices.Concat(place.Files(), []string{path}, made))
	if err == nil {
		err = printFindings(c.list(env.stdout, findingsHead...), findings)
	}
	if left {
		say(env.stderr, "Warning: %s belongs to root. If serve runs as another user, give that user all of it: chown -R USER: %s\n", place.Dir, place.Dir)
	}
	if err == nil && keys == nil {
		return fmt.Errorf("%s is restored, but the portal cannot start: the keyset %s is missing. Put it back, or, if it is lost for good, run %s", c.File, path, env.command("keys replace --lost"))
	}
	return err
}

// keysetIsFree returns an error if a keyset is to be put where there is another
// one.
func (c restoreCommand) keysetIsFree(path string) error {
	there, err := os.ReadFile(path)
	if c.KeysetCopy == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the keyset that is there: %w", err)
	}
	given, err := os.ReadFile(c.KeysetCopy)
	if err != nil {
		return fmt.Errorf("reading the copy of the keyset: %w", err)
	}
	if !bytes.Equal(there, given) {
		return fmt.Errorf("there is a keyset already, %s, and it is another one than %s. If the one that is there belongs to the backup, leave out --keyset-copy; "+
			"otherwise set it aside first, under another name", path, c.KeysetCopy)
	}
	return nil
}

// keyset loads the keyset that was given or else the one that is there. It is nil
// if there is none: such a portal can be restored, but does not start. It returns
// an error if the portal that was there had its keyset elsewhere.
func (c restoreCommand) keyset(place store.Place, path string) (*seal.Keys, error) {
	keys, err := seal.Load(cmp.Or(c.KeysetCopy, path))
	if errors.Is(err, fs.ErrNotExist) && c.KeysetCopy == "" {
		if last, _, err := otherKeyset(place, path); err != nil || c.Keyset == "" && last != "" {
			return nil, missingKeys(place, path)
		}
		return nil, nil
	}
	return keys, err
}

// opens returns an error if the keyset does not open the portal's own secrets in
// the backup.
func (c restoreCommand) opens(keys *seal.Keys, secrets []store.Sealed) error {
	if keys == nil {
		return nil
	}
	closed := maintenance.Closed(keys, secrets)
	if closed == 0 {
		return nil
	}
	advice := "give the one of that time, which portico backup --keyset-copy has written"
	if c.KeysetCopy == "" {
		advice = "set it aside, under another name, and give the copy of that time as --keyset-copy"
	}
	return fmt.Errorf("the keyset %s is not the one of the backup %s: %d of %d secrets in it do not open. It is that of another portal, or the keys were rotated since; %s",
		keys.Path(), c.File, closed, len(secrets), advice)
}

// restored is what restore reports about a backup.
type restored struct {
	newest  time.Time // time of the newest event
	invited int
	mails   int // that waited to be sent
}

func lookAt(env *environment, db *store.DB) (restored, error) {
	return store.View(env.ctx, db, func(r *store.Reader) (was restored, err error) {
		if was.newest, err = r.NewestEvent(); err != nil {
			return was, err
		}
		if was.invited, err = r.Invited(); err != nil {
			return was, err
		}
		queue, err := r.MailQueue(math.MaxInt32)
		was.mails = queue.Waiting
		return was, err
	})
}

// prove checks all that the keyset opens, and lets the portal's key prove the
// event of the restore. Without a keyset it does nothing, and the findings
// printed at the end say so.
func (c restoreCommand) prove(env *environment, db *store.DB, keys *seal.Keys) error {
	if keys == nil {
		return nil
	}
	if err := fits(env.ctx, db, keys, keys.Path()); err != nil {
		return err
	}
	return audit.Attest(env.ctx, db, keys)
}

// putKeyset puts the keyset that was given in place, unless it is there. It returns
// the directories that it has made for it.
func (c restoreCommand) putKeyset(path string) (made []string, err error) {
	if _, err := os.Lstat(path); c.KeysetCopy == "" || err == nil {
		return nil, nil
	}
	if made, err = makeParents(path); err != nil {
		return nil, err
	}
	return made, copyKeyset(c.KeysetCopy, path)
}

// makeParents makes the directory of a keyset and those above it. It returns those
// that it has made.
func makeParents(path string) (made []string, err error) {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, dir)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of the keyset: %w", err)
	}
	return made, nil
}

func (was restored) tell(env *environment, out io.Writer, file, where string) {
	say(out, "Restored %s into %s.\n", file, where)
	if !was.newest.IsZero() {
		say(out, "Its last event is of %s: what happened later is undone. Passwords are those of that time, and recovery codes that were used since count again. Users and customers that were deleted later are back: delete them again.\n",
			was.newest.Format("2 January 2006 15:04:05 UTC"))
	}
	say(out, "Everybody has to log in again, and links that were mailed have ended.\n")
	if was.mails > 0 {
		say(out, "Mails that waited to be sent when the backup was made are deleted, also those without a link: %d.\n", was.mails)
	}
	if was.invited > 0 {
		say(out, "People who have not activated their account need a new invitation: %d. %s shows who they are, and %s sends them.\n", was.invited, env.command("user list"), env.command("user invite --all --customer SLUG"))
	}
	say(out, "\n")
}
