// Package cli owns the command line: the commands, what they print, and the
// wiring of all packages below it (portal.go). Except for the deadlines that
// package web sets on connections, it is the only place that reads the
// machine's clock.
//
// It owns no rules: commands call the same services as the pages, as the actor
// "Command line".
package cli

import (
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
	Version versionFlag `env:"-" help:"Print the version."`
	Quiet   bool        `short:"q" env:"-" help:"Print results and errors only, and not what has succeeded."`

	Serve    serveCommand   `cmd:"" help:"Run the portal."`
	Init     initCommand    `cmd:"" help:"Make a portal; serve does so by itself."`
	Demo     demoCommand    `cmd:"" help:"Run a throw-away portal full of sample people."`
	Gallery  galleryCommand `cmd:"" help:"Show every page in every state, with sample data and no portal behind it."`
	Customer struct {
		Create         customerCreateCommand         `cmd:"" help:"Create a customer."`
		Edit           customerEditCommand           `cmd:"" help:"Change the name, brand or colour of a customer, or of the provider itself (provider)."`
		List           customerListCommand           `cmd:"" help:"List the customers."`
		Export         customerExportCommand         `cmd:"" help:"Write everything of a customer to a ZIP file: people, policy, and audit log with its proofs."`
		Suspend        customerSuspendCommand        `cmd:"" help:"Keep everybody of a customer out, until it is reactivated."`
		Reactivate     customerReactivateCommand     `cmd:"" help:"Let the people of a suspended customer log in again."`
		Delete         customerDeleteCommand         `cmd:"" help:"Suspend a customer, and delete it with all its people after 30 days."`
		CancelDeletion customerCancelDeletionCommand `cmd:"" help:"Keep a customer from being deleted; it stays suspended."`
	} `cmd:"" help:"Look after customers."`
	User struct {
		Create userCreateCommand `cmd:"" help:"Create a user, with a password from standard input, or invited by mail."`
		List   userListCommand   `cmd:"" help:"List users and their 2FA status."`
		Import userImportCommand `cmd:"" help:"Create and change users as a CSV file says, also with password hashes from elsewhere."`
		Unlock userUnlockCommand `cmd:"" help:"Show a user's failed attempts, and clear them."`

		Edit       userEditCommand       `cmd:"" help:"Change the login ID, name, email address, role or labels of a user."`
		Suspend    userSuspendCommand    `cmd:"" help:"Keep a user out, until reactivated."`
		Reactivate userReactivateCommand `cmd:"" help:"Let a suspended user log in again."`
		Delete     userDeleteCommand     `cmd:"" help:"Delete a user for good."`
	} `cmd:"" help:"Look after users."`
	Session struct {
		List sessionListCommand `cmd:"" help:"List a user's sessions."`
		End  sessionEndCommand  `cmd:"" help:"End one of a user's sessions, or all."`
	} `cmd:"" help:"Look after the sessions of users."`
	TwoFactor struct {
		Status twoFactorStatusCommand `cmd:"" help:"Say whether a user has 2FA."`
		Delete twoFactorDeleteCommand `cmd:"" help:"Delete the 2FA setup of a user who is locked out."`
	} `cmd:"" name:"two-factor" help:"Help users with their 2FA."`
	Keys struct {
		Create  keysCreateCommand  `cmd:"" help:"Make the keyset of a new portal, for nodes that get it as a secret."`
		Rotate  keysRotateCommand  `cmd:"" help:"Seal everything with a new key, and drop the old ones."`
		Replace keysReplaceCommand `cmd:"" help:"Make a new keyset in place of one that is lost for good, and give up what it had sealed."`
	} `cmd:"" help:"Look after the keys that secrets are sealed with."`
	Audit struct {
		Export     auditExportCommand     `cmd:"" help:"Write a customer's events, with what they can be verified by, to a file."`
		Verify     auditVerifyCommand     `cmd:"" help:"Check such a file, on any machine, and name the first event that was changed, removed or cut off."`
		Checkpoint auditCheckpointCommand `cmd:"" help:"Print the newest signed checkpoint of a customer's log, to keep elsewhere."`
		Key        auditKeyCommand        `cmd:"" help:"Print the public key that audit logs are verified with."`
	} `cmd:"" help:"Prove that nobody has changed the audit log."`
	Backup  backupCommand  `cmd:"" help:"Write a copy of the database to a file, while serve runs."`
	Restore restoreCommand `cmd:"" help:"Make a portal out of a backup."`
	Move    moveCommand    `cmd:"" help:"Move a portal from SQLite to PostgreSQL."`
	Doctor  doctorCommand  `cmd:"" help:"Look at everything, and say what to do."`
	Config  struct {
		Check configCheckCommand `cmd:"" help:"Check the settings that serve would use."`
		Show  configShowCommand  `cmd:"" help:"Print the settings that serve would use, without passwords, and where each comes from."`
	} `cmd:"" help:"Look at the settings."`
	Health         healthCommand     `cmd:"" help:"Ask a portal on this machine whether it is ready, database included."`
	Migrate        migrateCommand    `cmd:"" help:"Bring the database up to date; serve does so by itself."`
	Help           helpCommand       `cmd:"" help:"Explain a command, as its --help does."`
	Completion     completionCommand `cmd:"" help:"Print a script that completes commands and flags in a shell."`
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

// tell prints a sentence with one value, or logs it as a record where the log is
// JSON: then there is nothing on standard output, and all that a program says
// is for other programs.
func (e *environment) tell(format, message, name, value string) {
	if e.json {
		e.log().Info(message, name, value)
		return
	}
	say(e.stdout, format, value)
}

// usageError is a mistake in how a command was called.
type usageError struct{ err error }

func (u usageError) Error() string { return u.err.Error() }
func (u usageError) Unwrap() error { return u.err }

// exited carries the exit code of --help out of kong's parser.
type exited int

// Run runs one command and returns its exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exited:
			code = int(p)
		default:
			panic(p)
		}
	}()
	file, line := stdout, newProgress(stderr, time.Now)
	stdout, stderr = terminal{stdout, line}, terminal{stderr, line}
	ownFilesOnly()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var c commands
	settings := &settingsFile{}
	parser, err := newParser(&c, settings, stdout, stderr, commandsFor(args)...)
	if err != nil {
		say(stderr, "portico: %v\n", err)
		return exitFailed
	}
	env := &environment{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, file: file, line: line, now: time.Now}
	wrong := func(err error, hint string) int {
		text := env.from.explain(withoutAddresses(err.Error(), append(slices.Concat(args, os.Environ()), slices.Collect(maps.Values(settings.values))...)))
		if env.json = c.Serve.LogFormat == "json"; env.json {
			env.log().Error(text)
		} else {
			say(stderr, "portico: %v\n"+hint, errors.New(text))
		}
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	env.from = originsOf(args, os.Environ(), settings)
	if settings.err != nil {
		err = settings.err
	}
	if err != nil {
		return wrong(errors.New(fromVariable.ReplaceAllString(err.Error(), "")), "See "+commandOf(err)+" --help.\n")
	}
	if err := checkNumbers(parsed); err != nil {
		return wrong(err, "See "+parsed.Selected().FullPath()+" --help.\n")
	}
	if err := checkEnvironment(parser.Model, os.Environ()); err != nil {
		// It may be a setting of a command that the parser does not know.
		if parser, err = newParser(&commands{}, &settingsFile{}, stdout, stderr); err == nil {
			err = checkEnvironment(parser.Model, os.Environ())
		}
		if err != nil {
			env.from = nil // the error names the variable
			return wrong(err, "")
		}
	}
	if env.quiet = c.Quiet; env.quiet {
		line.screen = nil
	}
	return env.report(parsed.Run(env))
}

