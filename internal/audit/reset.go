package audit

import (
	"strings"

	"portico"
)

// Reset is what the event of a deleted 2FA setup tells.
type Reset struct {
	portico.Event
	Reason   string
	Proof    string // how the caller was checked; "" when it was not
	Approver string // the second person; "" without one
}

// Details are what the event holds of it, for ResetOf to read. Nothing typed can
// pass for another part.
func (r Reset) Details() string {
	clean := strings.NewReplacer(";", ",").Replace
	d := ""
	if r.Approver != "" {
		d += "Approver: " + clean(r.Approver) + "; "
	}
	if r.Proof != "" {
		d += "Proof: " + clean(r.Proof) + "; "
	}
	return d + "Reason: " + r.Reason
}

// ResetOf reads the details of a portico.TwoFactorReset event:
// "Approver: A; Proof: P; Reason: R". The first two may be missing and hold no
// semicolon; the reason is what a person typed, and goes on to the end.
func ResetOf(e portico.Event) Reset {
	r := Reset{Event: e}
	rest := e.Details
	r.Approver, rest = part(rest, "Approver: ")
	r.Proof, rest = part(rest, "Proof: ")
	r.Reason = strings.TrimPrefix(rest, "Reason: ")
	return r
}

func part(s, name string) (value, rest string) {
	if after, ok := strings.CutPrefix(s, name); ok {
		value, rest, _ = strings.Cut(after, "; ")
		return value, rest
	}
	return "", s
}
