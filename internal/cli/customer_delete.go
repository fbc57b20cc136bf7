package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"portico"
	"portico/internal/config"
)

// ofOneCustomer are the flags of the commands that change one customer.
type ofOneCustomer struct {
	config.Config `embed:""`
	Slug          string `arg:"" help:"Short name of the customer."`
}

// change runs a change to the customer. It says what was done with the customer's
// name in place of %s.
func (o ofOneCustomer) change(env *environment, done string, f func(*Portal, portico.Customer) error) error {
	return with(env, o.Config, func(p *Portal) error {
		c, err := p.Customers.BySlug(env.ctx, portico.CommandLine(), o.Slug)
		if err != nil {
			return err
		}
		if err := f(p, c); err != nil {
			return err
		}
		say(env.stdout, done, c.Name+" ("+c.Slug+")")
		return nil
	})
}

type customerSuspendCommand struct {
	ofOneCustomer `embed:""`
}

func (c customerSuspendCommand) Run(env *environment) error {
	return c.change(env, "Suspended %s: nobody of it can log in.\n", func(p *Portal, found portico.Customer) error {
		return p.Customers.Suspend(env.ctx, portico.CommandLine(), found.ID)
	})
}

type customerReactivateCommand struct {
	ofOneCustomer `embed:""`
}

func (c customerReactivateCommand) Run(env *environment) error {
	return c.change(env, "Reactivated %s. Its people have to log in anew.\n", func(p *Portal, found portico.Customer) error {
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
	Reason        string `required:"" help:"Why it is deleted, for the mails and the audit log." placeholder:"TEXT"`
	Yes           bool   `help:"Do not ask. Without a terminal to ask on, this is needed."`
}

func (c customerDeleteCommand) Run(env *environment) error {
	at := env.now().Add(portico.CustomerDeletionWait).UTC().Format("2 January 2006 15:04 UTC")
	return c.change(env, "Suspended %s. portico serve deletes it on "+at+". Until then, cancel that with portico customer cancel-deletion.\n",
		func(p *Portal, found portico.Customer) error {
			if !c.Yes {
				if err := asked(env, found, at); err != nil {
					return err
				}
			}
			return p.Customers.RequestDeletion(env.ctx, portico.CommandLine(), found.ID, found.Slug, c.Reason)
		})
}

// errNotAsked is returned if nobody is there to be asked.
var errNotAsked = errors.New("there is no terminal to ask on: nothing was changed. Give --yes if you are sure")

// asked has the short name of a customer typed, on a terminal.
func asked(env *environment, c portico.Customer, at string) error {
	f, is := env.stdin.(*os.File)
	if !is {
		return errNotAsked
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return errNotAsked
	}
	say(env.stdout, "%s (%s) is suspended now, and deleted with all its people on %s.\nType its short name to go on: ", c.Name, c.Slug, at)
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		return errNotAsked
	}
	if strings.TrimSpace(line) != c.Slug {
		return fmt.Errorf("this is not the short name of the customer, %s: nothing was changed", c.Slug)
	}
	return nil
}
