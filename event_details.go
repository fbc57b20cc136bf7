package portico

import (
	"encoding/json"
	"strings"
	"time"
)

// Details that the program reads back are fields: a JSON object in
// Event.Details. What is hashed and signed of an event is that JSON, as it is
// stored. Pages tell it as DetailsMessage, files as DetailsText. Events of older
// versions hold the text itself.

// inWords is something that can be told in words.
type inWords interface{ Message() Message }

// details reads Event.Details. ok is false if they are text.
type details func(stored string) (d inWords, ok bool)

func fields[T inWords](stored string) (inWords, bool) {
	d, ok := readFields[T](stored)
	return d, ok
}

func readFields[T any](stored string) (d T, ok bool) {
	// No older version wrote details that begin like this for an action with fields.
	ok = strings.HasPrefix(stored, "{") && json.Unmarshal([]byte(stored), &d) == nil
	return d, ok
}

// stored returns fields as Event.Details holds them.
func stored(d inWords) string {
	b, err := json.Marshal(d)
	if err != nil { // no struct of this file has a field that JSON cannot hold
		panic(err)
	}
	return string(b)
}

// DetailsMessage returns the details as pages tell them.
func (e Event) DetailsMessage() Message {
	if read := actions[e.Action].details; read != nil {
		if d, ok := read(e.Details); ok {
			return d.Message()
		}
	}
	if e.Told.Is() {
		return e.Told
	}
	return Verbatim(e.Details)
}

// DetailsText returns the details in English, as files have them.
func (e Event) DetailsText() string { return e.DetailsMessage().String() }

// ResetDetails are the details of a TwoFactorReset or AuthenticatorReset event.
type ResetDetails struct {
	Approver      string    `json:"approver,omitempty"`      // the second person; "" without one
	Proof         string    `json:"proof,omitempty"`         // how the caller was checked, in English; "" if that was not asked for
	ProofKind     ProofKind `json:"proof_kind,omitempty"`    // the same as a code; "" in events of older versions
	ProofOf       string    `json:"proof_of,omitempty"`      // the number that was called, or who vouched or saw the person
	Authenticator string    `json:"authenticator,omitempty"` // the only one that was deleted, in English if it was never named; "" for the whole setup

	AuthenticatorKind AuthenticatorKind `json:"authenticator_kind,omitempty"` // of one with a name; "" in events of older versions

	Reason string `json:"reason"` // as typed
}

// DetailsOf returns the details of the event that a request was carried out.
func DetailsOf(r ResetRequest) ResetDetails {
	d := ResetDetails{Approver: r.Approval.Name, Proof: r.Proof.Message().String(), ProofKind: r.Proof.Kind, ProofOf: r.Proof.Text, Reason: r.Reason}
	if r.Proof.Kind == ProofVouched {
		d.ProofOf = r.Proof.Name
	}
	if r.Only.ID != "" {
		d.Authenticator = r.Only.Shown().String()
		if r.Only.Name != "" {
			d.AuthenticatorKind = r.Only.Kind
		}
	}
	return d
}

// Stored returns the details as Event.Details holds them.
func (d ResetDetails) Stored() string { return stored(d) }

// ProofMessage returns how the caller was checked. Nothing is said if that was not
// asked for.
func (d ResetDetails) ProofMessage() Message {
	m := ResetProof{Kind: d.ProofKind, Text: d.ProofOf, Name: d.ProofOf}.Message()
	if m.String() != d.Proof {
		return Verbatim(d.Proof)
	}
	return m
}

// AuthenticatorMessage returns the only authenticator that was deleted, with its kind if
// that is known.
func (d ResetDetails) AuthenticatorMessage() Message {
	if d.AuthenticatorKind == "" {
		return Verbatim(d.Authenticator)
	}
	return Authenticator{Kind: d.AuthenticatorKind, Name: d.Authenticator}.Named()
}

// Message returns the details in words. Nothing that was typed can pass for
// another part: only the reason, which comes last, may hold a semicolon.
func (d ResetDetails) Message() Message {
	clean := strings.NewReplacer(";", ",").Replace
	var parts []Message
	if d.Authenticator != "" {
		d.Authenticator = clean(d.Authenticator)
		parts = append(parts, Say("Authenticator: {0}", d.AuthenticatorMessage()))
	}
	if d.Approver != "" {
		parts = append(parts, Say("Approver: {0}", clean(d.Approver)))
	}
	if d.Proof != "" {
		d.Proof, d.ProofOf = clean(d.Proof), clean(d.ProofOf)
		parts = append(parts, Say("Proof: {0}", d.ProofMessage()))
	}
	return Join("{0}; {1}", append(parts, Say("Reason: {0}", d.Reason))...)
}

// ResetDetails returns the details of a TwoFactorReset or AuthenticatorReset event. Those of an older
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

// Message returns the details in words.
func (d DeletionDetails) Message() Message { return Say("Role: {0}", d.Role) }

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

// UnknownLoginID is the one reason.
const UnknownLoginID Text = "unknown login ID"

// Message returns the details in words, which are the same for every login ID:
// events are counted by them.
func (d RefusalDetails) Message() Message {
	if d.Reason == string(UnknownLoginID) {
		return Say(UnknownLoginID)
	}
	return Verbatim(d.Reason)
}

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

// Message returns the details in words.
func (d TrimDetails) Message() Message {
	var day any = d.Before
	if t, err := time.Parse(time.DateOnly, d.Before); err == nil {
		day = Date(t)
	}
	return Say("{0} events from before {1}, numbers {2} to {3}", d.Events, day, d.First, d.Last)
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
