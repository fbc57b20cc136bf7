package cli

import "portico"

type twoFactorStatusCommand struct {
	ofUser `embed:""`
	output `embed:""`
}

func (c twoFactorStatusCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		if c.JSON {
			return printJSON(env.stdout, map[string]string{"login_id": u.LoginID, "two_factor": string(u.TwoFactor)})
		}
		say(env.stdout, "%s\n", u.TwoFactor.Text())
		return sayIfSuspended(env, p, u)
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
			mailed = "No mail server is set (--smtp), so the user gets no mail about it."
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
