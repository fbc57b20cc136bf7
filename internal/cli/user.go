package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"portico"
	"portico/internal/config"
	"portico/internal/users"
)

type userCreateCommand struct {
	config.Config `embed:""`
	Customer      string        `help:"Short name of the customer. Leave it out for an operator." placeholder:"SLUG"`
	LoginID       string        `name:"login-id" help:"Login ID. With an invitation, it is a suggestion that the user may change." placeholder:"ID"`
	First         string        `name:"first-name" required:"" help:"First name." placeholder:"NAME"`
	Last          string        `name:"last-name" help:"Last name. Leave it out for people with one name." placeholder:"NAME"`
	Email         string        `required:"" help:"Email address." placeholder:"ADDRESS"`
	Role          string        `required:"" help:"user, helpdesk, administrator or operator." enum:"user,helpdesk,administrator,operator" placeholder:"ROLE"`
	Labels        string        `help:"Labels, separated by commas." placeholder:"A,B"`
	Language      *languageFlag `help:"Language of the user's pages and mails: ${languages_say}." enum:"${languages}" placeholder:"LANGUAGE"`
	PasswordStdin bool          `name:"password-stdin" help:"Read the password from standard input, instead of sending an invitation."`
}

func (c userCreateCommand) Run(env *environment) error {
	if (c.Role == string(portico.RoleOperator)) != (c.Customer == "") {
		return usageError{errors.New("give --customer, or --role operator: operators belong to no customer")}
	}
	u := portico.User{
		LoginID: c.LoginID, FirstName: c.First, LastName: c.Last, Email: c.Email,
		Role: portico.Role(c.Role), Labels: portico.ParseLabels(c.Labels), Language: c.Language.tag(""),
	}
	return with(env, c.Config, func(p *Portal) error {
		customer, err := customerNamed(env, p, c.Customer)
		if err != nil {
			return err
		}
		if err := notInvited(env, p, customer, u); err != nil {
			return err
		}
		if !c.PasswordStdin {
			return invite(env, p, customer, u)
		}
		password, err := readPassword(env.stdin)
		if err != nil {
			return err
		}
		made, err := p.Users.Create(env.ctx, portico.CommandLine(), customer, u, password)
		if err != nil {
			return err
		}
		env.done("Created %s, who can log in as %s.\n", made.Name(), made.LoginID)
		return nil
	})
}

func invite(env *environment, p *Portal, c portico.CustomerID, u portico.User) error {
	if err := invitable(env, p, c); err != nil {
		return err
	}
	made, err := p.Users.Invite(env.ctx, portico.CommandLine(), c, u)
	if err != nil {
		return err
	}
	if !p.Mails.NoServer {
		env.done("Created %s. An invitation to %s is queued; portico serve sends it.\n", made.Name(), made.Email)
		return nil
	}
	shown, err := p.Users.ActivationLink(env.ctx, portico.CommandLine(), c, made.ID)
	if err != nil {
		return err
	}
	say(env.stdout, "Created %s. No mail server is set (--smtp), so no mail is sent. Give this link to the user. It works once, until %s:\n\n    %s\n",
		made.Name(), shown.Ends.UTC().Format(linkTime), shown.Link)
	return nil
}

// readPassword reads a password of one line. It returns an error if there are
// more lines, because that would be a mistake.
func readPassword(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if password == "" {
		return "", errors.New("standard input is empty: give the password there")
	}
	if strings.ContainsAny(password, "\r\n") {
		return "", errors.New("standard input has more than one line: give only the password")
	}
	return password, nil
}

// customerNamed returns the ID of the customer with the short name of --customer;
// "" stands for the provider itself.
func customerNamed(env *environment, p *Portal, slug string) (portico.CustomerID, error) {
	if slug == "" {
		return portico.ProviderID, nil
	}
	c, err := customerGiven(env.ctx, p, slug)
	return c.ID, err
}

