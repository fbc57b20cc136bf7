package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/config"
	"portico/internal/maintenance"
	"portico/internal/seal"
)

type doctorCommand struct {
	config.Config    `embed:""`
	config.Transport `embed:""`
	config.Stream    `embed:""`
	output           `embed:""`
	Repair           bool   `help:"Correct wrong counts, and rebuild the search index where users are missing."`
	MailTo           string `name:"mail-to" help:"Ask the mail server whether it accepts mail to this address. No mail is sent." placeholder:"ADDRESS"`
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
	unknown   bool   // what serve has recorded could not be read
	dir       string
	findings  []finding
}

func (c *checkup) say(s state, what, format string, args ...any) {
	for i, arg := range args {
		if err, is := arg.(error); is {
			args[i] = c.env.advised(err)
		}
	}
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n\t", " ") // errors of several servers
	c.findings = append(c.findings, finding{s, what, text})
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
		c.unknown = true
		c.say(problem, "database", "%v", err)
	} else {
		c.say(fine, "database", "%s", db.Where())
		c.settings(db)
		c.database(db)
		if err := db.Close(); err != nil {
			c.say(warning, "database", "closing it: %v", err)
		}
	}
	c.cfg = c.cfg.WithDefaults()
	c.memory()
	// Nothing is said of settings that are only unknown.
	given := c.cfg.BaseURL != ""
	c.cfg.BaseURL = cmp.Or(c.cfg.BaseURL, "http://localhost:8080")
	if c.cfg.MailServer() != "" || !c.unknown {
		c.mail()
	}
	if given || !c.unknown {
		c.baseURL()
	}
	c.certificate()
	c.proxies()
	return c.findings
}
