package cli

import (
	"errors"
	"time"

	"portico"
)

type sessionListCommand struct {
	ofUser `embed:""`
	output `embed:""`
}

// sessionRow is a session in JSON.
type sessionRow struct {
	Session  string    `json:"session"`
	Since    time.Time `json:"since"`
	LastUsed time.Time `json:"last_used"`
	Address  string    `json:"address"`
	Browser  string    `json:"browser"`
}

func (c sessionListCommand) Run(env *environment) error {
	return c.with(env, func(p *Portal, u portico.User) error {
		sessions, _, err := p.Auth.DevicesOf(env.ctx, u.ID)
		if err != nil {
			return err
		}
		l := c.list(env.stdout, "SESSION", "SINCE", "LAST USED", "ADDRESS", "BROWSER")
		for _, s := range sessions {
			l.row(sessionRow{s.ID, s.CreatedAt.UTC(), s.SeenAt.UTC(), s.Origin.Address, s.Origin.Browser},
				s.ID, s.CreatedAt.UTC().Format(utcTime), s.SeenAt.UTC().Format(utcTime), s.Origin.Address, s.Origin.Browser)
		}
		if err := l.end(); err != nil {
			return err
		}
		return sayIfSuspended(env, p, u)
	})
}

type sessionEndCommand struct {
	ofUser  `embed:""`
	Session string `arg:"" optional:"" help:"ID of the session, from session list."`
	All     bool   `help:"End all of the user's sessions. Remembered browsers ask for a code again."`
}

// Validate is called by kong.
func (c sessionEndCommand) Validate() error {
	if (c.Session == "") != c.All {
		return errors.New("give the ID of one session, from portico session list, or --all")
	}
	return c.Config.Validate()
}

func (c sessionEndCommand) Run(env *environment) error {
	if c.All {
		return c.change(env, "Ended all sessions of %s.\n", func(p *Portal, u portico.User) error {
			return p.Users.EndSessions(env.ctx, portico.CommandLine(), u.CustomerID, u.ID)
		})
	}
	return c.change(env, "Ended one session of %s.\n", func(p *Portal, u portico.User) error {
		return p.Users.EndSession(env.ctx, portico.CommandLine(), u.CustomerID, u.ID, c.Session)
	})
}
