package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"portico/internal/store"
)

// standard is the name of a file that stands for standard input or output.
const standard = "-"

// openInput opens a file, or standard input.
func openInput(env *environment, name string) (io.ReadCloser, error) {
	if name == standard {
		return io.NopCloser(env.stdin), nil
	}
	return os.Open(name)
}

// writeExport writes an export to a new file, or to standard output. It prints
// what done returns for where it went: to standard error if that is standard output.
func writeExport(env *environment, name, what string, done func(to string) string, write func(io.Writer) error) error {
	defer env.line.begin("Writing " + what)()
	if name == standard {
		if err := notOnScreen(env); err != nil {
			return err
		}
		if err := write(&counting{to: env.file, line: env.line}); err != nil {
			return err
		}
		env.doneBeside("%s\n", done("standard output"))
		return nil
	}
	err := store.NewFile(name, func(temp string) error {
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("writing the file: %w", err)
		}
		return errors.Join(write(&counting{to: f, line: env.line}), f.Close())
	})
	if err == nil {
		env.done("%s\n", done(name))
	}
	return err
}

// notOnScreen returns an error if a file would be written to a terminal.
func notOnScreen(env *environment) error {
	if isTerminal(env.file) {
		return usageError{errors.New("standard output is a terminal: send it to a file or a program")}
	}
	return nil
}

// toOutput writes the backup to standard output. The copy is made and read
// again in a temporary directory first, so that nothing is written if the backup
// fails.
func (c backupCommand) toOutput(env *environment, data string, db *store.DB) (err error) {
	if err := notOnScreen(env); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "portico-backup-")
	if err != nil {
		return fmt.Errorf("making a directory for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c.File = filepath.Join(dir, "portico.db")
	silent := *env
	silent.quiet = true
	if err := c.backup(&silent, data, db); err != nil {
		return err
	}
	defer func() { err = c.withoutKeysetCopy(err) }()
	copied, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	n, err := io.Copy(env.file, copied)
	if err = errors.Join(err, copied.Close()); err != nil {
		return fmt.Errorf("writing the backup to standard output: %w", err)
	}
	env.doneBeside("Wrote the database to standard output (%s, a copy of %s), and read it again before.\n", size(n), db.Where())
	if c.KeysetCopy == "" {
		env.doneBeside("The keyset is not in it: back it up too, to another place, or with --keyset-copy FILE.\n")
	}
	return nil
}
