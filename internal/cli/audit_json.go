package cli

import (
	"encoding/base64"
	"time"

	"portico"
	"portico/internal/audit"
)

// checkpointRow is a checkpoint in JSON.
type checkpointRow struct {
	Customer   string    `json:"customer"`
	Events     int64     `json:"events"`
	SignedAt   time.Time `json:"signed_at"`
	Root       string    `json:"root"`       // hash of the log, base64
	Checkpoint string    `json:"checkpoint"` // what to keep elsewhere
}

func checkpointOf(c portico.Customer, at audit.Checkpoint) checkpointRow {
	return checkpointRow{c.Slug, at.Size, at.At.UTC(), base64.StdEncoding.EncodeToString(at.Root[:]), at.Signed}
}

// reportRow is the result of audit verify in JSON.
type reportRow struct {
	Intact      bool         `json:"intact"`
	Log         string       `json:"log"`
	Customer    string       `json:"customer"` // as the file says it, which is not signed
	Events      int64        `json:"events"`
	SignedAt    time.Time    `json:"signed_at"`
	Deleted     int64        `json:"deleted_events"` // by retention, with their hashes kept
	Keys        []string     `json:"keys"`
	KeyKnown    bool         `json:"key_known"`   // false: the key is the one in the file
	Checkpoints []sizeRow    `json:"checkpoints"` // from elsewhere, that the log goes on from
	Notes       []string     `json:"notes"`
	Found       int          `json:"found"` // how many things are wrong
	Findings    []wrongEvent `json:"findings"`
}

type sizeRow struct {
	SignedAt time.Time `json:"signed_at"`
	Events   int64     `json:"events"`
}

type wrongEvent struct {
	Number int64  `json:"number"` // 0 if it is no event's
	Text   string `json:"text"`
}

func reportOf(r *audit.Report, keyKnown bool) reportRow {
	row := reportRow{
		Intact: r.Found == 0, Log: r.Log, Customer: r.Customer, Events: r.Signed.Size, SignedAt: r.Signed.At.UTC(), Deleted: r.Signed.Kept,
		Keys: orEmpty(r.Keys), KeyKnown: keyKnown, Checkpoints: []sizeRow{}, Notes: orEmpty(r.Notes), Found: r.Found, Findings: []wrongEvent{},
	}
	for _, c := range r.Outside {
		row.Checkpoints = append(row.Checkpoints, sizeRow{c.At.UTC(), c.Size})
	}
	for _, f := range r.Findings {
		row.Findings = append(row.Findings, wrongEvent(f))
	}
	return row
}
