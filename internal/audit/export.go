package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/store"
)

// An export is lines of JSON: one for the log, one for each number in it with
// the hash that the tree has there and, unless retention has deleted it, the
// event, and one for its end with the signed checkpoint. Names are stable.
type (
	headLine struct {
		Format   int    `json:"portico_audit_log"` // 1
		Log      string `json:"log"`               // the first line of its checkpoints
		Customer string `json:"customer"`
		Key      string `json:"key"`
		Events   int64  `json:"events"`
		Attested int64  `json:"attested_from,omitempty"` // the first number that the portal attests; none in older files
	}
	entryLine struct {
		Number int64      `json:"number"`         // from 1
		Hash   string     `json:"hash,omitempty"` // in hex
		Event  *eventLine `json:"event,omitempty"`
	}
	endLine struct {
		Checkpoint string `json:"checkpoint"`
	}
)

// eventLine is an event with everything that is hashed of it.
type eventLine struct {
	ID         string `json:"id"`
	Time       string `json:"time"` // RFC 3339
	Action     string `json:"action"`
	ActorKind  string `json:"actor_kind"`
	ActorID    string `json:"actor_id,omitempty"`
	Actor      string `json:"actor"`
	ActorLogin string `json:"actor_login_id,omitempty"`
	ActorRole  string `json:"actor_role,omitempty"`
	TargetID   string `json:"target_id,omitempty"`
	Target     string `json:"target,omitempty"`
	Details    string `json:"details,omitempty"`
	Address    string `json:"address,omitempty"`
	Browser    string `json:"browser,omitempty"`
	Salt       string `json:"salt"` // in hex
	Attested   bool   `json:"attested"`
}

func lineOf(e store.Entry) *eventLine {
	a := e.Actor
	return &eventLine{
		e.ID, e.At.UTC().Format(time.RFC3339Nano), string(e.Action), string(a.Kind), string(a.UserID), a.Name, a.LoginID, string(a.Role),
		string(e.TargetID), e.TargetName, e.Details, a.Origin.Address, a.Origin.Browser, hex.EncodeToString(e.Salt), e.Attested,
	}
}

// entry is lineOf the other way round.
func (l eventLine) entry(c portico.CustomerID) (store.Entry, error) {
	salt, err := hex.DecodeString(l.Salt)
	at, badTime := time.Parse(time.RFC3339Nano, l.Time)
	return store.Entry{Salt: salt, Attested: l.Attested, Event: portico.Event{
		ID: l.ID, At: at, CustomerID: c, Action: portico.Action(l.Action),
		Actor: portico.Actor{
			Kind: portico.ActorKind(l.ActorKind), UserID: portico.UserID(l.ActorID), Name: l.Actor, LoginID: l.ActorLogin,
			Role: portico.Role(l.ActorRole), Origin: portico.Origin{Address: l.Address, Browser: l.Browser},
		},
		TargetID: portico.UserID(l.TargetID), TargetName: l.Target, Details: l.Details,
	}}, errors.Join(err, badTime)
}

var (
	errNotYet = portico.E(portico.NotFound, "This audit log has not been signed yet. Try again in a minute.")
	errEmpty  = portico.E(portico.NotFound, "This audit log has no events yet.")
	errMoved  = portico.E(portico.Busy, "Old events were deleted meanwhile. Try again.")
)

// Checkpoint is the newest one of a customer's log. Forbidden without
// portico.SeeAudit, NotFound before the first event has a number.
func (l *Log) Checkpoint(ctx context.Context, actor portico.Actor, c portico.CustomerID) (Checkpoint, error) {
	if !actor.Can(portico.SeeAudit, c) {
		return Checkpoint{}, errForbidden
	}
	r := l.DB.Read(ctx)
	at, err := l.Newest(r, c)
	if err != nil || at.Size > 0 {
		return at, err
	}
	waiting, err := r.Unnumbered(c, 1)
	switch {
	case err != nil:
		return Checkpoint{}, err
	case len(waiting) == 0:
		return Checkpoint{}, errEmpty
	}
	return Checkpoint{}, errNotYet
}

// errWithoutCheckpoint is returned for a log whose checkpoint was removed.
var errWithoutCheckpoint = fmt.Errorf("%w (its checkpoint was removed)", ErrTampered)

