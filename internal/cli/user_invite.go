package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"portico"
	"portico/internal/config"
	"portico/internal/outbox"
	"portico/internal/store"
)

// linkTime formats when an activation link ends, which is read to its user.
const linkTime = "2 January 2006, 15:04 UTC"

type userInviteCommand struct {
	config.Config `embed:""`
	LoginID       string        `arg:"" optional:"" name:"login-id" help:"Login ID of the user, or the email address of an invited user without one, or the ID from user list --json."`
	All           bool          `help:"Invite everybody who is invited and has no valid invitation."`
	Customer      string        `help:"With --all: short name of the customer. Leave it out for operators." placeholder:"SLUG"`
	Language      *languageFlag `help:"Language of the user's pages and mails: ${languages_say}." enum:"${languages}" placeholder:"LANGUAGE"`
}

// Validate is called by kong.
func (c userInviteCommand) Validate() error {
	switch {
	case (c.LoginID == "") != c.All:
		return errors.New("give a login ID, or --all")
	case !c.All && c.Customer != "":
		return errors.New("--customer: give it with --all, because a login ID is unique in the whole portal")
	case c.All && c.Language != nil:
		return errors.New("--language: give it for one user")
	}
	return c.Config.Validate()
}

func (c userInviteCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		if p.Mails.BaseURL == "" {
			return outbox.ErrNoBaseURL
		}
		if c.All {
			return c.inviteAll(env, p)
		}
		u, err := findUser(env, p, c.LoginID)
		if err != nil {
			return err
		}
		return c.inviteOne(env, p, u)
	})
}

func (c userInviteCommand) inviteAll(env *environment, p *Portal) error {
	customer, err := customerNamed(env, p, c.Customer)
	if err != nil {
		return err
	}
	if err := invitable(env, p, customer); err != nil {
		return err
	}
	n, err := p.Users.InviteAll(env.ctx, portico.CommandLine(), customer)
	if err != nil {
		return err
	}
	if n == 0 {
		env.done("Nobody waits for an invitation.\n")
		return nil
	}
	env.done("People invited: %d.\n", n)
	sayOfInvitations(env, p)
	return nil
}

func (c userInviteCommand) inviteOne(env *environment, p *Portal, u portico.User) error {
	if err := invitable(env, p, u.CustomerID); err != nil {
		return err
	}
	if u.Status == portico.Invited && c.Language.tag(u.Language) != u.Language {
		u.Language = c.Language.tag(u.Language)
		if err := p.Users.Edit(env.ctx, portico.CommandLine(), u.CustomerID, u.ID, u); err != nil {
			return err
		}
	}
	if !p.Mails.NoServer {
		if err := p.Users.Reinvite(env.ctx, portico.CommandLine(), u.CustomerID, u.ID); err != nil {
			return err
		}
		env.done("A new invitation to %s is queued; portico serve sends it.\n", u.Email)
		return nil
	}
	shown, err := p.Users.ActivationLink(env.ctx, portico.CommandLine(), u.CustomerID, u.ID)
	if err != nil {
		return err
	}
	say(env.stdout, "A new activation link for %s, because no mail server is set (--smtp). It works once, until %s:\n\n    %s\n",
		u.Name(), shown.Ends.UTC().Format(linkTime), shown.Link)
	return nil
}

// invitable returns an error if no invitation to a user of a customer would work,
// before anything is changed or recorded.
func invitable(env *environment, p *Portal, id portico.CustomerID) error {
	c, err := p.DB.Read(env.ctx).Customer(id)
	if err != nil {
		return err
	}
	if is, command := shutOut(c); command != "" {
		return &store.Advice{Before: fmt.Sprintf("the customer %s is %s, so no invitation would work: run", c.Slug, is), Command: command, After: ", and then this again"}
	}
	return nil
}

// findUser finds a user by ID or login ID, or an invited one without a login ID by
// the email address. The ID comes first, so that nobody is taken for somebody else
// by choosing a login ID.
func findUser(env *environment, p *Portal, name string) (portico.User, error) {
	if portico.Printable(name) { // PostgreSQL compares nothing else
		if a, err := p.DB.Read(env.ctx).Account(portico.UserID(name)); !errors.Is(err, store.ErrNotFound) {
			return a.User, err
		}
	}
	u, err := p.Users.FindByLogin(env.ctx, portico.CommandLine(), name)
	if !portico.NotFound.Is(err) || !strings.Contains(name, "@") {
		return u, err
	}
	customers, listErr := listed(env, p, "")
	if listErr != nil {
		return u, listErr
	}
	var found []portico.User
	var who []string
	for _, customer := range customers {
		some, err := invitedBy(env, p, customer.ID, name)
		if err != nil {
			return u, err
		}
		for _, one := range some {
			if one.LoginID == "" {
				found = append(found, one)
				who = append(who, fmt.Sprintf("%s for %s (%s)", one.ID, one.Name(), cmp.Or(customer.Slug, "the provider")))
			}
		}
	}
	switch len(found) {
	case 0:
		return u, err
	case 1:
		return found[0], nil
	}
	return u, fmt.Errorf("%d invited people without a login ID have this address: give one of these IDs in its place: %s", len(found), strings.Join(who, ", "))
}

// invitedBy returns people of a customer who are invited at an email address.
func invitedBy(env *environment, p *Portal, c portico.CustomerID, email string) ([]portico.User, error) {
	people, err := p.DB.Read(env.ctx).UsersByEmails(c, []string{email})
	if err != nil {
		return nil, err
	}
	var invited []portico.User
	for _, u := range people[strings.ToLower(email)] {
		if u.Status == portico.Invited {
			invited = append(invited, u)
		}
	}
	return invited, nil
}

// notInvited returns an error if a person is invited already: a second account of
// the same name would be there for good.
func notInvited(env *environment, p *Portal, c portico.CustomerID, u portico.User) error {
	invited, err := invitedBy(env, p, c, u.Email)
	if err != nil {
		return err
	}
	for _, one := range invited {
		if strings.EqualFold(one.Name(), u.Name()) {
			return fmt.Errorf("%s is invited already with the address %s: for a new invitation, run %s", one.Name(), one.Email,
				env.command("user invite "+store.ShellWord(cmp.Or(one.LoginID, one.Email))))
		}
	}
	return nil
}
