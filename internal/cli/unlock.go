package cli

import (
	"errors"
	"net/netip"
	"strconv"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/config"
)

type userUnlockCommand struct {
	config.Config `embed:""`
	LoginID       string `arg:"" optional:"" help:"Whose."`
	Address       string `help:"In place of a user: the IP address from which too many attempts failed, whatever the login ID." placeholder:"ADDRESS"`
	Show          bool   `help:"Show the failed attempts, and clear nothing."`
}

// Validate is called by kong.
func (c userUnlockCommand) Validate() error {
	if (c.LoginID == "") == (c.Address == "") {
		return errors.New("give a login ID, or --address")
	}
	if c.Address != "" {
		if _, err := netip.ParseAddr(c.Address); err != nil {
			return errors.New("--address: give an IP address, such as 192.0.2.7")
		}
	}
	return c.Config.Validate()
}

func (c userUnlockCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		if c.Address != "" {
			return c.unlockAddress(env, p)
		}
		u, err := p.Users.FindByLogin(env.ctx, portico.CommandLine(), c.LoginID)
		if err != nil {
			return err
		}
		attempts, err := p.Auth.AttemptsOf(env.ctx, u.ID)
		if err != nil {
			return err
		}
		if len(attempts) == 0 {
			say(env.stdout, "%s has no failed attempts in unknown browsers.\n", u.LoginID)
		} else if err := printAttempts(env, attempts); err != nil {
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

func (c userUnlockCommand) unlockAddress(env *environment, p *Portal) error {
	attempts, err := p.Auth.AttemptsFrom(env.ctx, c.Address)
	if err != nil {
		return err
	}
	if len(attempts) == 0 {
		say(env.stdout, "There are no failed attempts from %s.\n", c.Address)
		return nil
	}
	if err := printAttempts(env, attempts); err != nil || c.Show {
		return err
	}
	address, network, err := p.Auth.UnlockAddress(env.ctx, portico.CommandLine(), c.Address)
	if err != nil {
		return err
	}
	say(env.stdout, "Cleared the failed attempts of %s and %s.\n", address, network)
	return nil
}

func printAttempts(env *environment, attempts []auth.Attempts) error {
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
	return t.end()
}
