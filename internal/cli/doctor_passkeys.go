package cli

import (
	"cmp"
	"errors"

	"portico/internal/passkey"
	"portico/internal/store"
)

// passkeys says whether passkeys work at the base URL, and tells of those that were
// made while the portal had another host: browsers offer them there alone.
func (c *checkup) passkeys(db *store.DB) {
	if c.cfg.BaseURL == "" && c.unknown {
		return
	}
	cfg := c.cfg
	cfg.BaseURL = cmp.Or(cfg.BaseURL, "http://localhost:8080")
	u := cfg.URL()
	rp, err := passkey.NewRelyingParty(u, "Portico")
	switch {
	case errors.Is(err, passkey.ErrNoHost):
		c.say(warning, "passkeys", "nobody can have one at %s, because browsers take no passkey for an IP address: give --base-url with a host name", u)
	case errors.Is(err, passkey.ErrInsecure):
		c.say(warning, "passkeys", "nobody can have one at %s, because browsers use passkeys over https alone: give --base-url with https", u)
	case err != nil:
		c.say(problem, "passkeys", "%v", err)
		return
	}
	foreign, err := db.Read(c.env.ctx).ForeignPasskeys(rp.ID)
	switch {
	case err != nil:
		c.say(problem, "passkeys", "%v", err)
	case foreign.People > 0:
		c.say(warning, "passkeys", "people with passkeys of %s: %d, of whom %d without another authenticator; these passkeys work with the --base-url of before alone; else their people log in "+
			"with an app or a recovery code and add a new passkey, and for those who have neither an administrator deletes the 2FA setup", someOf(foreign.Hosts), foreign.People, foreign.Bound)
	case rp.ID != "":
		c.say(fine, "passkeys", "they work at %s", rp.ID)
	}
}
