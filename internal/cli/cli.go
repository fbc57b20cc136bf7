// Package cli owns the command line: the commands, what they print, and the
// wiring of all packages below it (portal.go). Except for the deadlines that
// package web sets on connections, it is the only place that reads the
// machine's clock.
//
// It owns no rules: commands call the same services as the pages, as the actor
// "Command line".
package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"portico"
)

// Exit codes of every command.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands declares the command line for kong.
type commands struct {
	Version versionFlag `help:"Print the version."`
	Quiet   bool        `short:"q" help:"Print only results and errors."`

	Serve    serveCommand   `cmd:"" help:"Run the portal."`
	Init     initCommand    `cmd:"" help:"Create an empty portal. serve does this automatically."`
	Demo     demoCommand    `cmd:"" help:"Run a temporary portal with sample users."`
	Gallery  galleryCommand `cmd:"" help:"Show every page in every state, with sample data."`
	Customer struct {
		Create         customerCreateCommand         `cmd:"" help:"Create a customer."`
		Edit           customerEditCommand           `cmd:"" help:"Change the name, brand or colour of a customer, or of the provider itself (provider)."`
		List           customerListCommand           `cmd:"" help:"List customers."`
		Export         customerExportCommand         `cmd:"" help:"Export a customer's users, policy and audit log, with its proofs, to a ZIP file."`
		Suspend        customerSuspendCommand        `cmd:"" help:"Suspend a customer. Its users cannot log in until it is reactivated."`
		Reactivate     customerReactivateCommand     `cmd:"" help:"Reactivate a suspended customer, so that its users can log in again."`
		Delete         customerDeleteCommand         `cmd:"" help:"Suspend a customer now, and delete it with all its users after 30 days."`
		CancelDeletion customerCancelDeletionCommand `cmd:"" help:"Cancel the deletion of a customer. It stays suspended."`
	} `cmd:"" help:"Manage customers."`
	User struct {
		Create userCreateCommand `cmd:"" help:"Create a user with a password, or send an invitation."`
		List   userListCommand   `cmd:"" help:"List users and their 2FA status."`
		Invite userInviteCommand `cmd:"" help:"Send an invited user a new invitation. The links of earlier ones end."`
		Import userImportCommand `cmd:"" help:"Create and update users from a CSV file, which may contain password hashes from other systems."`
		Unlock userUnlockCommand `cmd:"" help:"Show and clear a user's failed log-in attempts."`

		Edit       userEditCommand       `cmd:"" help:"Change the login ID, name, email address, role, labels or language of a user."`
		Suspend    userSuspendCommand    `cmd:"" help:"Suspend a user, who then cannot log in until reactivated."`
		Reactivate userReactivateCommand `cmd:"" help:"Reactivate a suspended user."`
		Delete     userDeleteCommand     `cmd:"" help:"Permanently delete a user."`
	} `cmd:"" help:"Manage users."`
	Session struct {
		List sessionListCommand `cmd:"" help:"List a user's sessions."`
		End  sessionEndCommand  `cmd:"" help:"End one or all of a user's sessions."`
	} `cmd:"" help:"Manage users' sessions."`
	TwoFactor struct {
		Status twoFactorStatusCommand `cmd:"" help:"Show a user's 2FA status."`
		Delete twoFactorDeleteCommand `cmd:"" help:"Delete the 2FA setup of a user who is locked out."`
	} `cmd:"" name:"two-factor" help:"Manage users' 2FA."`
	Keys struct {
		Create  keysCreateCommand  `cmd:"" help:"Create the keyset of a new portal, to give to its nodes as a secret."`
		Rotate  keysRotateCommand  `cmd:"" help:"Encrypt everything with a new key, and remove the old keys."`
		Replace keysReplaceCommand `cmd:"" help:"Replace a keyset that is permanently lost. What it had encrypted is lost too."`
	} `cmd:"" help:"Manage the keys that encrypt secrets."`
	Audit struct {
		Export     auditExportCommand     `cmd:"" help:"Export a customer's events to a file, with the proofs to verify them."`
		Verify     auditVerifyCommand     `cmd:"" help:"Verify an exported file, on any machine, and report the first event that was changed, removed or cut off."`
		Checkpoint auditCheckpointCommand `cmd:"" help:"Print the latest signed checkpoint of a customer's audit log, to store elsewhere."`
		Key        auditKeyCommand        `cmd:"" help:"Print the public key for verifying audit logs."`
	} `cmd:"" help:"Export audit logs, and prove that nobody has changed them."`
	Backup  backupCommand  `cmd:"" help:"Back up the database to a file, even while serve is running."`
	Restore restoreCommand `cmd:"" help:"Restore a portal from a backup."`
	Move    moveCommand    `cmd:"" help:"Move a portal from SQLite to PostgreSQL."`
	Doctor  doctorCommand  `cmd:"" help:"Check the portal for problems, and explain how to fix them."`
	Config  struct {
		Check configCheckCommand `cmd:"" help:"Check the settings that serve would use."`
		Show  configShowCommand  `cmd:"" help:"Print the settings that serve would use, and where each comes from. Passwords are hidden."`
	} `cmd:"" help:"Check or show the settings."`
	Health         healthCommand     `cmd:"" help:"Check whether the portal on this machine, including its database, is ready."`
	Migrate        migrateCommand    `cmd:"" help:"Update the database to the schema of this version. serve does this automatically."`
	Help           helpCommand       `cmd:"" help:"Show the help of a command."`
	Completion     completionCommand `cmd:"" help:"Print a shell completion script."`
	Man            manCommand        `cmd:"" help:"Write the manual pages to a directory."`
	VersionCommand versionCommand    `cmd:"" name:"version" help:"Print the version."`
}

