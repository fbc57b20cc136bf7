package cli

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// confirmation is the flag of commands that ask before they do what cannot be
// undone, or hits many.
type confirmation struct {
	Yes bool `help:"Do not ask for confirmation. Required without a terminal."`
}

var (
	errNotAsked    = errors.New("nothing was changed: there is no terminal to ask for confirmation. Give --yes if you are sure")
	errUnconfirmed = errors.New("nothing was changed")
)

// confirm asks on the terminal whether to do what cannot be undone, unless --yes
// was given. It returns errNotAsked without a terminal, and errUnconfirmed for
// any answer but yes.
func (c confirmation) confirm(env *environment, question string, args ...any) error {
	if c.Yes {
		return nil
	}
	answer, err := ask(env, question+" This cannot be undone. [y/N] ", args...)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errUnconfirmed
	}
	return nil
}

// ask prints a question and returns what is typed on the terminal. It returns
// errNotAsked without a terminal, or if nothing is typed.
func ask(env *environment, question string, args ...any) (answer string, err error) {
	if !isTerminal(env.stdin) {
		return "", errNotAsked
	}
	say(env.stderr, question, args...)
	answer, err = bufio.NewReader(env.stdin).ReadString('\n')
	if err != nil {
		say(env.stderr, "\n")
		return "", errNotAsked
	}
	return strings.TrimSpace(answer), nil
}

// isTerminal reports whether f is a terminal.
func isTerminal(f any) bool {
	file, is := f.(*os.File)
	return is && isatty.IsTerminal(file.Fd())
}
