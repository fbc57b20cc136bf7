// Package portico is the vocabulary of the portal: customers, people, roles,
// actors, audit events and the errors a person can act on.
//
// Portico is a customer administration portal: the self-hosted web page that a
// service provider hands to its customers. Their people log in, protect the
// login with an authenticator app, and their administrators help those who are
// locked out.
//
// This package owns what things are called and who may do what. It does no
// I/O, knows no database, no HTTP and no clock, and imports the standard
// library only.
//
// # The ladder
//
// A package imports only from lower rungs, never from its own
// (TestLadder holds this):
//
//	cmd/portico, porticotest, e2e, bench
//	cli         one file a command; portal.go is the only wiring
//	web         HTTP: routes, guards, handlers, errors as pages
//	web/gallery every page in every state, with sample data
//	web/ui      pages: one typed struct each, templates, static files
//	reset       deleting somebody else's 2FA setup: a request with a life
//	people      what an actor may change about people
//	auth        passwords, second factor, sessions, Next
//	audit       events, written in the transaction of what they tell
//	store       SQL
//	portico     this package
//	config, totp, seal, mail, testdb,
//	store/storetest                     leaves that import none of ours
//
// # One request
//
// POST /administration/access/{user}/two-factor/delete travels so:
//
//  1. web routes it; the route's guard loads the session, with one read, and
//     refuses unless it is full, freshly confirmed and has the permission;
//  2. the handler parses its form and calls reset.Ask with the
//     Actor, the CustomerID and the UserID;
//  3. reset opens one store.Update, asks Actor.MayActOn and validates in it;
//  4. portico.NextReset says whether the customer's policy lets it be done now:
//     then the factor is deleted, every session of that person ends, and
//     audit.Record writes the event in the same transaction; else it waits;
//  5. after the commit the person is mailed;
//  6. the handler answers 303; or it returned an error, and errors.go renders
//     that once: 422 with the form, 403, 404, 503 or 500.
package portico
