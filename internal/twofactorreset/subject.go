package twofactorreset

import (
	"slices"
	"strings"

	"portico"
	"portico/internal/store"
)

// subject is what a request is about: a setup, or one authenticator of it.
type subject struct {
	setup string
	only  portico.Authenticator
}

// setupOf returns the IDs of authenticators, with blanks between.
func setupOf(found []store.Authenticator) string {
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// subjectOf returns what a new request is about. It returns a Conflict error if
// there is nothing to delete, or the authenticator is the only one, and NotFound if
// it does not exist.
func subjectOf(tx *store.Tx, target store.Account, authenticatorID string) (what subject, err error) {
	found, err := tx.Authenticators(target.ID)
	if err != nil {
		return what, err
	}
	what.setup = setupOf(found)
	if authenticatorID == "" {
		if what.setup == "" && !target.EnrolmentPending {
			return what, errNoSetup
		}
		return what, nil
	}
	i := store.AuthenticatorIndex(found, authenticatorID)
	switch {
	case i < 0:
		return what, errNoAuthenticator
	case len(found) == 1:
		return what, errOnlyAuthenticator
	}
	what.only = portico.Authenticator{ID: found[i].ID, Kind: found[i].Kind, Name: found[i].Name}
	return what, nil
}

// setupChanged reports whether a request no longer fits the authenticators of its
// target. Of a whole setup, each of them has to be what it was: a user who has added
// or deleted one has logged in since, and the setup is not the one that was asked
// about and approved. A request for one authenticator goes on until that one is gone
// or is the last: what else was added or deleted makes the lost one no safer.
func setupChanged(tx *store.Tx, r store.Reset, target store.Account) (bool, error) {
	found, err := tx.Authenticators(target.ID)
	if err != nil {
		return false, err
	}
	if r.Only.ID != "" {
		return len(found) < 2 || store.AuthenticatorIndex(found, r.Only.ID) < 0, nil
	}
	setup := setupOf(found)
	return setup != r.Setup || setup == "" && !target.EnrolmentPending, nil
}
