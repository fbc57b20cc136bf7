package outbox

import (
	"portico"
	"portico/internal/locale"
	"portico/internal/mail"
	"portico/internal/store"
)

// DataFor returns the data that every mail to a user has. For a mail about several
// accounts of one address it is that of the first, in a language that their owner has
// chosen for any of them.
func DataFor(a store.Account, others ...store.Account) mail.Data {
	return mail.Data{
		Language: languageOf(append([]store.Account{a}, others...)),
		Brand:    a.Customer.Issuer(), Customer: a.Customer.Name, Name: a.Name(), LoginID: a.LoginID, PasswordEnded: a.PasswordExpired,
	}
}

// languageOf returns the language that the owner of accounts has chosen, or their
// customer for those who have chosen none, or English.
func languageOf(accounts []store.Account) locale.Language {
	var tags []string
	for _, a := range accounts {
		tags = append(tags, a.Language)
	}
	for _, a := range accounts {
		tags = append(tags, a.Customer.Language)
	}
	return locale.First(locale.Chosen(tags...))
}

// SetOrigin says in a mail where a request came from.
func SetOrigin(d *mail.Data, from portico.Origin) {
	d.Address, d.Browser = from.Address, d.Language.Say(from.BrowserName())
}
