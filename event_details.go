package portico

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Details that the program reads back are fields: a JSON object in
// Event.Details. What is hashed and signed of an event is that JSON, as it is
// stored. Pages, tables and lists show it as DetailsText. Events of older
// versions hold the text itself.

// details reads Event.Details. ok is false if they are text.
type details func(stored string) (d fmt.Stringer, ok bool)

func fields[T fmt.Stringer](stored string) (fmt.Stringer, bool) {
	d, ok := readFields[T](stored)
	return d, ok
}

func readFields[T any](stored string) (d T, ok bool) {
	// No older version wrote details that begin like this for an action with fields.
	ok = strings.HasPrefix(stored, "{") && json.Unmarshal([]byte(stored), &d) == nil
	return d, ok
}

// stored returns fields as Event.Details holds them.
func stored(d fmt.Stringer) string {
	b, err := json.Marshal(d)
	if err != nil { // no struct of this file has a field that JSON cannot hold
		panic(err)
	}
	return string(b)
}

// DetailsText returns the details in words.
func (e Event) DetailsText() string {
	if read := actions[e.Action].details; read != nil {
		if d, ok := read(e.Details); ok {
			return d.String()
		}
	}
	return e.Details
}

// ResetDetails are the details of a TwoFactorReset event.
type ResetDetails struct {
	Approver string `json:"approver,omitempty"` // the second person; "" without one
	Proof    string `json:"proof,omitempty"`    // how the caller was checked; "" if that was not asked for
	Reason   string `json:"reason"`             // as typed
}

// Stored returns the details as Event.Details holds them.
func (d ResetDetails) Stored() string { return stored(d) }

// String returns the details in words. Nothing that was typed can pass for
// another part: only the reason, which comes last, may hold a semicolon.
func (d ResetDetails) String() string {
	clean := strings.NewReplacer(";", ",").Replace
	text := ""
	if d.Approver != "" {
		text += "Approver: " + clean(d.Approver) + "; "
	}
	if d.Proof != "" {
		text += "Proof: " + clean(d.Proof) + "; "
	}
	return text + "Reason: " + d.Reason
}

// ResetDetails returns the details of a TwoFactorReset event. Those of an older
// version are read from their words.
func (e Event) ResetDetails() ResetDetails {
	d, ok := readFields[ResetDetails](e.Details)
	if ok {
		return d
	}
	rest := e.Details
	d.Approver, rest = part(rest, "Approver: ")
	d.Proof, rest = part(rest, "Proof: ")
	d.Reason = strings.TrimPrefix(rest, "Reason: ")
	return d
}

func part(s, name string) (value, rest string) {
	if after, ok := strings.CutPrefix(s, name); ok {
		value, rest, _ = strings.Cut(after, "; ")
		return value, rest
	}
	return "", s
}

// DeletionDetails are the details of a UserDeleted event.
type DeletionDetails struct {
	Role          Role `json:"role"`
	Administrator bool `json:"administrator"` // counted among those who can approve a 2FA reset, or did until lately
}

// Stored returns the details as Event.Details holds them.
func (d DeletionDetails) Stored() string { return stored(d) }

// String returns the details in words.
func (d DeletionDetails) String() string { return "Role: " + d.Role.String() }

// DeletionDetails returns the details of a UserDeleted event.
func (e Event) DeletionDetails() DeletionDetails {
	d, _ := readFields[DeletionDetails](e.Details)
	return d
}

// RefusalDetails are the details of a LoginRefused event about no user. Those of
// the others are the reason itself.
type RefusalDetails struct {
	Reason      string `json:"reason"`
	LoginIDHash string `json:"login_id_hash"` // keyed: the same for the same login ID, and says nothing else of it
}

// Stored returns the details as Event.Details holds them.
func (d RefusalDetails) Stored() string { return stored(d) }

// String returns the details in words, which are the same for every login ID:
// events are counted by them.
func (d RefusalDetails) String() string { return d.Reason }

// TrimDetails are the details of an AuditTrimmed event.
type TrimDetails struct {
	Events int64  `json:"events"` // how many were deleted
	Before string `json:"before"` // the day before which they happened: 2026-11-23
	First  int64  `json:"first"`  // their numbers in the log
	Last   int64  `json:"last"`
}

// trimmedDay formats the day in the words.
const trimmedDay = "2 January 2006"

// Stored returns the details as Event.Details holds them.
func (d TrimDetails) Stored() string { return stored(d) }

// String returns the details in words.
func (d TrimDetails) String() string {
	day := d.Before
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		day = t.Format(trimmedDay)
	}
	return fmt.Sprintf("%d events from before %s, numbers %d to %d", d.Events, day, d.First, d.Last)
}

// TrimmedBefore returns the day before which the events happened that an
// AuditTrimmed event with these details says were deleted. It returns an error
// if they name no day.
func TrimmedBefore(stored string) (time.Time, error) {
	if d, ok := readFields[TrimDetails](stored); ok {
		return time.Parse(time.DateOnly, d.Before)
	}
	_, rest, _ := strings.Cut(stored, " events from before ")
	day, _, _ := strings.Cut(rest, ", ")
	return time.Parse(trimmedDay, day)
}
