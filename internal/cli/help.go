package cli

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"

	"portico/internal/config"
)

// The groups of flags that many commands have. Their keys are in package config.
var flagGroups = []kong.Group{
	{Key: "data", Title: "Where the portal is:"},
	{Key: settingsGroup, Title: "Mail, links and password hashes:"},
}

const settingsGroup = "settings"

// printHelp prints the help of a command. The settings that serve has recorded
// for all commands are explained by serve and config alone; others name them.
func printHelp(options kong.HelpOptions, c *kong.Context) error {
	named := settingsToName(c.Selected())
	for _, flag := range named {
		flag.Hidden = true
	}
	if err := kong.DefaultHelpPrinter(options, c); err != nil || len(named) == 0 {
		return err
	}
	say(c.Stdout, "\nSettings that default to those of serve (see portico serve --help):\n")
	line := " "
	for _, flag := range named {
		if flag.Hidden = false; len(line)+len(flag.Name) > 70 {
			say(c.Stdout, "%s\n", line)
			line = " "
		}
		line += " --" + flag.Name
	}
	say(c.Stdout, "%s\n", line)
	return nil
}

// settingsToName returns the flags that the help of a command names without
// explaining them. The command may be nil.
func settingsToName(command *kong.Node) (named []*kong.Flag) {
	if command == nil || command.Name == "serve" || command.Parent.Name == "config" {
		return nil
	}
	for _, flag := range command.Flags {
		if flag.Group != nil && flag.Group.Key == settingsGroup {
			named = append(named, flag)
		}
	}
	return named
}

// explain returns the help of a flag or argument with its default and its
// environment variable.
func explain(v *kong.Value) string {
	var more []string
	if value := defaultOf(v); value != "" {
		more = append(more, "default "+value)
	}
	for _, name := range v.Tag.Envs {
		more = append(more, "$"+name)
	}
	if len(more) == 0 {
		return v.Help
	}
	return strings.TrimSuffix(v.Help, ".") + " (" + strings.Join(more, ", ") + ")."
}

// defaultOf returns the default of a flag, also of one whose value is found out
// after parsing, because it is recorded.
func defaultOf(v *kong.Value) string {
	if v.Default != "" || v.Flag == nil {
		return v.Default
	}
	return config.Config{}.WithDefaults().Recorded("")[v.Name]
}

// helpCommand is --help for people who look for a command.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command to explain, such as user create." placeholder:"COMMAND"`
}

func (c helpCommand) Run(parsed *kong.Context) error {
	named, err := parsed.Parse(append(c.Command, "--help")) // ends in the hook of --help
	if err == nil {
		err = errors.New("there is no help on " + named.Command())
	}
	return usageError{err}
}

// versionFlag prints the version, in place of a command.
type versionFlag bool

// BeforeReset is called by kong.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	say(app.Stdout, "%s\n", versionText())
	app.Exit(exitOK)
	return nil
}
