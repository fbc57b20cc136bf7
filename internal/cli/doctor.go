package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
	"portico/internal/store"
)

type doctorCommand struct {
	config.Config    `embed:""`
	config.Transport `embed:""`
	config.Stream    `embed:""`
	output           `embed:""`
	Repair           bool   `help:"Count people anew where a count is wrong, and make everybody findable."`
	MailTo           string `name:"mail-to" help:"Ask the mail server whether it takes a mail to this address; none is sent." placeholder:"ADDRESS"`
}

// utcTime formats times in UTC, and says so.
const utcTime = "2006-01-02 15:04:05 UTC"

// Validate is called by kong. Each part validates itself.
func (c doctorCommand) Validate() error {
	_, err := streamServer(c.Stream)
	return errors.Join(c.Config.Validate(), c.Transport.Validate(), err)
}

func (c doctorCommand) Run(env *environment) error {
	defer env.line.begin("Looking at everything")()
	if c.Repair {
		if err := c.repair(env); err != nil {
			return err
		}
	}
	findings := examine(env, c.Config, c.Transport, c.Stream, c.MailTo)
	if err := printFindings(c.list(env.stdout, findingsHead...), findings); err != nil {
		return err
	}
	problems := 0
	for _, f := range findings {
		if f.state == problem {
			problems++
		}
	}
	if problems > 0 {
		return fmt.Errorf("problems found: %d", problems)
	}
	return nil
}

func (c doctorCommand) repair(env *environment) error {
	dir, db, err := attach(env.ctx, c.Data, env.now)
	if err != nil {
		return err
	}
	schema, err := db.Schema(env.ctx)
	if err == nil {
		err = schema.Current()
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	keys, err := seal.Load(c.KeysetFile(dir))
	if err == nil {
		err = audit.Attest(env.ctx, db, keys)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = maintenance.RebuildIndexes(env.ctx, db, portico.CommandLine())
	}
	return errors.Join(err, db.Close())
}

// state is the severity of a finding.
type state string

const (
	fine    state = "ok"
	warning state = "warning" // works, but should be changed
	problem state = "problem" // does not work, or is not safe
)

// finding is the result of one check, with what to do about it.
type finding struct {
	state state
	what  string
	text  string
}

// findingRow is a finding in JSON.
type findingRow struct {
	State state  `json:"state"`
	What  string `json:"what"`
	Text  string `json:"text"`
}

var findingsHead = []string{"STATE", "WHAT", ""}

func printFindings(l *listing, findings []finding) error {
	for _, f := range findings {
		l.row(findingRow{f.state, f.what, f.text}, string(f.state), f.what, f.text)
	}
	return l.end()
}

// checkup is one run of all checks.
type checkup struct {
	env       *environment
	cfg       config.Config
	transport config.Transport
	stream    config.Stream
	mailTo    string // whom the mail server is asked about; may be ""
	sentBy    string // the mail server that serve has recorded; may be ""
	dir       string
	findings  []finding
}

func (c *checkup) say(s state, what, format string, args ...any) {
	c.findings = append(c.findings, finding{s, what, fmt.Sprintf(format, args...)})
}

// examine runs all checks. It changes nothing, and continues after a check that
// fails.
func examine(env *environment, cfg config.Config, transport config.Transport, stream config.Stream, mailTo string) []finding {
	c := &checkup{env: env, cfg: cfg, transport: transport, stream: stream, mailTo: mailTo}
	dir, db, err := attach(env.ctx, cfg.Data, env.now)
	if c.dir = dir; dir != "" {
		c.directory()
	}
	if err != nil {
		c.say(problem, "database", "%v", err)
	} else {
		c.settings(db)
		c.database(db)
		if err := db.Close(); err != nil {
			c.say(warning, "database", "closing it: %v", err)
		}
	}
	c.cfg = c.cfg.WithDefaults()
	c.cfg.BaseURL = cmp.Or(c.cfg.BaseURL, "http://localhost:8080")
	c.mail()
	c.baseURL()
	c.certificate()
	c.proxies()
	return c.findings
}

const (
	littleSpace = 1 << 30
	noSpace     = 100 << 20
	clockOff    = 2 * time.Second
	backupOld   = 48 * time.Hour // as PorticoBackupOld of packaging/alerts.yaml says
)

// directory checks the data directory: who may read it, how much space is left,
// whether it can be written, and whether its file system has the same time as
// this machine.
func (c *checkup) directory() {
	info, err := os.Stat(c.dir)
	if err != nil {
		c.say(problem, "data directory", "%v: say with --data where it is", err)
		return
	}
	switch {
	case !info.IsDir():
		c.say(problem, "data directory", "%s is none", c.dir)
		return
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		c.say(warning, "data directory", "others may look into %s: run chmod 700 on it", c.dir)
	default:
		c.say(fine, "data directory", "%s is for its owner alone", c.dir)
	}
	switch found, err := exposed(c.dir, c.cfg.KeysetFile(c.dir)); {
	case err != nil:
		c.say(warning, "files", "%v", err)
	case len(found) > 0:
		c.say(warning, "files", "others may read or change %s: run chmod -R go-rwx %s", someOf(found), c.dir)
	}
	for _, file := range c.cfg.SecretFiles() {
		if keyExposed(file) {
			c.say(problem, "files", "others may read or change %s, which holds a password: run chmod 600 on it", file)
		}
	}
	if room, ok := freeSpace(c.dir); ok {
		switch {
		case room < noSpace:
			c.say(problem, "space", "only %s are left on the disk of %s: make room before writing fails", size(room), c.dir)
		case room < littleSpace:
			c.say(warning, "space", "only %s are left on the disk of %s", size(room), c.dir)
		default:
			c.say(fine, "space", "%s are left on the disk", size(room))
		}
	}
	f, err := os.CreateTemp(c.dir, ".doctor-")
	if err != nil {
		c.say(problem, "data directory", "nothing can be written into it: %v", err)
		return
	}
	written, err := f.Stat()
	now := c.env.now()
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		c.say(problem, "data directory", "writing into it: %v", err)
	} else if off := written.ModTime().Sub(now); off.Abs() > clockOff {
		c.say(warning, "clock", "the disk of %s is %v off this machine: set both by NTP", c.dir, off.Round(time.Second))
	}
}

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
		c.say(warning, "schema", "the database has version %d of %d: portico migrate or the next start of serve brings it up to date; %s", schema.Version, schema.Newest, others)
		return // the checks below need the newest schema
	}
	switch foreign, err := db.Foreign(c.env.ctx); {
	case err != nil:
		c.say(problem, "schema", "%v", err)
	case len(foreign) > 0:
		c.say(problem, "schema", "no version of Portico has made %s, which can change or hide what is written: find out who has been in the database, and drop it", someOf(foreign))
	default:
		c.say(fine, "schema", "version %d, the newest, with nothing added to it", schema.Version)
	}
	c.keyset(db)
	c.policies(db)
	c.counts(db)
	c.queue(db)
	c.addresses(db)
	c.backup(db)
	c.sentEvents(db)
}

