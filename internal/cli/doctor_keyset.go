package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

func (c *checkup) keyset(db *store.DB, nodes []store.Node) {
	path := c.cfg.KeysetFile(c.dir)
	keys, err := seal.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		used, err := db.Read(c.env.ctx).AnythingSealed()
		switch {
		case err != nil:
			c.say(problem, "keyset", "%v", err)
		case used:
			c.say(problem, "keyset", "%s", c.missingKeyset(path))
		default:
			c.say(fine, "keyset", "none yet: the first start makes %s", path)
		}
		return
	}
	if err != nil {
		c.say(problem, "keyset", "%v", err)
		return
	}
	looked, closed, err := maintenance.CheckKeys(c.env.ctx, db, keys, keysTried)
	switch {
	case err != nil:
		c.say(problem, "keyset", "%v", err)
	case closed > 0:
		c.say(problem, "keyset", "%d of %d values that were looked at do not open with %s: put back the keyset of this database", closed, looked, path)
	case looked == 0:
		c.say(fine, "keyset", "%s is there, and nothing is sealed yet", path)
	default:
		c.say(fine, "keyset", "it opens all %d values that were looked at", looked)
	}
	if err == nil && closed == 0 {
		c.nodes(nodes, keys)
		c.auditLog(db, keys)
	}
}

// missingKeyset says what is missing and what works without it.
func (c *checkup) missingKeyset(path string) string {
	place := store.Place{Dir: c.dir}
	if last, _, err := otherKeyset(place, path); err != nil || last != "" {
		return missingKeys(place, path).Error()
	}
	return fmt.Sprintf("The keyset is missing, and the portal does not start without it: put it back as %s, or, if it is lost for good, run %s, "+
		"after which people without 2FA log in as before, and the others by a recovery code, or once their setup was deleted (%s).",
		path, c.env.command("keys replace --lost"), c.env.command("two-factor delete LOGIN_ID"))
}
