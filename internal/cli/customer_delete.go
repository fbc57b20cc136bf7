package cli

import (
	"errors"
	"fmt"
	"strings"

	"portico"
	"portico/internal/config"
	"portico/internal/store"
)

// ofOneCustomer are the flags of the commands that are about one customer.
type ofOneCustomer struct {
	config.Config `embed:""`
	Slug          string `arg:"" help:"Short name of the customer."`
}

// with finds the customer and runs f.
func (o ofOneCustomer) with(env *environment, f func(*Portal, portico.Customer) error) error {
	return with(env, o.Config, func(p *Portal) error {
		c, err := customerBySlug(env.ctx, p, o.Slug)
		if errors.Is(err, errProvider) {
			return fmt.Errorf("%w: of the customer commands, only customer edit is for it", err)
		}
		if err != nil {
			return err
		}
		return f(p, c)
	})
}

// change runs a change to the customer. It says what was done with the customer's
// name in place of %s.
func (o ofOneCustomer) change(env *environment, done string, f func(*Portal, portico.Customer) error) error {
	return o.with(env, func(p *Portal, c portico.Customer) error {
		if err := f(p, c); err != nil {
			return err
		}
		env.done(done, c.Name+" ("+c.Slug+")")
		return nil
	})
}

type customerSuspendCommand struct {
	ofOneCustomer `embed:""`
}

func (c customerSuspendCommand) Run(env *environment) error {
	return c.change(env, "Suspended %s. None of its users can log in.\n", func(p *Portal, found portico.Customer) error {
		return p.Customers.Suspend(env.ctx, portico.CommandLine(), found.ID)
	})
}

type customerReactivateCommand struct {
	ofOneCustomer `embed:""`
}

func (c customerReactivateCommand) Run(env *environment) error {
	return c.change(env, "Reactivated %s. Its users have to log in again.\n", func(p *Portal, found portico.Customer) error {
		return p.Customers.Reactivate(env.ctx, portico.CommandLine(), found.ID)
	})
}

type customerCancelDeletionCommand struct {
	ofOneCustomer `embed:""`
}

func (c customerCancelDeletionCommand) Run(env *environment) error {
	return c.change(env, "Cancelled the deletion of %s. It is still suspended.\n", func(p *Portal, found portico.Customer) error {
		return p.Customers.CancelDeletion(env.ctx, portico.CommandLine(), found.ID)
	})
}

type customerDeleteCommand struct {
	ofOneCustomer `embed:""`
	confirmation  `embed:""`
	Reason        string `required:"" help:"Reason for the deletion, for the audit log and the mails." placeholder:"TEXT"`
}

func (c customerDeleteCommand) Run(env *environment) error {
	at := env.now().Add(portico.CustomerDeletionWait).UTC().Format("2 January 2006 15:04 UTC")
	cancel := env.command("customer cancel-deletion " + store.ShellWord(c.Slug))
	return c.change(env, "Suspended %s. portico serve deletes it on "+at+". Until then, you can cancel this with "+strings.ReplaceAll(cancel, "%", "%%")+".\n",
		func(p *Portal, found portico.Customer) error {
			if !c.Yes {
				if err := c.typed(env, found, at); err != nil {
					return err
				}
			}
			return p.Customers.RequestDeletion(env.ctx, portico.CommandLine(), found.ID, found.Slug, c.Reason)
		})
}

// typed has the short name of the customer typed, on a terminal.
func (c customerDeleteCommand) typed(env *environment, found portico.Customer, at string) error {
	answer, err := ask(env, "%s (%s) will be suspended now, and deleted with all its users on %s.\nType its short name to continue: ", found.Name, found.Slug, at)
	if err == nil && answer != found.Slug {
		err = fmt.Errorf("that is not the short name of the customer, %s: nothing was changed", found.Slug)
	}
	return err
}
