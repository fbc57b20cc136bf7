package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type manCommand struct {
	Out string `required:"" help:"Directory to write to. Existing pages are replaced." placeholder:"DIR"`
}

// Run writes a page about the program, and one about each command.
func (c manCommand) Run(env *environment, parsed *kong.Context) error {
	if c.Out == standard {
		return usageError{errors.New("--out: give a directory, because each command has a page of its own")}
	}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return fmt.Errorf("making the directory: %w", err)
	}
	pages := map[string]string{"portico": overviewPage(parsed.Model)}
	for _, command := range parsed.Model.Leaves(true) {
		pages[pageName(command)] = commandPage(command)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(c.Out, name+".1"), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing a manual page: %w", err)
		}
	}
	env.done("Wrote %d manual pages to %s.\n", len(pages), c.Out)
	return nil
}

// pageName returns the name of a command's page, such as portico-user-create.
func pageName(command *kong.Node) string {
	return "portico-" + strings.ReplaceAll(commandPath(command), " ", "-")
}

// commandPath returns the words of a command, such as user create.
func commandPath(command *kong.Node) string {
	if command.Parent == nil || command.Parent.Type == kong.ApplicationNode {
		return command.Name
	}
	return commandPath(command.Parent) + " " + command.Name
}

// roff escapes a text for a line of a manual page.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func heading(name, what string) string {
	return fmt.Sprintf(".TH %s 1 \"\" \"%s\"\n.SH NAME\n%s \\- %s\n",
		roff(strings.ToUpper(name)), roff("portico "+version), roff(name), roff(strings.TrimSuffix(what, ".")))
}

func overviewPage(app *kong.Application) string {
	var b strings.Builder
	b.WriteString(heading("portico", app.Help))
	b.WriteString(".SH SYNOPSIS\n\\fBportico\\fR \\fICOMMAND\\fR [\\fIFLAGS\\fR]\n.SH COMMANDS\n")
	for _, command := range app.Leaves(true) {
		b.WriteString(".TP\n\\fBportico " + roff(commandPath(command)) + "\\fR\n" + roff(command.Help) + "\n")
	}
	b.WriteString(".SH OPTIONS\n")
	writeFlagsOf(&b, app.Flags)
	b.WriteString(".SH EXIT STATUS\n0 for success, 1 if the command failed, 2 for wrong usage.\n" +
		".SH FILES\nSettings can be in portico.toml in the data directory; see\n.BR portico\\-serve (1).\n")
	return b.String()
}

func commandPage(command *kong.Node) string {
	var b strings.Builder
	b.WriteString(heading(pageName(command), command.Help))
	b.WriteString(".SH SYNOPSIS\n" + roff("portico "+command.Summary()) + "\n.SH DESCRIPTION\n" + roff(command.Help) + "\n")
	if len(command.Positional) > 0 {
		b.WriteString(".SH ARGUMENTS\n")
	}
	for _, argument := range command.Positional {
		b.WriteString(".TP\n" + roff(argument.Summary()) + "\n" + roff(explain(argument)) + "\n")
	}
	b.WriteString(".SH OPTIONS\n")
	named := settingsToName(command)
	for _, group := range append([]kong.Group{{}}, flagGroups...) {
		var flags []*kong.Flag
		for _, flag := range command.Flags {
			if in := flag.Group; (in == nil && group.Key == "" || in != nil && in.Key == group.Key) && !slices.Contains(named, flag) {
				flags = append(flags, flag)
			}
		}
		if group.Key != "" && len(flags) > 0 {
			b.WriteString(".SS " + roff(strings.TrimSuffix(group.Title, ":")) + "\n")
		}
		writeFlagsOf(&b, flags)
	}
	if len(named) > 0 {
		b.WriteString(".PP\nThe settings for mail, links and password hashes are those of serve unless they are given; see\n.BR portico\\-serve (1).\n")
	}
	b.WriteString(".SH SEE ALSO\n.BR portico (1)\n")
	return b.String()
}

func writeFlagsOf(b *strings.Builder, flags []*kong.Flag) {
	for _, flag := range flags {
		if flag.Hidden {
			continue
		}
		b.WriteString(".TP\n")
		if flag.Short != 0 {
			b.WriteString("\\fB\\-" + string(flag.Short) + "\\fR, ")
		}
		b.WriteString("\\fB" + roff("--"+flag.Name) + "\\fR")
		if !flag.IsBool() {
			b.WriteString("=\\fI" + roff(flag.FormatPlaceHolder()) + "\\fR")
		}
		b.WriteString("\n" + roff(explain(flag.Value)) + "\n")
	}
}
