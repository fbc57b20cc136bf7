package cli

import (
	"errors"
	"fmt"
	"os"

	"portico"
	"portico/internal/archive"
	"portico/internal/store"
)

type customerExportCommand struct {
	ofOneCustomer `embed:""`
	Output        string `required:"" help:"File to write; nothing is overwritten." placeholder:"FILE"`
}

func (c customerExportCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		customer, err := p.Customers.BySlug(env.ctx, portico.CommandLine(), c.Slug)
		if err != nil {
			return err
		}
		from := archive.Writer{Customers: p.Customers, Users: p.Users, Audit: p.Audit}
		err = store.NewFile(c.Output, func(temp string) error {
			f, err := os.OpenFile(temp, os.O_WRONLY|os.O_TRUNC, 0o600)
			if err != nil {
				return fmt.Errorf("writing the file: %w", err)
			}
			return errors.Join(from.Write(env.ctx, portico.CommandLine(), customer, f), f.Close())
		})
		if err != nil {
			return err
		}
		say(env.stdout, "Wrote everything of %s to %s. What is in it is told in its README.txt.\n", customer.Slug, c.Output)
		return nil
	})
}
