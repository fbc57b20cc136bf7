package cli

import (
	"cmp"
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
	output        `embed:""`
	LoginID       string `arg:"" optional:"" help:"Login ID of the user, or the email address of an invited user without one, or the ID from user list --json."`
	Address       string `help:"IP address with too many failed attempts, instead of a user." placeholder:"ADDRESS"`
	Show          bool   `help:"Show the failed attempts without clearing them."`
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
		u, err := findUser(env, p, c.LoginID)
		if err != nil {
			return err
		}
		attempts, err := p.Auth.AttemptsOf(env.ctx, u.ID)
		if err != nil {
			return err
		}
		if len(attempts) == 0 && !c.JSON {
			say(env.stdout, "%s has no failed attempts in unknown browsers.\n", cmp.Or(u.LoginID, u.Email))
		} else if err := c.print(env, attempts); err != nil {
			return err
		}
		if c.Show {
			return nil
		}
		if err := p.Users.Unlock(env.ctx, portico.CommandLine(), u.CustomerID, u.ID); err != nil {
			return err
		}
		if len(attempts) == 0 && !c.JSON {
			c.done(env, "Cleared those in known browsers, if there were any.\n")
			return nil
		}
		c.done(env, "Cleared the failed attempts of %s.\n", cmp.Or(u.LoginID, u.Email))
		return nil
	})
}

func (c userUnlockCommand) unlockAddress(env *environment, p *Portal) error {
	attempts, err := p.Auth.AttemptsFrom(env.ctx, c.Address)
	if err != nil {
		return err
	}
	if len(attempts) == 0 && !c.JSON {
		say(env.stdout, "There are no failed attempts from %s.\n", c.Address)
	} else if err := c.print(env, attempts); err != nil {
		return err
	}
	if len(attempts) == 0 || c.Show {
		return nil
	}
	address, network, err := p.Auth.UnlockAddress(env.ctx, portico.CommandLine(), c.Address)
	if err != nil {
		return err
	}
	c.done(env, "Cleared the failed attempts of %s and %s.\n", address, network)
	return nil
}

// attemptsRow is failed attempts in JSON.
type attemptsRow struct {
	What        string `json:"what"`
	Consecutive int    `json:"consecutive"`
	Recent      int    `json:"recent"`
	Closed      bool   `json:"closed"` // until they are cleared
	Seconds     int    `json:"wait_seconds"`
}

func (c userUnlockCommand) print(env *environment, attempts []auth.Attempts) error {
	l := c.list(env.stdout, "FAILED", "IN A ROW", "THAT COUNT", "WAITS")
	for _, a := range attempts {
		waits := "no"
		switch {
		case a.Closed:
			waits = "until they are cleared"
		case a.Wait > 0:
			waits = a.Wait.Round(time.Second).String()
		}
		l.row(attemptsRow{a.What, a.Consecutive, a.Recent, a.Closed, int(a.Wait.Round(time.Second).Seconds())},
			a.What, strconv.Itoa(a.Consecutive), strconv.Itoa(a.Recent), waits)
	}
	return l.end()
}
