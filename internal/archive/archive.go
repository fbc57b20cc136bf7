// Package archive owns the file with everything of one customer, which an operator
// takes before the customer is deleted: what is in it, and what it says of
// itself.
//
// It reads through the services below it, which check the actor's permissions. It
// does not own what they return, or how the file is sent.
package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/customers"
	"portico/internal/spreadsheet"
	"portico/internal/users"
)

// Writer writes archives of customers.
type Writer struct {
	Customers *customers.Service
	Users     *users.Service
	Audit     *audit.Log
}

// pieceSize is how much of an archive is written at once.
const pieceSize = 64 << 10

// Write writes everything of a customer to w, as a ZIP file, and records that in
// the customer's audit log before. It holds no secrets: no passwords, no hashes of
// them, no keys of authenticators, no recovery codes. It is of no one instant:
// what changes meanwhile may be in it or not. It returns a Forbidden error
// unless the actor may see all of it.
func (a Writer) Write(ctx context.Context, actor portico.Actor, c portico.Customer, w io.Writer) error {
	if err := a.Customers.RecordExport(ctx, actor, c.ID); err != nil {
		return err
	}
	// The events until now get their numbers. A log that was tampered with is
	// written as it is: who verifies it sees that.
	if err := a.Audit.SequenceOne(ctx, c.ID); err != nil && !errors.Is(err, audit.ErrTampered) {
		return err
	}
	buffered := bufio.NewWriterSize(w, pieceSize)
	z := zip.NewWriter(buffered)
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"README.txt", func(w io.Writer) error { return a.readme(w, c) }},
		{"customer.json", func(w io.Writer) error { return customerFile(w, c) }},
		{"people.csv", func(w io.Writer) error { return a.people(ctx, actor, c.ID, w) }},
		{"audit-log.jsonl", func(w io.Writer) error {
			return a.Audit.ExportProofs(ctx, actor, c, func(b []byte) error { return written(w, b) })
		}},
		{"logo.png", func(w io.Writer) error { return a.logo(ctx, w, c.Logo) }},
	} {
		if f.name == "logo.png" && c.Logo == "" {
			continue
		}
		to, err := z.Create(c.Slug + "/" + f.name)
		if err == nil {
			err = f.write(to)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", f.name, err)
		}
	}
	if err := errors.Join(z.Close(), buffered.Flush()); err != nil {
		return fmt.Errorf("ending the archive: %w", err)
	}
	return nil
}

func written(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

func (a Writer) logo(ctx context.Context, w io.Writer, hash string) error {
	png, err := a.Customers.Logo(ctx, hash)
	if err != nil {
		return err
	}
	return written(w, png)
}

func (a Writer) readme(w io.Writer, c portico.Customer) error {
	text := `Everything that the portal keeps of ` + c.Name + ` (` + c.Slug + `).

customer.json    The customer: names, language, status, and the policy that applies to it.
people.csv       Its people, one a line, in the columns that an import takes, and more. UTF-8.
                 A cell that a spreadsheet would calculate begins with an apostrophe.
audit-log.jsonl  Its audit log, one event a line in JSON, with what proves that it is whole.
logo.png         Its logo, if it has one.

No passwords, keys of authenticators or recovery codes are in it, nor anything that
they could be found out from. Sessions, links, mails that wait, imports and requests
to delete a 2FA setup are not in it either; what came of them is in the audit log.

To check the audit log, on any machine that has the program portico:

    portico audit verify audit-log.jsonl --key ` + a.Audit.Key() + `

Take the key from where you wrote it down earlier, not from this file, and add
--checkpoint FILE for each checkpoint that you were mailed.
`
	return written(w, []byte(text))
}

// described is what customer.json holds. Its names are stable.
type described struct {
	Slug         string         `json:"slug"`
	Name         string         `json:"name"`
	Brand        string         `json:"brand,omitempty"`
	Accent       string         `json:"accent,omitempty"`
	Language     string         `json:"language,omitempty"` // of those of its people who have chosen none
	CreatedAt    string         `json:"created_at"`
	SuspendedAt  string         `json:"suspended_at,omitempty"`
	DeleteAt     string         `json:"delete_at,omitempty"` // when its deletion begins
	DeleteReason string         `json:"delete_reason,omitempty"`
	NoAccess     bool           `json:"provider_access_revoked"`
	OwnPolicy    bool           `json:"own_policy"` // otherwise policy is the provider's
	Policy       map[string]any `json:"policy"`     // without the times and numbers that it does not set
}

func customerFile(w io.Writer, c portico.Customer) error {
	policy, err := rulesOf(c.Policy)
	if err != nil {
		return err
	}
	d := described{
		c.Slug, c.Name, c.Brand, c.Accent, c.Language, spreadsheet.Time(c.CreatedAt), spreadsheet.Time(c.SuspendedAt), spreadsheet.Time(c.DeleteAt), c.DeleteReason,
		c.AccessRevoked, c.OwnPolicy, policy,
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return written(w, append(b, '\n'))
}

// rulesOf returns what a policy sets. A zero time or number in it stands for none,
// which the reader of a file cannot know.
func rulesOf(p portico.Policy) (rules map[string]any, err error) {
	b, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(b, &rules)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the policy: %w", err)
	}
	withoutZeros(rules)
	return rules, nil
}

func withoutZeros(rules map[string]any) {
	zero, _ := time.Time{}.MarshalText() // which never fails
	for name, value := range rules {
		if below, is := value.(map[string]any); is {
			if withoutZeros(below); len(below) == 0 {
				delete(rules, name)
			}
		}
		if value == 0.0 || value == string(zero) {
			delete(rules, name)
		}
	}
}

// people writes everybody of a customer. The columns of an import come first.
func (a Writer) people(ctx context.Context, actor portico.Actor, c portico.CustomerID, w io.Writer) error {
	if err := written(w, []byte(spreadsheet.BOM)); err != nil {
		return err
	}
	lines := csv.NewWriter(w)
	_ = lines.Write(slices.Concat(users.Columns, []string{"created", "exempt_until", "exempt_reason", "id", "authenticators"})) // lines.Error returns a failed write
	return a.Users.Export(ctx, actor, c, portico.PeopleQuery{}, func(people []users.Exported) error {
		for _, u := range people {
			more := []string{spreadsheet.Time(u.CreatedAt), spreadsheet.Time(u.ExemptUntil), spreadsheet.Cell(u.ExemptReason), string(u.ID), u.Authenticators}
			_ = lines.Write(slices.Concat(users.Cells(u.User), more)) // lines.Error returns a failed write
		}
		lines.Flush()
		return lines.Error()
	})
}
