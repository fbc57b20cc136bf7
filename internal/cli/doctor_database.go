package cli

import (
	"time"

	"portico/internal/seal"
	"portico/internal/store"
)

// database checks the database and what is in it.
func (c *checkup) database(db *store.DB) {
	c.clock(db)
	schema, err := db.Schema(c.env.ctx)
	switch {
	case err != nil:
		c.say(problem, "schema", "%v", err)
		return
	case schema.Behind:
		others := "stop the nodes of the earlier version first, because they cannot go on"
		if schema.Expands {
			others = "nodes of the version before go on serving meanwhile"
		}
		c.say(warning, "schema", "the database has version %d of %d: %s or the next start of serve brings it up to date; %s", schema.Version, schema.Newest, c.env.command("migrate"), others)
		return // the checks below need the newest schema
	}
	switch foreign, err := db.Foreign(c.env.ctx); {
	case err != nil:
		c.say(problem, "schema", "%v", err)
	case len(foreign) > 0:
		c.say(problem, "schema", "no version of Portico has made %s, which can change or hide what is written: find out who has been in the database, and drop it", someOf(foreign))
	case len(schema.Ahead) > 0:
		c.say(fine, "schema", "version %d, made by a newer program: this one knows %d, and goes on working beside it", schema.Version, schema.Newest)
	default:
		c.say(fine, "schema", "version %d, the newest, with nothing added to it", schema.Version)
	}
	nodes, err := db.Read(c.env.ctx).Nodes()
	if err != nil {
		c.say(problem, "nodes", "%v", err)
	}
	c.keyset(db, nodes)
	c.nodeSettings(nodes)
	c.policies(db)
	c.counts(db)
	c.queue(db)
	c.refusals(db)
	c.addresses(db)
	c.passkeys(db)
	c.backup(db)
	c.sentEvents(db)
}

// backupOld is the age from which a backup is old, as PorticoBackupOld of
// packaging/alerts.yaml says.
const backupOld = 48 * time.Hour

// backup looks when portico backup last wrote a backup.
func (c *checkup) backup(db *store.DB) {
	last, err := db.Read(c.env.ctx).LastBackup()
	const others = "copies that other programs make, such as pg_dump, are not known here"
	switch age := c.env.now().Sub(last); {
	case err != nil:
		c.say(problem, "backup", "%v", err)
	case last.IsZero():
		c.say(warning, "backup", "none by portico backup is recorded: see portico backup --help; %s", others)
	case age > backupOld:
		c.say(warning, "backup", "the latest is %d days old, from %s: check what runs portico backup; %s", int(age.Hours()/24), last.UTC().Format(utcTime), others)
	default:
		c.say(fine, "backup", "the latest is from %s", last.UTC().Format(utcTime))
	}
}

// settings takes the settings that serve has recorded in place of those that
// were not given. Without the keyset there are none; keyset says so.
func (c *checkup) settings(db *store.DB) {
	keys, err := seal.Load(c.cfg.KeysetFile(c.dir))
	if err != nil {
		c.unknown = true
		return
	}
	recorded, err := recordedSettings(c.env.ctx, db, keys)
	if err != nil {
		c.unknown = true
		return // the keyset is of another database, or the database fails: both are told
	}
	c.sentBy = recorded["smtp"]
	if c.cfg, _, err = take(c.cfg, recorded); err != nil {
		c.say(problem, "settings", "%v", err)
	}
}

// clock compares this machine's clock with that of the database server, because
// codes and sessions depend on it.
func (c *checkup) clock(db *store.DB) {
	before := c.env.now()
	theirs, asked, err := db.ServerClock(c.env.ctx)
	if err != nil {
		c.say(problem, "clock", "%v", err)
		return
	}
	if asked {
		ours := before.Add(c.env.now().Sub(before) / 2)
		if off := theirs.Sub(ours); off.Abs() > clockOff {
			c.say(problem, "clock", "the database's server is %v off this machine: set both by NTP, or codes that are right are refused", off.Round(time.Millisecond))
			return
		}
		c.say(fine, "clock", "the database's server has the same time")
		return
	}
	c.say(fine, "clock", "it is %s: codes are right when your phone says the same", before.UTC().Format(utcTime))
}
