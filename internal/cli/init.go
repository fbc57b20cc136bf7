package cli

import (
	"errors"
	"fmt"

	"portico/internal/config"
	"portico/internal/store"
)

type initCommand struct {
	config.Data `embed:""`
}

// Validate is called by kong.
func (c initCommand) Validate() error { return c.Data.Validate() }

// Run makes a portal. It changes nothing where there is one already.
func (c initCommand) Run(env *environment) error {
	if err := c.free(env); err != nil {
		return err
	}
	return during(env, config.Config{Data: c.Data}, toMake, func(p *Portal) error {
		place, err := placeOf(c.Data)
		if err == nil {
			_, err = handOver(place.Dir, append(place.Files(), p.Keys.Path()))
		}
		if err != nil {
			return err
		}
		env.done("Created a portal in %s. Start it with %s.\n", p.DB.Where(), env.command("serve"))
		return nil
	})
}

// free returns an error if there is a portal. One without a secret is the rest
// of an init that broke off, and is finished.
func (c initCommand) free(env *environment) (err error) {
	_, db, err := attach(env.ctx, c.Data, env.now)
	if errors.Is(err, store.ErrNoPortal) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if used, err := db.Read(env.ctx).AnythingSealed(); err != nil || !used {
		return err
	}
	return fmt.Errorf("there is already a portal in %s", db.Where())
}
