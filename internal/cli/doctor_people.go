package cli

import (
	"time"

	"portico"
	"portico/internal/store"
)

// wordsTried is how many people are searched for by their words.
const wordsTried = 5000

// peopleReport is what the database says of the users.
type peopleReport struct {
	store.IntegrityReport
	bare   map[portico.Role]int // without 2FA, of the roles that may change others
	newest time.Time            // time of the newest event
}

func (c *checkup) counts(db *store.DB) {
	people, err := store.View(c.env.ctx, db, func(r *store.Reader) (peopleReport, error) {
		found := peopleReport{bare: map[portico.Role]int{}}
		var err error
		if found.IntegrityReport, err = r.CheckIntegrity(wordsTried); err != nil {
			return found, err
		}
		for _, role := range []portico.Role{portico.RoleOperator, portico.RoleAdministrator, portico.RoleHelpDesk} {
			if found.bare[role], err = r.WithoutTwoFactorIn(role); err != nil {
				return found, err
			}
		}
		found.newest, err = r.NewestEvent()
		return found, err
	})
	if err != nil {
		c.say(problem, "people", "%v", err)
		return
	}
	if ahead := people.newest.Sub(c.env.now()); ahead > clockOff {
		c.say(problem, "clock", "the last event is %v ahead of this machine: set the clock by NTP", ahead.Round(time.Second))
	}
	if people.Reindexing {
		c.say(warning, "people", "after an upgrade, people are being indexed anew while portico serve runs: until then, lists may be sorted as before it, "+
			"and a search without the marks or the apostrophe of a name may miss it; %s does it at once", c.env.command("doctor --repair"))
	}
	if people.Missorted > 0 {
		c.say(problem, "people", "%d of %d people are sorted wrongly in lists: run %s", people.Missorted, people.Sampled, c.env.command("doctor --repair"))
	}
	if people.Miscounted+people.StaleTwoFactor+people.Unindexed > 0 {
		c.say(problem, "people", "lists are wrong (%d counts, %d labels of 2FA, %d of %d people not found by search): run %s",
			people.Miscounted, people.StaleTwoFactor, people.Unindexed, people.Sampled, c.env.command("doctor --repair"))
	} else {
		c.say(fine, "people", "%d, counted correctly and found by search", people.People)
	}
	if n := people.bare[portico.RoleOperator] + people.bare[portico.RoleAdministrator] + people.bare[portico.RoleHelpDesk]; n > 0 {
		c.say(warning, "2FA", "these log in with only a password, though they may change others: %d operators, %d administrators, %d of the help desk; the policy can require 2FA",
			people.bare[portico.RoleOperator], people.bare[portico.RoleAdministrator], people.bare[portico.RoleHelpDesk])
	} else if people.People > 0 {
		c.say(fine, "2FA", "everyone who may change others has it")
	}
}