// customerGiven returns the customer with the short name of --customer.
func customerGiven(ctx context.Context, p *Portal, slug string) (portico.Customer, error) {
	c, err := customerBySlug(ctx, p, slug)
	if errors.Is(err, errProvider) {
		err = fmt.Errorf("%w: leave --customer out to mean the provider", err)
	}
	return c, err
}

var errProvider = errors.New("the provider is not a customer")

// customerBySlug returns the customer with a short name. It returns errProvider
// for the provider's own.
func customerBySlug(ctx context.Context, p *Portal, slug string) (portico.Customer, error) {
	c, err := p.Customers.BySlug(ctx, portico.CommandLine(), slug)
	if portico.NotFound.Is(err) && slug == string(portico.ProviderID) {
		return c, errProvider
	}
	return c, err
}

type userListCommand struct {
	config.Config `embed:""`
	output        `embed:""`
	Customer      string `help:"Short name of the customer. Without it, all users are listed." placeholder:"SLUG"`
}

// userRow is a user in JSON. The names of its fields are those of the file that
// user import reads.
type userRow struct {
	ID        portico.UserID    `json:"id"`
	Customer  string            `json:"customer"` // short name; "" for the provider itself
	LoginID   string            `json:"login_id"` // "" while an invitation proposes none
	FirstName string            `json:"first_name"`
	LastName  string            `json:"last_name"`
	Email     string            `json:"email"`
	Role      portico.Role      `json:"role"`
	Status    portico.Status    `json:"status"`
	Uninvited bool              `json:"uninvited"` // invited, and without an invitation that is valid
	Suspended bool              `json:"customer_suspended"`
	TwoFactor portico.TwoFactor `json:"two_factor"`
	Labels    []string          `json:"labels"`
	Language  string            `json:"language"` // "" for the customer's
}

func (c userListCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		l := c.list(env.stdout, "CUSTOMER", "LOGIN ID", "NAME", "EMAIL", "ROLE", "STATUS", "2FA")
		customers, err := listed(env, p, c.Customer)
		if err != nil {
			return err
		}
		for _, customer := range customers {
			if err := listPeople(env, p, customer, l); err != nil {
				return err
			}
		}
		return l.end()
	})
}

// listed returns the customer with the short name slug or, if slug is "", all
// customers and the provider itself.
func listed(env *environment, p *Portal, slug string) ([]portico.Customer, error) {
	if slug != "" {
		c, err := customerGiven(env.ctx, p, slug)
		return []portico.Customer{c}, err
	}
	all, err := allCustomers(env, p)
	var customers []portico.Customer
	for _, c := range all {
		customers = append(customers, c.Customer)
	}
	return append(customers, portico.Customer{ID: portico.ProviderID}), err
}

func listPeople(env *environment, p *Portal, c portico.Customer, l *listing) error {
	slug := c.Slug
	if c.ID == portico.ProviderID {
		slug = ""
	}
	for from := (users.Place{}); ; {
		page, err := p.Users.List(env.ctx, portico.CommandLine(), c.ID, portico.PeopleQuery{}, from, 500)
		if err != nil {
			return err
		}
		for _, u := range page.Users {
			row := userRow{u.ID, slug, u.LoginID, u.FirstName, u.LastName, u.Email, u.Role, u.Status, page.Uninvited[u.ID], c.Suspended(), u.TwoFactor, orEmpty(u.Labels), u.Language}
			l.row(row, cmp.Or(slug, "-"), u.LoginID, u.Name(), u.Email, string(u.Role), row.statuses(), string(u.TwoFactor.Text()))
		}
		if page.Next == "" {
			return nil
		}
		from.After = page.Next
	}
}

// statuses returns the status of a user, with what else keeps the user out.
func (r userRow) statuses() string {
	s := string(r.Status)
	if r.Uninvited {
		s += ", no valid invitation"
	}
	if r.Suspended {
		s += ", customer suspended"
	}
	return s
}
