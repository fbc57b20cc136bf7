package cli

import (
	"strconv"
	"time"

	"portico"
	"portico/internal/config"
)

type userUnlockCommand struct {
	config.Config `embed:""`
	LoginID       string `arg:"" help:"Whose."`
	Show          bool   `help:"Show the failed attempts, and clear nothing."`
}

func (c userUnlockCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		u, err := p.Users.FindByLogin(env.ctx, portico.CommandLine(), c.LoginID)
		if err != nil {
			return err
		}
		attempts, err := p.Auth.AttemptsOf(env.ctx, u.ID)
		if err != nil {
			return err
		}
		t := newTable(env.stdout, "FAILED", "IN A ROW", "THAT COUNT", "WAITS")
		for _, a := range attempts {
			waits := "no"
			switch {
			case a.Closed:
				waits = "until they are cleared"
			case a.Wait > 0:
				waits = a.Wait.Round(time.Second).String()
			}
			t.row(a.What, strconv.Itoa(a.Consecutive), strconv.Itoa(a.Recent), waits)
		}
		if len(attempts) == 0 {
			say(env.stdout, "%s has no failed attempts in unknown browsers.\n", u.LoginID)
		} else if err := t.end(); err != nil {
			return err
		}
		if c.Show {
			return nil
		}
		if err := p.Users.Unlock(env.ctx, portico.CommandLine(), u.CustomerID, u.ID); err != nil {
			return err
		}
		env.done("Cleared the failed attempts of %s.\n", u.LoginID)
		return nil
	})
}
