package twofactorreset

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/outbox"
	"portico/internal/store"
)

// Service makes and advances requests in one database.
type Service struct {
	db     *store.DB
	auth   *auth.Service
	outbox *outbox.Outbox
}

// New returns a Service.
func New(db *store.DB, a *auth.Service, n *outbox.Outbox) *Service {
	return &Service{db: db, auth: a, outbox: n}
}

var (
	errNoRequest    = portico.E(portico.NotFound, "There is no such request.")
	errAlreadyOpen  = portico.E(portico.Conflict, "A request for this person is open already. Go on with that one, or cancel it.")
	errNoSetup      = portico.E(portico.Conflict, "There is no 2FA setup to delete: it was deleted already.")
	errNotActive    = portico.E(portico.Conflict, "This person cannot log in at present. Reactivate the person first.")
	errClosed       = portico.E(portico.Conflict, "This request has ended. Look at its page for how.")
	errNewRequester = portico.E(portico.Conflict, "Your account is new or was changed less than 7 days ago, so that you cannot be one of the two people who are needed. Ask a colleague.")
	errNotRequester = portico.E(portico.Forbidden, "Whoever asked has to record the proof.")
	errNotYet       = portico.E(portico.Conflict, "This request does not wait for an approval now. Look at its page for what it waits for.")
	errNoProof      = portico.E(portico.Conflict, "No proof is needed here any more.")
	errNoCode       = portico.E(portico.Conflict, "There is no reset code to show: it was shown before, or was not to be handed over.")
)

// record writes an event about the target of a request.
func record(tx *store.Tx, actor portico.Actor, action portico.Action, r portico.ResetRequest, details string) error {
	return audit.Record(tx, portico.Event{
		CustomerID: r.CustomerID, Action: action, Actor: actor, TargetID: r.Target, TargetName: r.TargetName, Details: details,
	})
}
