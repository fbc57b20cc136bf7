package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// Bounds of one import. A file of this size is one transaction, and one page
// to look at.
const (
	ImportBytes = 1 << 20
	ImportRows  = 1000
)

// ReferenceFile is the file that people download to see what an import looks
// like.
const ReferenceFile = "login_id,first_name,last_name,email,role,labels\r\n" +
	"ann.lee,Ann,Lee,ann.lee@example.com,user,Sales;Berlin\r\n" +
	"ben.ode,Ben,Ode,ben.ode@example.com,helpdesk,\r\n"

// What a row of an import does.
const (
	RowCreate    = "create"
	RowUpdate    = "update"
	RowUnchanged = "unchanged"
	RowRefused   = "refused"
)

// ImportRow is one row of a file and what it would do, or did.
type ImportRow struct {
	Line int
	User portico.User
	Does string
	Why  string // for refused rows; for updates, what changes

	key    string        // canonical login ID
	hash   string        // of the password, from elsewhere
	labels bool          // the file has a column for them
	was    portico.User  // for updates
	acct   store.Account // for creates, with id once inserted
}

// Import is a file that was looked at.
type Import struct {
	ID     string
	Rows   []ImportRow
	Invite bool
}

var errNoImport = portico.E(portico.Gone, "This import was carried out or has run out. Send the file again.")

// LookAtImport keeps a file and says what each row would do, without doing it.
// Invalid when it cannot be read as the reference file can.
func (s *Service) LookAtImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, content []byte, invite bool) (Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return Import{}, errForbidden
	}
	parsed, err := parseImport(content, ImportRows)
	if err != nil {
		return Import{}, err
	}
	id, err := newID()
	if err != nil {
		return Import{}, err
	}
	var rows []ImportRow
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if rows, err = plan(&tx.Reader, actor, c, parsed); err != nil {
			return err
		}
		return tx.PutImport(c, store.Import{ID: id, UserID: actor.UserID, Content: content, Invite: invite, ExpiresAt: tx.Now.Add(portico.ImportTime)})
	})
	if err != nil {
		return Import{}, fmt.Errorf("looking at an import: %w", err)
	}
	return Import{ID: id, Rows: rows, Invite: invite}, nil
}

// CarryOutImport does what LookAtImport showed, as far as it is still so, all
// or nothing, once. ErrMail when people were created but could not be mailed.
func (s *Service) CarryOutImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) (Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return Import{}, errForbidden
	}
	var done Import
	var invitations []invitation
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		kept, err := tx.Import(c, actor.UserID, id)
		if err != nil {
			return notFound(err, errNoImport)
		}
		parsed, err := parseImport(kept.Content, ImportRows)
		if err != nil {
			return err
		}
		rows, err := plan(&tx.Reader, actor, c, parsed)
		if err != nil {
			return err
		}
		done = Import{ID: id, Rows: rows, Invite: kept.Invite}
		if invitations, err = carryOutAll(tx, actor, c, rows, kept.Invite); err != nil {
			return err
		}
		return tx.DeleteImport(c, id)
	})
	if err != nil {
		return Import{}, fmt.Errorf("importing: %w", err)
	}
	return done, s.mailInvitations(ctx, actor, invitations)
}

// invitation is a link that is to be mailed after the commit.
type invitation struct {
	to    store.Account
	token string
	ends  time.Time
}

func (s *Service) mailInvitations(ctx context.Context, actor portico.Actor, invitations []invitation) error {
	for _, i := range invitations {
		// A mail server that refuses one will refuse the rest: each wait would
		// be for nothing.
		if err := s.mailLink(ctx, mail.Welcome, "/activate/", i.token, i.ends, i.to, actor); err != nil {
			return err
		}
	}
	return nil
}

// carryOutAll does what was planned, and makes the invitations that are to be
// mailed.
func carryOutAll(tx *store.Tx, actor portico.Actor, c portico.CustomerID, rows []ImportRow, invite bool) ([]invitation, error) {
	var invitations []invitation
	for i := range rows {
		row := &rows[i]
		if err := carryOut(tx, actor, c, row); err != nil {
			return nil, err
		}
		if row.Does == RowCreate && row.hash == "" && invite {
			token, ends, err := auth.IssueLink(tx, store.LinkActivate, row.acct, portico.InvitationTime)
			if err != nil {
				return nil, err
			}
			invitations = append(invitations, invitation{row.acct, token, ends})
		}
	}
	return invitations, nil
}

