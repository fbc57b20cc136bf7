package cli

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"strings"

	"portico"
	"portico/internal/config"
	"portico/internal/imports"
	"portico/internal/outbox"
	"portico/internal/spreadsheet"
	"portico/internal/store"
)

type userImportCommand struct {
	config.Config `embed:""`
	Customer      string `required:"" help:"Short name of the customer." placeholder:"SLUG"`
	Invite        bool   `help:"Send an invitation to each new user without a password hash."`
	Encoding      string `enum:"utf-8,windows-1252" default:"utf-8" help:"Encoding of a file that is not UTF-8 and has no byte order mark: windows-1252." placeholder:"NAME"`
	DryRun        bool   `help:"Show what would change, without changing anything."`
	File          string `arg:"" help:"CSV file as saved by a spreadsheet program, or - for standard input. Columns: login_id,first_name,last_name,email,role,labels,language,password_hash. The last three are optional, and the login ID of invited users may be empty." placeholder:"FILE.csv"`
}

// Run imports the file while it reads it, some thousand rows per transaction.
// If the import breaks off, the rows so far stay imported; a second run finds
// them unchanged and imports the rest.
func (c userImportCommand) Run(env *environment) (err error) {
	file, err := openInput(env, c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	defer env.line.begin("Importing")()
	debug.SetGCPercent(50) // millions of rows are allocated and freed: more work for the collector keeps the heap smaller
	return with(env, c.Config, func(p *Portal) error {
		customer, err := customerNamed(env, p, c.Customer)
		if err == nil && c.Invite {
			err = invitable(env, p, customer)
		}
		if err != nil {
			return err
		}
		if c.Invite && !c.DryRun && p.Mails.BaseURL == "" {
			return outbox.ErrNoBaseURL
		}
		var n portico.ImportCounts
		report, err := p.Imports.RunFile(env.ctx, portico.CommandLine(), customer, imports.File{
			Name: filepath.Base(c.File), Content: file, Invite: c.Invite, DryRun: c.DryRun, Windows1252: c.Encoding == "windows-1252",
			Refused: func(row portico.RefusedRow) {
				say(env.stderr, "Line %d (%s): %s\n", row.Line, cmp.Or(row.LoginID, row.Email), row.Reason)
			},
			Done: func(so portico.ImportCounts) {
				n = so
				env.line.at("%d rows", n.Created+n.Updated+n.Unchanged+n.Refused)
			},
		})
		if err == nil || n != (portico.ImportCounts{}) { // or the file was refused as a whole
			c.sayCounts(env, n)
		}
		c.sayOfFile(env, report)
		if c.Invite && n.Created > 0 && !c.DryRun {
			sayOfInvitations(env, p)
		}
		switch {
		case errors.Is(err, context.Canceled):
			return errors.New("the import was interrupted: the rows counted above are imported. Run it again, and it imports the rest")
		case err != nil:
			return explainEncoding(err)
		case n.Refused > 0:
			return errors.New("some lines were refused: correct them and import them again. To change one user, run " + env.command("user edit LOGIN_ID"))
		}
		return nil
	})
}

// sayCounts says what became, or would become, of the rows.
func (c userImportCommand) sayCounts(env *environment, n portico.ImportCounts) {
	if c.DryRun {
		say(env.stdout, "Would create %d, change %d, leave %d unchanged, refuse %d.\n", n.Created, n.Updated, n.Unchanged, n.Refused)
		return
	}
	env.done("Created %d, changed %d, unchanged %d, refused %d.\n", n.Created, n.Updated, n.Unchanged, n.Refused)
}

// sayOfInvitations says what becomes of the invitations of an import.
func sayOfInvitations(env *environment, p *Portal) {
	if p.Mails.NoServer {
		say(env.stderr, "No mail server is set (--smtp), so no mail is sent: portico serve writes each invitation to a file in its outbox. For a new activation link to hand over, run %s.\n",
			env.command("user invite LOGIN_ID"))
		return
	}
	env.done("Invitations are queued; portico serve sends them.\n")
}

// explainEncoding returns the error for a file that is not in UTF-8 with what to
// do about it. Nobody looks at the names before they are imported, as on the page.
func explainEncoding(err error) error {
	e := (*spreadsheet.NotUTF8)(nil)
	if !errors.As(err, &e) {
		return err
	}
	const most = 80
	row := []rune(e.Row)
	if len(row) > most {
		row = append(row[:most], '…')
	}
	return portico.E(portico.Invalid, "Line {0} of the file is not in UTF-8. As Windows-1252 it reads \"{1}\": if that is right, add --encoding windows-1252; "+
		"otherwise save the file as CSV UTF-8, and import that.", e.Line, string(row))
}

// sayOfFile says what nobody would expect of a file and its import.
func (c userImportCommand) sayOfFile(env *environment, report imports.FileReport) {
	if report.Encoding != "" {
		say(env.stderr, "The file was in %s and was converted: check the names.\n", report.Encoding)
	}
	if len(report.Ignored) > 0 {
		say(env.stderr, "These columns are ignored: %s.\n", strings.Join(report.Ignored, ", "))
	}
	all := env.command("user invite --all --customer " + store.ShellWord(c.Customer))
	if report.Uninvited > 0 {
		say(env.stderr, "People created and not invited: %d. To invite them, run %s; next time, add --invite.\n", report.Uninvited, all)
	}
	if report.Waiting > 0 {
		say(env.stderr, "People who were here before and have no valid invitation: %d. To invite them, run %s.\n", report.Waiting, all)
	}
}
