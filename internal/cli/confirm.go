package cli

import (
	"bufio"
	"errors"
	"os"
	"strings"
)

// confirmation is the flag of commands that do what cannot be undone.
type confirmation struct {
	Yes bool `env:"-" help:"Do not ask. Without a terminal to ask on, this is needed."`
}

var (
	errNobodyToAsk = errors.New("this cannot be undone, and there is no terminal to ask on: give --yes")
	errUnconfirmed = errors.New("nothing was changed")
)

// confirm asks on the terminal whether to do what cannot be undone, unless --yes
// was given. It returns errNobodyToAsk without a terminal, and errUnconfirmed for
// any answer but yes.
func (c confirmation) confirm(env *environment, question string, args ...any) error {
	if c.Yes {
		return nil
	}
	if !isTerminal(env.stdin) {
		return errNobodyToAsk
	}
	say(env.stderr, question+" This cannot be undone. [y/N] ", args...)
	answer, err := bufio.NewReader(env.stdin).ReadString('\n')
	if err != nil { // also /dev/null, which passes for a terminal
		say(env.stderr, "\n")
		return errNobodyToAsk
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errUnconfirmed
	}
	return nil
}

// isTerminal reports whether f is a terminal, or another device of characters.
func isTerminal(f any) bool {
	file, is := f.(*os.File)
	if !is {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
