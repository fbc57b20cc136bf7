package cli

import (
	"errors"
	"fmt"
	"os"

	"portico"
	"portico/internal/config"
	"portico/internal/people"
)

// importBytes is the largest file that user import reads.
const importBytes = 256 << 20

type userImportCommand struct {
	config.Config `embed:""`
	Customer      string `required:"" help:"Short name of the customer." placeholder:"SLUG"`
	Invite        bool   `help:"Mail an invitation to each new user without a password hash."`
	File          string `arg:"" help:"CSV file in UTF-8: login_id,first_name,last_name,email,role,labels,password_hash (the last two may be left out)." placeholder:"FILE.csv"`
}

func (c userImportCommand) Run(env *environment) error {
	info, err := os.Stat(c.File)
	if err == nil && info.Size() > importBytes {
		err = fmt.Errorf("%s is larger than %d MiB: split it", c.File, importBytes>>20)
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return with(env, c.Config, func(p *Portal) error {
		customer, err := customerNamed(env, p, c.Customer)
		if err != nil {
			return err
		}
		rows, importErr := p.People.ImportFile(env.ctx, portico.CommandLine(), customer, content, c.Invite)
		counts := map[string]int{}
		for _, row := range rows {
			counts[row.Does]++
			if row.Does == people.RowRefused {
				fmt.Fprintf(env.stderr, "Line %d (%s): %s\n", row.Line, row.User.LoginID, row.Why)
			}
		}
		fmt.Fprintf(env.stdout, "Created %d, changed %d, unchanged %d, refused %d.\n",
			counts[people.RowCreate], counts[people.RowUpdate], counts[people.RowUnchanged], counts[people.RowRefused])
		switch {
		case importErr != nil:
			return importErr
		case counts[people.RowRefused] > 0:
			return errors.New("some lines were refused")
		}
		return nil
	})
}
