package cli

import (
	"errors"

	"portico"
	"portico/internal/customers"
)

type customerEditCommand struct {
	ofOneCustomer `embed:""`
	Name          *string       `help:"Display name." placeholder:"NAME"`
	Brand         *string       `help:"Brand name on pages and in authenticator apps; \"\" removes it." placeholder:"NAME"`
	Accent        *string       `help:"Accent colour of buttons and links, such as #1f6f54; \"\" removes it." placeholder:"COLOUR"`
	Language      *languageFlag `help:"Language of its users who have chosen none: ${languages_say}." enum:"${languages}" placeholder:"LANGUAGE"`
}

func (c customerEditCommand) Run(env *environment) error {
	if c.Name == nil && c.Brand == nil && c.Accent == nil && c.Language == nil {
		return usageError{errors.New("nothing to change: give --name, --brand, --accent or --language")}
	}
	return with(env, c.Config, func(p *Portal) error {
		found, err := c.customer(env, p)
		if err != nil {
			return err
		}
		look := customers.Branding{Name: found.Name, Brand: found.Brand, Accent: found.Accent, Language: c.Language.tag(found.Language)}
		if c.Name != nil {
			look.Name = *c.Name
		}
		if c.Brand != nil {
			look.Brand = *c.Brand
		}
		if c.Accent != nil {
			look.Accent = *c.Accent
		}
		if err := p.Customers.SaveBranding(env.ctx, portico.CommandLine(), found.ID, look); err != nil {
			return err
		}
		who := "customer " + found.Slug
		if found.ID == portico.ProviderID {
			who = "the provider"
		}
		env.done("Changed %s (%s).\n", who, look.Name)
		return nil
	})
}

// customer returns the customer, or the provider, whose slug is its ID: it has a
// name, a brand and a colour as well.
func (c customerEditCommand) customer(env *environment, p *Portal) (portico.Customer, error) {
	if c.Slug == string(portico.ProviderID) {
		return p.Customers.Provider(env.ctx)
	}
	return customerBySlug(env.ctx, p, c.Slug)
}
