package imports

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"portico"
	"portico/internal/store"
)

// Invite begins to invite the people whom a finished import created without an
// invitation. It finishes this before it returns if they are few. It returns a
// Conflict error if there are none.
func (s *Service) Invite(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	to, err := s.change(ctx, actor, c, id, func(tx *store.Tx, i portico.Import) (portico.Import, error) {
		by, err := tx.Account(actor.UserID)
		if err != nil {
			return i, err
		}
		to, err := i.SendInvitations(actor, by.Epoch)
		if err != nil {
			return i, err
		}
		return to, record(tx, actor, portico.ImportStarted, to, portico.SayCount(to.Uninvited, "{0}: invitation to {n} person|{0}: invitations to {n} people", to.FileName))
	})
	if err != nil {
		return err
	}
	return s.finishSmall(ctx, to)
}

// writeUninvited returns what takes the place of a chunk that was run without
// inviting: the number of its rows, and the people whom they created.
func writeUninvited(rows int, created []store.NewUser) []byte {
	lines := []string{strconv.Itoa(rows)}
	for _, a := range created {
		lines = append(lines, string(a.ID))
	}
	return []byte(strings.Join(lines, "\n"))
}

func readUninvited(content []byte) (rows int, ids []portico.UserID, err error) {
	lines := strings.Split(string(content), "\n")
	if rows, err = strconv.Atoi(lines[0]); err != nil {
		return 0, nil, fmt.Errorf("reading whom an import created: %w", err)
	}
	for _, id := range lines[1:] {
		ids = append(ids, portico.UserID(id))
	}
	return rows, ids, nil
}

// doInvitations mails the people of the next chunk their invitations, and
// stores the next state of the import.
func (s *Service) doInvitations(tx *store.Tx, actor portico.Actor, i portico.Import) (to portico.Import, err error) {
	c := i.CustomerID
	content, err := tx.ImportChunk(c, i.ID, i.ChunksDone)
	missing := errors.Is(err, store.ErrNotFound) // an earlier version ran it, and kept nobody's ID
	if err != nil && !missing {
		return to, err
	}
	rows := 0
	if !missing {
		if rows, err = s.inviteChunk(tx, actor, i, content); err != nil {
			return to, err
		}
	}
	to = i.Advance(rows, portico.ImportCounts{})
	if err := tx.StepImport(c, i, to); err != nil || !to.Finished() {
		return to, err
	}
	return to, record(tx, actor, portico.ImportEnded, to, portico.Say("{0}: the invitations are sent", to.FileName))
}

// inviteChunk invites the people of a chunk, removes it, and returns how many
// rows it had.
func (s *Service) inviteChunk(tx *store.Tx, actor portico.Actor, i portico.Import, content []byte) (int, error) {
	rows, ids, err := readUninvited(content)
	if err != nil {
		return 0, err
	}
	if _, err := s.users.InviteUninvited(tx, actor, i.CustomerID, ids); err != nil {
		return 0, err
	}
	return rows, tx.DeleteImportChunk(i.CustomerID, i.ID, i.ChunksDone)
}