// backup looks when portico backup last wrote a backup.
func (c *checkup) backup(db *store.DB) {
	last, err := db.Read(c.env.ctx).LastBackup()
	const others = "copies that other programs make, such as pg_dump, are not known here"
	switch age := c.env.now().Sub(last); {
	case err != nil:
		c.say(problem, "backup", "%v", err)
	case last.IsZero():
		c.say(warning, "backup", "none was ever made by portico backup: see portico backup --help; %s", others)
	case age > backupOld:
		c.say(warning, "backup", "the newest is %d days old, of %s: look at what runs portico backup; %s", int(age.Hours()/24), last.UTC().Format(utcTime), others)
	default:
		c.say(fine, "backup", "the newest is of %s", last.UTC().Format(utcTime))
	}
}

// settings takes the settings that serve has recorded in place of those that
// were not given. Without the keyset there are none; keyset says so.
func (c *checkup) settings(db *store.DB) {
	keys, err := seal.Load(c.cfg.KeysetFile(c.dir))
	if err != nil {
		return
	}
	recorded, err := recordedSettings(c.env.ctx, db, keys)
	if err != nil {
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

func (c *checkup) keyset(db *store.DB) {
	path := c.cfg.KeysetFile(c.dir)
	keys, err := seal.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		used, err := db.Read(c.env.ctx).AnythingSealed()
		switch {
		case err != nil:
			c.say(problem, "keyset", "%v", err)
		case used:
			c.say(problem, "keyset", "%s", missingKeyset(path))
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
		c.nodes(db, keys)
		c.auditLog(db, keys)
	}
}

// nodes checks that the nodes that serve the portal hold the same keys.
func (c *checkup) nodes(db *store.DB, keys *seal.Keys) {
	held, err := keys.Held()
	if err != nil {
		c.say(problem, "nodes", "%v", err)
		return
	}
	nodes, err := db.Read(c.env.ctx).Nodes()
	if err != nil {
		c.say(problem, "nodes", "%v", err)
		return
	}
	for _, n := range nodes {
		switch {
		case !slices.Contains(held.Keys, n.SealsWith) || !slices.Contains(n.Holds, held.Primary):
			c.say(problem, "nodes", "%s has another keyset than %s: give all nodes the same one", n.Name, keys.Path())
		case n.SealsWith != held.Primary || len(n.Holds) != len(held.Keys):
			c.say(warning, "nodes", "%s has another keyset than %s, in a rotation of the keys that is not finished: run portico keys rotate again", n.Name, keys.Path())
		default:
			c.say(fine, "nodes", "%s serves, with the same keys", n.Name)
		}
	}
}

// missingKeyset says what is missing and what works without it.
func missingKeyset(path string) string {
	return fmt.Sprintf("The keyset is missing, and the portal does not start without it: put it back as %s, or, if it is lost for good, run portico keys replace --lost, "+
		"after which people without 2FA log in as before, and the others by a recovery code, or once their setup was deleted (portico two-factor delete).",
		path)
}

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
			"and a search without the marks or the apostrophe of a name may miss it; portico doctor --repair does it at once")
	}
	if people.Missorted > 0 {
		c.say(problem, "people", "%d of %d people are not where their names belong in lists: run portico doctor --repair", people.Missorted, people.Sampled)
	}
	if people.Miscounted+people.StaleTwoFactor+people.Unindexed > 0 {
		c.say(problem, "people", "lists are wrong (%d counts, %d labels of 2FA, %d of %d people not found by search): run portico doctor --repair",
			people.Miscounted, people.StaleTwoFactor, people.Unindexed, people.Sampled)
	} else {
		c.say(fine, "people", "%d, counted and found as they are", people.People)
	}
	if n := people.bare[portico.RoleOperator] + people.bare[portico.RoleAdministrator] + people.bare[portico.RoleHelpDesk]; n > 0 {
		c.say(warning, "2FA", "people who may change others log in by password alone: %d of the operators, %d of the administrators, %d of the help desk; the policy can ask for 2FA",
			people.bare[portico.RoleOperator], people.bare[portico.RoleAdministrator], people.bare[portico.RoleHelpDesk])
	} else if people.People > 0 {
		c.say(fine, "2FA", "everybody who may change others has it")
	}
}
