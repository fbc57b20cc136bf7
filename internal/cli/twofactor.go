package cli

import (
	"time"

	"portico"
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
				row := authenticatorRow{Kind: a.Kind.Code(), Name: a.Shown().String(), Added: a.AddedAt.UTC()}
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
		t := newTable(env.stdout, "AUTHENTICATOR", "KIND", "ADDED", "LAST USED")
		for _, a := range found {
			used := "never"
			if !a.LastUsedAt.IsZero() {
				used = a.LastUsedAt.UTC().Format(utcTime)
			}
			t.row(a.Shown().String(), a.Kind.Code(), a.AddedAt.UTC().Format(utcTime), used)
		}
		return t.end()
	})
}

type twoFactorDeleteCommand struct {
	ofUser       `embed:""`
	confirmation `embed:""`
	Reason       string `required:"" help:"Reason, for the audit log and the mail to the user." placeholder:"TEXT"`
}

func (c twoFactorDeleteCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		if err := c.confirm(env, "Delete the 2FA setup of %s?", u.NameAndLogin()); err != nil {
			return err
		}
		r, err := p.Resets.Request(env.ctx, portico.CommandLine(), u.CustomerID, u.ID, c.Reason, true)
		if err != nil {
			return err
		}
		mailed := "The mail about it is queued; portico serve sends it."
		if p.Mails.NoServer {
			mailed = "No mail server is set (--smtp): portico serve writes the mail about it to a file in its outbox."
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