// environment is what a command uses besides its flags.
type environment struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	file   io.Writer // standard output for a file, with nothing escaped
	line   *progress // on standard error; may be nil
	now    func() time.Time
	json   bool         // log as JSON
	logger *slog.Logger // nil until log was called
	quiet  bool         // do not print what has succeeded
	from   origins      // of the settings
	place  string       // flags that say which portal is meant, for hints
}

// log returns the log, without lines that repeat.
func (e *environment) log() *slog.Logger {
	if e.logger == nil {
		var lines slog.Handler = slog.NewTextHandler(e.stderr, nil)
		if e.json {
			lines = slog.NewJSONHandler(e.stderr, nil)
		}
		e.logger = slog.New(withoutRepeats(lines))
	}
	return e.logger
}

// usageError is a mistake in how a command was called.
type usageError struct{ err error }

func (u usageError) Error() string { return u.err.Error() }
func (u usageError) Unwrap() error { return u.err }

// exited carries the exit code of --help out of kong's parser.
type exited int

// Run runs one command and returns its exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if slices.Equal(args, []string{hashWorker}) {
		return work(stdin, stdout, stderr)
	}
	line := newProgress(stderr, time.Now)
	out := &terminal{to: stdout, line: line}
	env := &environment{ctx: ctx, stdin: stdin, stdout: out, stderr: &terminal{to: stderr, line: line}, file: stdout, line: line, now: time.Now}
	code := env.run(args)
	if code == exitOK {
		return env.report(out.failed()) // what is shown once, such as a link, may be lost
	}
	return code
}

func (e *environment) run(args []string) (code int) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exited:
			code = int(p)
		default:
			panic(p)
		}
	}()
	ownFilesOnly()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var c commands
	settings := &settingsFile{}
	parser, err := newParser(&c, settings, e.stdout, e.stderr, commandsFor(args)...)
	if err != nil {
		say(e.stderr, "portico: %v\n", err)
		return exitFailed
	}
	wrong := func(err error, hint string) int {
		text := e.from.explain(withoutAddresses(err.Error(), append(slices.Concat(args, os.Environ()), slices.Collect(maps.Values(settings.values))...)))
		if e.json = c.Serve.LogFormat == "json"; e.json {
			e.log().Error(text)
		} else {
			say(e.stderr, "portico: %v\n"+hint, errors.New(text))
		}
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	e.from = originsOf(args, os.Environ(), settings)
	if settings.err != nil {
		err = settings.err
	}
	if stray := checkEnvironment(parser.Model, os.Environ()); stray != nil {
		// It may be an argument of a command that the parser does not know.
		if all, err := newParser(&commands{}, &settingsFile{}, e.stdout, e.stderr); err == nil {
			stray = checkEnvironment(all.Model, os.Environ())
		}
		e.from = nil // the error names the variable
		return wrong(stray, "")
	}
	if err != nil {
		return wrong(errors.New(fromVariable.ReplaceAllString(err.Error(), "")), "See "+commandOf(err)+" --help.\n")
	}
	if err := checkValues(parsed); err != nil {
		return wrong(err, "See "+parsed.Selected().FullPath()+" --help.\n")
	}
	if e.quiet = c.Quiet; e.quiet {
		e.line.screen = nil
	}
	e.place = placeGiven(parsed)
	return e.report(parsed.Run(e))
}

