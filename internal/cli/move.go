package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"portico/internal/config"
	"portico/internal/store"
)

type moveCommand struct {
	config.Data `embed:""`
	output      `embed:""`
}

// Validate is called by kong.
func (c moveCommand) Validate() error {
	if c.DatabaseURL() == "" {
		return errors.New("--database: give the address of an empty PostgreSQL database to move to")
	}
	return c.Data.Validate()
}

// movedRow says in JSON how many rows of a table were moved.
type movedRow struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

func (c moveCommand) Run(env *environment) error {
	to, err := placeOf(c.Data)
	if err != nil {
		return err
	}
	to.Progress = func(rows, _ int64) { env.line.at("%d rows", rows) }
	defer env.line.begin("Moving")()
	moved, err := store.Move(env.ctx, store.Place{Dir: to.Dir}, to, env.now)
	if errors.Is(err, store.ErrNoPortal) {
		return err
	}
	if err != nil && moved != nil {
		return fmt.Errorf("everything was moved, but this failed afterwards: %w", err)
	}
	if err != nil {
		return fmt.Errorf("moving failed, and nothing was kept: %w", err)
	}
	if _, err := handOver(to.Dir, to.Files()); err != nil {
		return fmt.Errorf("everything was moved, but this failed afterwards: %w", err)
	}
	t := c.list(env.stdout, "TABLE", "ROWS")
	for _, m := range moved {
		t.row(movedRow{m.Table, m.Rows}, m.Table, strconv.FormatInt(m.Rows, 10))
	}
	if err := t.end(); err != nil {
		return err
	}
	c.done(env, "\nMoved everything from %s to %s, and counted it on both sides. From now on run %s.\n"+
		"portico.db is in %s as it was, set aside as portico.db.moved, which nothing opens.\n", store.Place{Dir: to.Dir}.Where(), to.Where(), env.command("serve"), to.Dir)
	keyset := c.KeysetFile(to.Dir)
	if _, err := os.Stat(keyset); errors.Is(err, fs.ErrNotExist) {
		say(env.stderr, "Warning: the keyset %s is missing, and the portal does not start without it: put it back, or give its place with --keyset.\n", keyset)
		return nil
	}
	c.done(env, "The keyset stays where it is: %s.\n", keyset)
	return nil
}
