package cli

import (
	"fmt"

	"portico"
	"portico/internal/config"
)

type keysRotateCommand struct {
	config.Config `embed:""`
}

func (c keysRotateCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		n, err := p.Auth.RotateKeys(env.ctx, portico.CommandLine())
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "Sealed %d values with a new key, and dropped the old ones. Back up the keyset.\n", n)
		return nil
	})
}
