package cli

import (
	"fmt"

	"portico"
	"portico/internal/config"
)

type customerCreateCommand struct {
	config.Config `embed:""`
	Slug          string `required:"" help:"Short name for commands and addresses, such as acme." placeholder:"SLUG"`
	Name          string `required:"" help:"Name that people read." placeholder:"NAME"`
}

func (c customerCreateCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		made, err := p.People.CreateCustomer(env.ctx, portico.CommandLine(), c.Slug, c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "Created customer %s (%s).\n", made.Slug, made.Name)
		return nil
	})
}

type customerListCommand struct {
	config.Config `embed:""`
}

func (c customerListCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		customers, err := allCustomers(env, p)
		if err != nil {
			return err
		}
		t := newTable(env.stdout, "SLUG", "NAME")
		for _, customer := range customers {
			t.row(customer.Slug, customer.Name)
		}
		return t.end()
	})
}

// allCustomers lists every customer.
func allCustomers(env *environment, p *Portal) ([]portico.Customer, error) {
	var all []portico.Customer
	for after := portico.CustomerID(""); ; {
		customers, next, err := p.People.Customers(env.ctx, portico.CommandLine(), "", after)
		all = append(all, customers...)
		if err != nil || next == "" {
			return all, err
		}
		after = next
	}
}
