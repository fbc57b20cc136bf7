package cli

import (
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
	"portico/internal/twofactorreset"
)

type twoFactorStatusCommand struct {
	ofUser `embed:""`
	output `embed:""`
}

// twoFactorState is what two-factor status prints in JSON.
type twoFactorState struct {
	LoginID        string             `json:"login_id"`
	TwoFactor      portico.TwoFactor  `json:"two_factor"`
	Authenticators []authenticatorRow `json:"authenticators"`
}

type authenticatorRow struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	Name     string     `json:"name"`
	Added    time.Time  `json:"added"`
	LastUsed *time.Time `json:"last_used"` // null if never
}

func (c twoFactorStatusCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		found, err := p.Auth.Authenticators(env.ctx, u.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			state := twoFactorState{u.LoginID, u.TwoFactor, []authenticatorRow{}}
			for _, a := range found {
				row := authenticatorRow{ID: a.ID, Kind: a.Kind.Code(), Name: a.Shown().String(), Added: a.AddedAt.UTC()}
				if used := a.LastUsedAt.UTC(); !a.LastUsedAt.IsZero() {
					row.LastUsed = &used
				}
				state.Authenticators = append(state.Authenticators, row)
			}
			return printJSON(env.stdout, state)
		}
		say(env.stdout, "%s\n", u.TwoFactor.Text())
		if err := sayIfSuspended(env, p, u); err != nil || len(found) == 0 {
			return err
		}
		t := newTable(env.stdout, "AUTHENTICATOR", "KIND", "ADDED", "LAST USED", "ID")
		for _, a := range found {
			used := "never"
			if !a.LastUsedAt.IsZero() {
				used = a.LastUsedAt.UTC().Format(utcTime)
			}
			t.row(a.Shown().String(), a.Kind.Code(), a.AddedAt.UTC().Format(utcTime), used, a.ID)
		}
		return t.end()
	})
}

type twoFactorDeleteCommand struct {
	ofUser        `embed:""`
	confirmation  `embed:""`
	Reason        string `required:"" help:"Reason, for the audit log and the mail to the user." placeholder:"TEXT"`
	Authenticator string `help:"Delete this one alone, by its name or ID as two-factor status prints them. The others and the recovery codes stay." placeholder:"NAME"`
}

func (c twoFactorDeleteCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		only, err := c.only(env, p, u)
		if err != nil {
			return err
		}
		ask := twofactorreset.Ask{Reason: c.Reason, InPerson: true, AuthenticatorID: only.ID}
		if only.ID != "" {
			err = c.confirm(env, "Delete %s, an authenticator of %s?", only.Named(), u.NameAndLogin())
		} else {
			err = c.confirm(env, "Delete the 2FA setup of %s?", u.NameAndLogin())
		}
		if err != nil {
			return err
		}
		r, err := p.Resets.Request(env.ctx, portico.CommandLine(), u.CustomerID, u.ID, ask)
		if err != nil {
			return err
		}
		mailed := "The mail about it is queued; portico serve sends it."
		if p.Mails.NoServer {
			mailed = "No mail server is set (--smtp): portico serve writes the mail about it to a file in its outbox."
		}
		if only.ID != "" {
			left, err := p.DB.Read(env.ctx).Account(u.ID)
			if err == nil {
				env.done("Deleted %s, an authenticator of %s. %s %s\n", only.Named(), u.Name(), aboutOthers(left, env.now()), mailed)
			}
			return err
		}
		if !r.Rule.ResetCode {
			env.done("Deleted the 2FA setup of %s. The next log-in needs only login ID and password. %s\n", u.Name(), mailed)
			return nil
		}
		code, err := p.Resets.ShowCode(env.ctx, portico.CommandLine(), u.CustomerID, r.ID)
		if err != nil {
			return err
		}
		say(env.stdout, "Deleted the 2FA setup of %s. %s The next log-in needs the password and this reset code, which works for 24 hours:\n%s\n", u.Name(), mailed, code)
		return nil
	})
}

// aboutOthers says what the authenticators that are left are good for.
func aboutOthers(left store.Account, now time.Time) string {
	if left.Customer.Policy.LacksPasskey(left.User, now) {
		return "A passkey is required: after the next log-in, the user can only add one."
	}
	return "The others work as before."
}

// only returns the authenticator that the command is about, or the zero
// Authenticator for the whole setup. It returns an error unless the name or ID is
// that of exactly one.
func (c twoFactorDeleteCommand) only(env *environment, p *Portal, u portico.User) (portico.Authenticator, error) {
	if c.Authenticator == "" {
		return portico.Authenticator{}, nil
	}
	all, err := p.Auth.Authenticators(env.ctx, u.ID)
	if err != nil {
		return portico.Authenticator{}, err
	}
	var found []portico.Authenticator
	for _, a := range all {
		if a.ID == c.Authenticator {
			return a, nil
		}
		if a.Shown().String() == c.Authenticator {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return portico.Authenticator{}, fmt.Errorf("%s has no authenticator %q; portico two-factor status lists them", u.LoginID, c.Authenticator)
	case 1:
		return found[0], nil
	}
	return portico.Authenticator{}, fmt.Errorf("%s has %d authenticators %q; give the ID of one, which portico two-factor status prints", u.LoginID, len(found), c.Authenticator)
}