func carryOut(tx *store.Tx, actor portico.Actor, c portico.CustomerID, row *ImportRow) error {
	switch row.Does {
	case RowCreate:
		customer, err := tx.Customer(c)
		if err != nil {
			return err
		}
		row.acct = store.Account{User: row.User, LoginKey: row.key, Epoch: 1, Customer: customer}
		row.acct.Status = portico.Invited
		if row.hash != "" {
			row.acct.Status, row.acct.PasswordHash = portico.Active, row.hash
			return insert(tx, actor, &row.acct, portico.UserCreated)
		}
		return insert(tx, actor, &row.acct, portico.UserInvited)
	case RowUpdate:
		if row.User.Role != row.was.Role {
			if err := changeRole(tx, actor, row.was, row.User.Role); err != nil {
				return err
			}
		}
		if err := tx.SaveProfile(c, row.User); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: actor, Details: "by import: " + row.Why}.Target(row.User))
	}
	return nil
}

// importChunk is how many rows of a command's import are one transaction.
const importChunk = 500

// ImportFile carries out a file at once, for the command line: any number of
// rows, a few hundred a transaction, with hashes of passwords from elsewhere.
// Rows that cannot be taken come back refused, the others are done. ErrMail
// when people were created but could not be mailed.
func (s *Service) ImportFile(ctx context.Context, actor portico.Actor, c portico.CustomerID, content []byte, invite bool) ([]ImportRow, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return nil, errForbidden
	}
	parsed, err := parseImport(content, len(content))
	if err != nil {
		return nil, err
	}
	refuseRepeated(parsed)
	var done []ImportRow
	for chunk := range slices.Chunk(parsed, importChunk) {
		var rows []ImportRow
		var invitations []invitation
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			if rows, err = plan(&tx.Reader, actor, c, chunk); err != nil {
				return err
			}
			invitations, err = carryOutAll(tx, actor, c, rows, invite)
			return err
		})
		if err != nil {
			return done, fmt.Errorf("importing from line %d on: %w", chunk[0].Line, err)
		}
		done = append(done, rows...)
		if err := s.mailInvitations(ctx, actor, invitations); err != nil {
			return done, err
		}
	}
	return done, nil
}

// refuseRepeated refuses rows whose login ID stands further up.
func refuseRepeated(rows []ImportRow) {
	lineOf := map[string]int{}
	for i := range rows {
		row := &rows[i]
		if row.Does == RowRefused {
			continue
		}
		if first := lineOf[row.key]; first != 0 {
			row.refuse(fmt.Sprintf("Line %d has this login ID already.", first))
			continue
		}
		lineOf[row.key] = row.Line
	}
}

// plan says what each row does to the people as they are now.
func plan(r *store.Reader, actor portico.Actor, c portico.CustomerID, parsed []ImportRow) ([]ImportRow, error) {
	rows := slices.Clone(parsed)
	refuseRepeated(rows)
	for i := range rows {
		row := &rows[i]
		if row.Does == RowRefused {
			continue
		}
		row.User.CustomerID = c
		if err := planRow(r, actor, c, row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func planRow(r *store.Reader, actor portico.Actor, c portico.CustomerID, row *ImportRow) error {
	if err := checkUser(actor, row.User); err != nil {
		row.refuseBecause(err)
		return nil
	}
	if row.hash != "" && actor.Kind != portico.ActorCommandLine {
		// Whoever could give somebody a password would have two people's.
		row.refuse("Leave password_hash empty: each person chooses an own password. Hashes are imported by the command line.")
		return nil
	}
	was, err := r.AccountByLogin(row.key)
	if errors.Is(err, store.ErrNotFound) {
		row.Does = RowCreate
		return nil
	}
	if err != nil {
		return err
	}
	if was.CustomerID != c {
		row.refuseBecause(auth.TakenLoginID())
		return nil
	}
	to := was.User
	to.FirstName, to.LastName, to.Email, to.Role = row.User.FirstName, row.User.LastName, row.User.Email, row.User.Role
	if row.labels {
		to.Labels = row.User.Labels
	}
	row.User, row.was = to, was.User
	row.Why = changes(was.User, to)
	if to.Role != was.Role {
		row.Why = strings.TrimPrefix(row.Why+", role", ", ")
	}
	if row.Why == "" {
		row.Does = RowUnchanged
		return nil
	}
	row.Does = RowUpdate
	if err := may(actor, portico.ManagePeople, was.User); err != nil {
		row.refuseBecause(err)
	} else if to.Role != was.Role && was.Role == portico.LeadRole(c) {
		row.refuse("Change the role of an administrator on the person's own page.")
	}
	return nil
}

func (row *ImportRow) refuse(why string) { row.Does, row.Why = RowRefused, why }

// refuseBecause takes the sentence for people out of an error.
func (row *ImportRow) refuseBecause(err error) {
	var e *portico.Error
	if !errors.As(err, &e) {
		row.refuse("This row cannot be taken.")
		return
	}
	texts := []string{}
	for _, text := range e.Fields {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	if len(texts) == 0 {
		texts = append(texts, e.Text)
	}
	row.refuse(strings.Join(texts, " "))
}