// newParser returns the parser of the command line. It reads the settings file as
// soon as it knows which.
func newParser(c *commands, file *settingsFile, stdout, stderr io.Writer, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append([]kong.Option{
		kong.Name("portico"),
		kong.Description("Customer administration portal: log-in with two-factor authentication, and its administration."),
		kong.DefaultEnvars("PORTICO"), kong.Resolvers(file), readDurations, kong.Writers(stdout, stderr), kong.ExplicitGroups(flagGroups), kong.Help(printHelp), kong.ValueFormatter(explain),
		kong.Exit(func(code int) { panic(exited(code)) }),
	}, more...)...)
}

// commandsFor leaves all other commands out of the parser if the first argument
// is serve. Their flags would take half of the time until serve answers, and
// memory for as long as it runs.
func commandsFor(args []string) []kong.Option {
	if args[0] != "serve" {
		return nil
	}
	var others []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[commands]()) {
		if _, command := field.Tag.Lookup("cmd"); command && field.Name != "Serve" {
			others = append(others, field.Name)
		}
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
		e.log().Error("ended", "error", e.from.explain(err.Error()))
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	}
	if told := portico.ErrorOf(err); told != nil && told.Code != portico.Unavailable { // if the service is unavailable, print the cause too: people who run commands can fix it
		say(stderr, "portico: %s\n", told.Text)
		if len(told.Fields) > 1 {
			for name, text := range told.Fields {
				say(stderr, "  %s: %s\n", name, text)
			}
		}
		return exitFailed
	}
	say(stderr, "portico: %v\n", errors.New(e.from.explain(err.Error())))
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}
