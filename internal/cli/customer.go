package cli

import (
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/config"
	"portico/internal/customers"
)

type customerCreateCommand struct {
	config.Config `embed:""`
	Slug          string        `required:"" help:"Short name for commands and addresses, such as acme." placeholder:"SLUG"`
	Name          string        `required:"" help:"Display name." placeholder:"NAME"`
	Language      *languageFlag `help:"Language of its users who have chosen none: ${languages_say}." enum:"${languages}" placeholder:"LANGUAGE"`
}

func (c customerCreateCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		made, err := p.Customers.Create(env.ctx, portico.CommandLine(), c.Slug, c.Name, c.Language.tag(""))
		if err != nil {
			return err
		}
		env.done("Created customer %s (%s).\n", made.Slug, made.Name)
		return nil
	})
}

type customerListCommand struct {
	config.Config `embed:""`
	output        `embed:""`
}

// customerRow is a customer in JSON.
type customerRow struct {
	Slug     string                   `json:"slug"`
	Name     string                   `json:"name"`
	Language string                   `json:"language"` // "" for none
	People   int                      `json:"people"`
	Statuses []portico.CustomerStatus `json:"statuses"`
}

func (c customerListCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		customers, err := allCustomers(env, p)
		if err != nil {
			return err
		}
		l := c.list(env.stdout, "SLUG", "NAME", "PEOPLE", "STATUS")
		for _, customer := range customers {
			l.row(customerRow{customer.Slug, customer.Name, customer.Language, customer.People, customer.Statuses(env.now())},
				customer.Slug, customer.Name, strconv.Itoa(customer.People), status(customer.Customer, env.now()))
		}
		return l.end()
	})
}

// status returns the statuses of a customer, in words that scripts can match.
func status(c portico.Customer, now time.Time) string {
	var words []string
	for _, s := range c.Statuses(now) {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}

// allCustomers returns all customers.
func allCustomers(env *environment, p *Portal) ([]customers.Summary, error) {
	var all []customers.Summary
	for after := portico.CustomerID(""); ; {
		page, err := p.Customers.List(env.ctx, portico.CommandLine(), "", after)
		all = append(all, page.Customers...)
		if err != nil || page.Next == "" {
			return all, err
		}
		after = page.Next
	}
}
