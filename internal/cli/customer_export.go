package cli

import (
	"io"

	"portico"
	"portico/internal/archive"
)

type customerExportCommand struct {
	ofOneCustomer `embed:""`
	Output        string `required:"" help:"File to write, or - for standard output. Existing files are never overwritten." placeholder:"FILE"`
}

func (c customerExportCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, customer portico.Customer) error {
		from := archive.Writer{Customers: p.Customers, Users: p.Users, Audit: p.Audit}
		return writeExport(env, c.Output, "everything of "+customer.Slug, func(to string) string {
			return "Wrote everything of " + customer.Slug + " to " + to + ". Its README.txt describes the contents."
		}, func(to io.Writer) error {
			return from.Write(env.ctx, portico.CommandLine(), customer, to)
		})
	})
}
