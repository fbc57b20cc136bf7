package auth

import (
	"slices"
	"strings"

	"portico"
	"portico/internal/locale"
	"portico/internal/store"
)

// recentAuthenticators returns the authenticators of an account in force that were
// added since the oldest mail whose link may still work, or shortly before it.
func recentAuthenticators(r *store.Reader, a store.Account) ([]portico.Authenticator, error) {
	if a.TwoFactor != portico.TwoFactorEnabled {
		return nil, nil
	}
	found, err := r.Authenticators(a.ID)
	recent := slices.DeleteFunc(found, func(f store.Authenticator) bool {
		return !f.Enabled || !f.AddedAt.After(r.Now.Add(-2*portico.UnauthorizedTTL))
	})
	return shown(recent), err
}

// passkeysOf returns the passkeys among authenticators.
func passkeysOf(all []portico.Authenticator) []portico.Authenticator {
	return slices.DeleteFunc(slices.Clone(all), func(a portico.Authenticator) bool { return a.Kind != portico.AuthenticatorPasskey })
}

// named returns the names of authenticators in a language, in one line.
func named(l locale.Language, all []portico.Authenticator) string {
	var names []string
	for _, a := range all {
		names = append(names, l.Say(a.Shown()))
	}
	return strings.Join(names, ", ")
}

// findAuthenticators fills in what the account has.
func (done *UnauthorizedReported) findAuthenticators(r *store.Reader, a store.Account) error {
	all, err := r.Authenticators(a.ID)
	if err != nil {
		return err
	}
	recent, err := recentAuthenticators(r, a)
	done.Authenticator, done.Recent = len(recent) > 0, passkeysOf(recent)
	done.Passkeys = portico.AuthenticatorPasskey.In(shown(all)) > 0
	return err
}
