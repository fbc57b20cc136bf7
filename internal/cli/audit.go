package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/config"
)

// ofCustomer selects the customer whose audit log a command is about.
type ofCustomer struct {
	Customer string `help:"Short name of the customer. Without it, the provider's own log." placeholder:"SLUG"`
}

func (o ofCustomer) find(ctx context.Context, p *Portal) (portico.Customer, error) {
	c := portico.Customer{ID: portico.ProviderID, Slug: string(portico.ProviderID)}
	if o.Customer != "" {
		var err error
		c, err = customerGiven(ctx, p, o.Customer)
		if portico.NotFound.Is(err) { // its log is kept for a while after its deletion
			c, err = p.Customers.Deleted(ctx, portico.CommandLine(), o.Customer)
		}
		if err != nil {
			return c, err
		}
	}
	return c, p.Audit.SequenceOne(ctx, c.ID)
}

type auditExportCommand struct {
	config.Config `embed:""`
	ofCustomer    `embed:""`
	Output        string  `required:"" help:"File to write, or - for standard output. Existing files are never overwritten." placeholder:"FILE"`
	Since         *string `help:"Write only the events since then, in the format of serve --audit-stream and without proofs. Give the number of the last event that you have, a time (2026-11-23, 2026-11-23T09:00:00Z) or a duration (24h, 7d)." placeholder:"WHEN"`
}

// Validate is called by kong.
func (c auditExportCommand) Validate() error {
	_, err := c.since(time.Time{})
	return errors.Join(c.Config.Validate(), err)
}

func (c auditExportCommand) Run(env *environment) error {
	since, err := c.since(env.now())
	if err != nil {
		return usageError{err}
	}
	return with(env, c.Config, func(p *Portal) error {
		customer, err := c.find(env.ctx, p)
		if errors.Is(err, audit.ErrTampered) { // the export is meant to show this
			say(env.stderr, "Warning: %v. Events since then are not in the log.\n", err)
		} else if err != nil {
			return err
		}
		what, empty := "the audit log of "+customer.Slug, true
		done := func(to string) string {
			switch {
			case c.Since == nil:
				return "Wrote " + what + " to " + to + ". Check it with portico audit verify."
			case empty:
				return "Wrote no event to " + to + ": " + customer.Slug + " has none since then."
			}
			return "Wrote " + what + " to " + to + ". They have no proofs: leave out --since for those."
		}
		if c.Since != nil {
			what = "events of " + customer.Slug
		}
		return writeExport(env, c.Output, what, done, func(to io.Writer) error {
			write := func(b []byte) error {
				empty = empty && len(b) == 0
				_, err := to.Write(b)
				return err
			}
			if c.Since != nil {
				return p.Audit.ExportSince(env.ctx, portico.CommandLine(), customer, since, write)
			}
			return p.Audit.ExportProofs(env.ctx, portico.CommandLine(), customer, write)
		})
	})
}

// since reads the value of --since: a number of an event, a duration before now,
// or a time, in UTC unless it says otherwise.
func (c auditExportCommand) since(now time.Time) (audit.Since, error) {
	if c.Since == nil {
		return audit.Since{}, nil
	}
	text := *c.Since
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && number >= 0 {
		return audit.Since{After: number}, nil
	}
	if ago, err := parseDuration(text); err == nil && ago > 0 {
		return audit.Since{At: now.Add(-ago)}, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return audit.Since{At: at}, nil
		}
	}
	return audit.Since{}, fmt.Errorf("--since %q: give the number of an event, a duration such as 24h or 7d, or a time such as 2026-11-23 or 2026-11-23T09:00:00Z", text)
}

type auditCheckpointCommand struct {
	config.Config `embed:""`
	output        `embed:""`
	ofCustomer    `embed:""`
}

func (c auditCheckpointCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		customer, err := c.find(env.ctx, p)
		if err != nil {
			return err
		}
		at, err := p.Audit.Checkpoint(env.ctx, portico.CommandLine(), customer.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.stdout, checkpointOf(customer, at))
		}
		for line := range strings.Lines(at.Signed) {
			say(env.stdout, "%s\n", strings.TrimSuffix(line, "\n"))
		}
		return nil
	})
}

