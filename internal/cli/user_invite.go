package cli

import (
	"cmp"
	"fmt"
	"strings"

	"portico"
	"portico/internal/outbox"
	"portico/internal/store"
)

// linkTime formats when an activation link ends, which is read to its user.
const linkTime = "2 January 2006, 15:04 UTC"

type userInviteCommand struct {
	ofUser   `embed:""`
	Language *languageFlag `help:"Language of the user's pages and mails: ${languages_say}." enum:"${languages}" placeholder:"LANGUAGE"`
}

func (c userInviteCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		if p.Mails.BaseURL == "" {
			return outbox.ErrNoBaseURL
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
	})
}

// findUser finds a user by login ID, or an invited one without a login ID by the
// email address.
func findUser(env *environment, p *Portal, name string) (portico.User, error) {
	u, err := p.Users.FindByLogin(env.ctx, portico.CommandLine(), name)
	if !portico.NotFound.Is(err) || !strings.Contains(name, "@") {
		return u, err
	}
	customers, listErr := listed(env, p, "")
	if listErr != nil {
		return u, listErr
	}
	var found []portico.User
	var where []string
	for _, customer := range customers {
		some, err := invitedBy(env, p, customer.ID, name)
		if err != nil {
			return u, err
		}
		for _, one := range some {
			if one.LoginID == "" {
				found, where = append(found, one), append(where, cmp.Or(customer.Slug, "the provider"))
			}
		}
	}
	switch len(found) {
	case 0:
		return u, err
	case 1:
		return found[0], nil
	}
	return u, fmt.Errorf("%d invited people without a login ID have this address, in %s: change or delete them on their pages", len(found), strings.Join(where, ", "))
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
