// Package portico is the vocabulary of the portal: customers, people, roles,
// actors, audit events and the errors that a person can act on.
//
// Portico is a customer administration portal: a self-hosted website that a
// service provider hands to its customers. The customers' people log in and
// protect their log-in with an authenticator app, and their administrators help
// those who are locked out.
//
// This package owns what things are called and who may do what. It does no I/O,
// does not know the database, HTTP or the clock, and imports only the standard
// library.
//
// # The ladder
//
// A package imports only from lower rungs, never from its own rung. TestLadder
// enforces this.
//
//	cmd/portico, porticotest, e2e, bench
//	cli         one file per command; portal.go is the only wiring
//	web         HTTP: routes, guards, handlers, errors as pages
//	web/gallery every page in every state, with sample data
//	web/ui      pages: one typed struct each, templates, static files
//	reset       2FA resets: requests to delete somebody else's setup
//	people      what an actor may change about people
//	auth        passwords, second factor, sessions, Next
//	audit       events, written in the transaction of the change they record
//	store       SQL
//	portico     this package
//	config, totp, seal, mail, testdb,
//	store/storetest                     leaves; they import no other package of Portico
//
// # One request
//
// POST /administration/access/{user}/two-factor/delete is handled as follows:
//
//  1. web routes it. The route's guard loads the session with one read, and
//     refuses the request unless the session is full, has confirmed the
//     person's identity lately, and has the permission.
//  2. The handler parses its form and calls reset.Ask with the Actor, the
//     CustomerID, the UserID and the reason.
//  3. reset opens one store.Update. Inside it, reset checks Actor.MayActOn and
//     validates the input.
//  4. portico.NextReset says whether the customer's policy allows the reset
//     now. If it does, the authenticator is deleted and every session of that
//     person ends; if not, the request is stored and waits. Either way,
//     audit.Record writes the event, and the mail to the person is queued, in
//     the same transaction.
//  5. After the commit, a background job sends the mail.
//  6. The handler answers 303. If it returns an error, errors.go renders the
//     error once: 422 with the form, or a page with 403, 404, 409, 503 or 500.
package portico
