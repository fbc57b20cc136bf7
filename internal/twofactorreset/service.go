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
	errNoRequest         = portico.E(portico.NotFound, "There is no such request.")
	errAlreadyOpen       = portico.E(portico.Conflict, "There is already an open request for this user. Continue with that one, or cancel it.")
	errNoSetup           = portico.E(portico.Conflict, "This user has no 2FA setup, so there is nothing to delete.")
	errNoAuthenticator   = portico.FieldError("authenticator", "This authenticator does not exist any more. Choose again.")
	errOnlyAuthenticator = portico.E(portico.Conflict, "This is the only authenticator of this user. Delete the whole 2FA setup instead.")
	errNotActive         = portico.E(portico.Conflict, "This user cannot log in at the moment. Reactivate the account first.")
	errClosed            = portico.E(portico.Conflict, "This request has ended. Its page shows how.")
	errNewRequester      = portico.E(portico.Conflict, "Your account is new or was changed less than 7 days ago, so you cannot be one of the two people who are needed. Ask a colleague.")
	errNotRequester      = portico.E(portico.Forbidden, "Only the requester can record how the caller's identity was verified.")
	errNotYet            = portico.E(portico.Conflict, "This request does not need an approval now. Its page shows what it needs.")
	errNoProof           = portico.E(portico.Conflict, "The caller's identity no longer has to be verified.")
	errNoCode            = portico.E(portico.Conflict, "There is no reset code to show. It was already shown, or was emailed.")
)

// record writes an event about the target of a request, with its details as a message.
func record(tx *store.Tx, actor portico.Actor, action portico.Action, r portico.ResetRequest, told portico.Message) error {
	return audit.Record(tx, portico.Event{
		CustomerID: r.CustomerID, Action: action, Actor: actor, TargetID: r.Target, TargetName: r.TargetName, Told: told,
	})
}