type auditKeyCommand struct {
	config.Config `embed:""`
}

func (c auditKeyCommand) Run(env *environment) error {
	return with(env, c.Config, func(p *Portal) error {
		say(env.stdout, "%s\n", p.Audit.Key())
		return nil
	})
}

type auditVerifyCommand struct {
	output     `embed:""`
	File       string   `arg:"" help:"Export to verify, or - for standard input. No portal is needed."`
	Key        []string `help:"Public key of the portal, or a file that contains it. Give several if the keyset was replaced. Without one, the key in the export is used." sep:"none" placeholder:"KEY"`
	Checkpoint []string `help:"File with a checkpoint that you stored elsewhere, or with the mail that contained it. Several narrow down what was changed." sep:"none" placeholder:"FILE"`
}

func (c auditVerifyCommand) Run(env *environment) (err error) {
	f, err := openInput(env, c.File)
	if err != nil {
		return fmt.Errorf("reading the export: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var keys, outside []string
	for _, k := range c.Key {
		keys = append(keys, keyOrFile(k))
	}
	for _, name := range c.Checkpoint {
		b, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("reading the checkpoint: %w", err)
		}
		outside = append(outside, string(b))
	}
	export := bufio.NewReader(f)
	if head, err := export.Peek(2); err == nil && string(head) == "PK" {
		return fmt.Errorf("%s is a ZIP file: unpack it, and verify the audit-log.jsonl in it", c.File)
	}
	r, err := audit.Verify(export, keys, outside)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(env.stdout, reportOf(r, len(c.Key) > 0)); err != nil {
			return err
		}
	} else {
		tell(env.stdout, r, len(c.Key) > 0)
	}
	if r.Found > 0 {
		return fmt.Errorf("the audit log was changed outside the portal; problems found: %d", r.Found)
	}
	return nil
}

// keyOrFile returns the content of the file named s if there is one, and
// otherwise s itself, a public key.
func keyOrFile(s string) string {
	if b, err := os.ReadFile(s); err == nil {
		s = string(b)
	}
	return strings.TrimSpace(s)
}

func tell(out io.Writer, r *audit.Report, keyKnown bool) {
	tellResult(out, r)
	if !keyKnown {
		say(out, "Checked with the key in the file, which proves little. Compare it with the key that you know, and give that as --key.\n  %s\n", r.Keys[0])
	}
}

func tellResult(out io.Writer, r *audit.Report) {
	day := func(t time.Time) string { return t.UTC().Format("2 January 2006 15:04:05 UTC") }
	say(out, "Audit log %s, %d events, signed on %s; the file calls the customer %s, which is not signed.\n", r.Log, r.Signed.Size, day(r.Signed.At), r.Customer)
	if r.Signed.Kept > 0 {
		say(out, "Events 1 to %d were deleted when their retention ended; their hashes are kept.\n", r.Signed.Kept)
	}
	for _, note := range r.Notes {
		say(out, "%s\n", note)
	}
	for _, f := range r.Findings {
		say(out, "Event %d %s\n", f.Number, f.Text)
	}
	if more := r.Found - len(r.Findings); more > 0 {
		say(out, "and %d more\n", more)
	}
	if r.Found > 0 {
		return
	}
	say(out, "Nothing was changed, removed, added or cut off since it was signed.\n")
	for _, c := range r.Outside {
		say(out, "It continues from the checkpoint of %s, with %d events.\n", day(c.At), c.Size)
	}
	tellUnknown(out, r)
}

// tellUnknown prints what the file alone cannot prove.
func tellUnknown(out io.Writer, r *audit.Report) {
	if len(r.Outside) == 0 {
		say(out, "Without a checkpoint that was stored elsewhere (--checkpoint), this cannot show whether all logs together were taken back\n"+
			"to an earlier state, or whether someone with the portal's keys rewrote the log: for that, you have only the portal's word.\n")
		return
	}
	if newer := r.Signed.Size - r.Outside[len(r.Outside)-1].Size; newer > 0 {
		say(out, "%d events are newer than the last checkpoint: for these, you have only the portal's word that none is missing or was replaced.\n", newer)
	}
}
