package cli

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"portico"
	"portico/internal/config"
	"portico/internal/store"
)

// ofUser are the settings of the commands that are about one user.
type ofUser struct {
	config.Config `embed:""`
	LoginID       string `arg:"" name:"login-id" help:"Login ID of the user, or the email address of an invited user without one, or the ID from user list --json."`
}

// with finds the user and runs f.
func (c ofUser) with(env *environment, f func(*Portal, portico.User) error) error {
	return with(env, c.Config, func(p *Portal) error {
		u, err := findUser(env, p, c.LoginID)
		if err != nil {
			return err
		}
		return f(p, u)
	})
}

// change finds the user, changes the account by f, and prints what was done, in
// which %s is the user's name.
func (c ofUser) change(env *environment, done string, f func(*Portal, portico.User) error) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		if err := f(p, u); err != nil {
			return err
		}
		env.done(done, u.NameAndLogin())
		return nil
	})
}

// sayIfSuspended says on standard error that a user cannot log in because the
// account or the customer is suspended: who asks about a log-in wants to know.
func sayIfSuspended(env *environment, p *Portal, u portico.User) error {
	a, err := p.DB.Read(env.ctx).Account(u.ID)
	if err != nil {
		return err
	}
	if a.Status == portico.Suspended {
		say(env.stderr, "%s is suspended and cannot log in. To change this, run %s.\n", u.NameAndLogin(), env.command("user reactivate "+store.ShellWord(u.LoginID)))
	}
	if is, command := shutOut(a.Customer); command != "" {
		say(env.stderr, "The customer %s is %s, so none of its users can log in. To change this, run %s.\n", a.Customer.Slug, is, env.command(command))
	}
	return nil
}

// shutOut says why nobody of a customer can log in, and which command is the first
// one to change that. The command is "" if they can.
func shutOut(c portico.Customer) (is, command string) {
	switch {
	case c.ToBeDeleted():
		return "going to be deleted", "customer cancel-deletion " + c.Slug
	case c.Suspended():
		return "suspended", "customer reactivate " + c.Slug
	}
	return "", ""
}

type userSuspendCommand struct {
	ofUser `embed:""`
}

func (c userSuspendCommand) Run(env *environment) error {
	return c.change(env, "Suspended %s, who was logged out everywhere.\n", func(p *Portal, u portico.User) error {
		if u.Status == portico.Invited {
			return fmt.Errorf("%s has not activated the account yet, so there is nothing to suspend: to withdraw the invitation, run %s",
				u.NameAndLogin(), env.command("user delete "+store.ShellWord(cmp.Or(u.LoginID, u.Email))))
		}
		return p.Users.Suspend(env.ctx, portico.CommandLine(), u.CustomerID, u.ID)
	})
}

type userReactivateCommand struct {
	ofUser `embed:""`
}

func (c userReactivateCommand) Run(env *environment) error {
	mailed := false
	err := c.change(env, "Reactivated %s.\n", func(p *Portal, u portico.User) (err error) {
		mailed, err = p.Users.Reactivate(env.ctx, portico.CommandLine(), u.CustomerID, u.ID)
		return err
	})
	if err == nil && mailed {
		env.done("The password has expired. A mail with a link to choose a new one is queued; portico serve sends it.\n")
	}
	return err
}

type userDeleteCommand struct {
	ofUser       `embed:""`
	confirmation `embed:""`
}

func (c userDeleteCommand) Run(env *environment) error {
	return c.change(env, "Deleted %s.\n", func(p *Portal, u portico.User) error {
		if err := c.confirm(env, "Delete %s and everything except the audit log?", u.NameAndLogin()); err != nil {
			return err
		}
		return p.Users.Delete(env.ctx, portico.CommandLine(), u.CustomerID, u.ID)
	})
}

type userEditCommand struct {
	ofUser     `embed:""`
	NewLoginID string        `name:"new-login-id" help:"New login ID. The user is logged out everywhere." placeholder:"ID"`
	First      *string       `name:"first-name" help:"First name." placeholder:"NAME"`
	Last       *string       `name:"last-name" help:"Last name; \"\" removes it." placeholder:"NAME"`
	Email      *string       `help:"Email address." placeholder:"ADDRESS"`
	Role       *string       `help:"user, helpdesk, administrator or operator. The user is logged out everywhere." enum:"user,helpdesk,administrator,operator" placeholder:"ROLE"`
	Labels     *string       `help:"Labels that replace the current ones, separated by commas; \"\" removes all." placeholder:"A,B"`
	Language   *languageFlag `help:"Language of the user's pages and mails: ${languages_say}." enum:"${languages}" placeholder:"LANGUAGE"`
}

func (c userEditCommand) Run(env *environment) error {
	if c.NewLoginID == "" && c.First == nil && c.Last == nil && c.Email == nil && c.Role == nil && c.Labels == nil && c.Language == nil {
		return usageError{errors.New("nothing to change: give --new-login-id, --first-name, --last-name, --email, --role, --labels or --language")}
	}
	return c.with(env, func(p *Portal, u portico.User) error {
		before := u
		if c.apply(&u); reflect.DeepEqual(u, before) {
			env.done("%s is as you say already.\n", u.NameAndLogin())
			return nil
		}
		if roles := portico.CommandLine().Role.Grantable(u.CustomerID); c.Role != nil && !slices.Contains(roles, u.Role) {
			return usageError{fmt.Errorf("--role: %s can only be %s, because operators belong to no customer", before.NameAndLogin(), alternatives(roles))}
		}
		if err := p.Users.Edit(env.ctx, portico.CommandLine(), u.CustomerID, u.ID, u); err != nil {
			return err
		}
		env.done("Changed %s.\n", u.NameAndLogin())
		return nil
	})
}

// alternatives writes roles as the flag takes them.
func alternatives(roles []portico.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	last := len(names) - 1
	return strings.TrimPrefix(strings.Join(names[:last], ", ")+" or "+names[last], " or ")
}

// apply sets the fields of a user that were given.
func (c userEditCommand) apply(u *portico.User) {
	if c.NewLoginID != "" {
		u.LoginID = c.NewLoginID
	}
	for _, field := range []struct {
		given *string
		to    *string
	}{{c.First, &u.FirstName}, {c.Last, &u.LastName}, {c.Email, &u.Email}} {
		if field.given != nil {
			*field.to = *field.given
		}
	}
	if c.Role != nil {
		u.Role = portico.Role(*c.Role)
	}
	if c.Labels != nil {
		u.Labels = portico.ParseLabels(*c.Labels)
	}
	u.Language = c.Language.tag(u.Language)
}