// newParser returns the parser of the command line. It reads the settings file as
// soon as it knows which.
func newParser(c *commands, file *settingsFile, stdout, stderr io.Writer, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append([]kong.Option{
		kong.Name("portico"),
		kong.Description("Customer administration portal: log-in with two-factor authentication, and its administration."),
		kong.DefaultEnvars("PORTICO"), languages(), kong.PostBuild(onlySettings), kong.Resolvers(file), readDurations, kong.Writers(stdout, stderr), kong.ExplicitGroups(flagGroups), kong.Help(printHelp), kong.ValueFormatter(explain),
		kong.Exit(func(code int) { panic(exited(code)) }),
	}, more...)...)
}

// commandsFor leaves out of the parser the commands that a call does not need: all
// but the first argument and serve, whose flags are the settings. Their flags would
// take half of the time until serve answers, and memory for as long as it runs.
// Nothing is left out if the first argument is no command or tells of all of them.
func commandsFor(args []string) []kong.Option {
	var others []string
	known := false
	for _, field := range reflect.VisibleFields(reflect.TypeFor[commands]()) {
		if _, command := field.Tag.Lookup("cmd"); !command {
			continue
		}
		named := cmp.Or(field.Tag.Get("name"), strings.ToLower(field.Name)) == args[0]
		if known = known || named; !named && field.Name != "Serve" {
			others = append(others, field.Name)
		}
	}
	if !known || slices.Contains([]string{"help", "completion", "man"}, args[0]) {
		return nil
	}
	return []kong.Option{kong.IgnoreFields(`^commands\.(` + strings.Join(others, "|") + `)$`)}
}

// commandOf returns the command that could not be parsed.
func commandOf(err error) string {
	if wrong := (*kong.ParseError)(nil); errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return wrong.Context.Selected().FullPath()
	}
	return "portico"
}

// fromVariable is what kong adds to the error of a value from the environment. It
// repeats the value; origins says the same without it.
var fromVariable = regexp.MustCompile(`(?s) \(from envar .*$`)

// withoutAddresses returns a text in which no argument shows what follows
// "://": the parser repeats arguments that it does not expect, and an address
// may hold a password.
func withoutAddresses(text string, args []string) string {
	for _, arg := range args {
		if _, address, found := strings.Cut(arg, "://"); found && address != "" {
			text = strings.ReplaceAll(text, address, "...")
		}
	}
	return text
}

// report prints or logs why a command failed, in words that a person can act
// on. It returns the exit code.
func (e *environment) report(err error) int {
	stderr := e.stderr
	if err == nil {
		return exitOK
	}
	var usage usageError
	if e.json {
		e.log().Error("ended", "error", e.from.explain(e.advised(err)))
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	}
	if told := portico.ErrorOf(err); told != nil && told.Code != portico.Unavailable { // if the service is unavailable, print the cause too: people who run commands can fix it
		if len(told.Fields) < 2 {
			say(stderr, "portico: %s\n", told.Message.String())
			return exitFailed
		}
		say(stderr, "portico: Several values are not valid:\n")
		for _, name := range slices.Sorted(maps.Keys(told.Fields)) {
			say(stderr, "  %s: %s\n", name, told.Fields[name])
		}
		return exitFailed
	}
	text := e.from.explain(e.advised(err))
	say(stderr, "portico: %v\n", errors.New(text))
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}