// Newest is the newest checkpoint of a customer's log, in a transaction. Each
// customer has one from the beginning: ErrTampered when it is missing, or not signed
// as it should be.
func (l *Log) Newest(r *store.Reader, c portico.CustomerID) (Checkpoint, error) {
	signed, err := r.Checkpoint(c)
	if errors.Is(err, store.ErrNotFound) {
		return Checkpoint{}, errWithoutCheckpoint
	}
	if err != nil {
		return Checkpoint{}, err
	}
	at, err := open(signed, note.VerifierList(l.key.verifier))
	if err != nil {
		return at, fmt.Errorf("%w (%w)", ErrTampered, err)
	}
	if at.Customer != c {
		return at, fmt.Errorf("%w (it is the checkpoint of another customer)", ErrTampered)
	}
	if at.Began.IsZero() {
		return at, fmt.Errorf("%w (it is the checkpoint of an older version, put back)", ErrTampered)
	}
	return at, nil
}

// SequenceOne is Sequence for one customer, before its log is exported.
func (l *Log) SequenceOne(ctx context.Context, c portico.CustomerID) error { return l.sequence(ctx, c) }

// ExportProofs gives a customer's log with what it can be verified by to f,
// piece by piece: see Verify. What is stored is given as it is, tampered with or not.
// Forbidden without portico.SeeAudit, NotFound before the first checkpoint.
func (l *Log) ExportProofs(ctx context.Context, actor portico.Actor, c portico.Customer, f func([]byte) error) error {
	at, err := l.Checkpoint(ctx, actor, c.ID)
	if err != nil {
		return err
	}
	p := newPiece()
	p.line(headLine{1, originPrefix + string(c.ID), c.Slug, l.Key(), at.Size, at.Attested + 1})
	for n := int64(0); n*perTile < at.Size; n++ {
		if err := l.exportTile(ctx, p, at, n); err != nil {
			return err
		}
		if err := p.give(f); err != nil {
			return err
		}
	}
	if err := l.exportEnd(ctx, p, at); err != nil {
		return err
	}
	p.line(endLine{at.Signed})
	return p.give(f)
}

const perTile = 1 << tileHeight

// exportTile writes what stands under the numbers of one piece of the tree. The
// pieces are of no one instant: nothing in them changes once it has a number,
// but for what is deleted, which exportEnd looks at.
func (l *Log) exportTile(ctx context.Context, p *piece, at Checkpoint, n int64) error {
	r := l.DB.Read(ctx)
	hashes, err := r.LogTile(at.Customer, 0, n)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	first := n * perTile
	entries, err := r.Entries(at.Customer, first, perTile)
	if err != nil {
		return err
	}
	for number := first; number < min(at.Size, first+perTile); number++ {
		line := entryLine{Number: number + 1}
		if from := int(number-first) * tlog.HashSize; from+tlog.HashSize <= len(hashes) {
			line.Hash = hex.EncodeToString(hashes[from : from+tlog.HashSize])
		}
		if len(entries) > 0 && entries[0].Number == number {
			line.Event = lineOf(entries[0])
			entries = entries[1:]
		}
		p.line(line)
	}
	return nil
}

// exportEnd writes what stands behind the end of the log, where nothing may
// stand, and sees that nothing was deleted meanwhile.
func (l *Log) exportEnd(ctx context.Context, p *piece, at Checkpoint) error {
	return l.DB.View(ctx, func(r *store.Reader) error {
		end, err := l.Newest(r, at.Customer)
		if err != nil {
			return err
		}
		if end.Kept != at.Kept {
			return errMoved
		}
		behind, err := r.Entries(at.Customer, end.Size, perTile)
		for _, e := range behind {
			p.line(entryLine{Number: e.Number + 1, Event: lineOf(e)})
		}
		return err
	})
}

// piece is some lines.
type piece struct {
	b   bytes.Buffer
	enc *json.Encoder
	err error
}

func newPiece() *piece {
	p := &piece{}
	p.enc = json.NewEncoder(&p.b)
	p.enc.SetEscapeHTML(false)
	return p
}

func (p *piece) line(v any) {
	if err := p.enc.Encode(v); err != nil && p.err == nil {
		p.err = fmt.Errorf("writing the audit log: %w", err)
	}
}

func (p *piece) give(f func([]byte) error) error {
	if p.err != nil {
		return p.err
	}
	defer p.b.Reset()
	return f(p.b.Bytes())
}
