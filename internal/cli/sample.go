package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/locale"
	"portico/internal/passkey"
	"portico/internal/store"
	"portico/internal/totp"
)

// sampled is what the demo prints about its sample people.
type sampled struct {
	password string
	shown    []sample
}

// sample is one line of that.
type sample struct{ loginID, who, customer, language, state, key string }

// sampleUser is one of the sample people, in one of the possible states.
type sampleUser struct {
	login, first, last string
	role               portico.Role
	status             portico.Status
	twoFactor          portico.TwoFactor
	labels             []string
	language           locale.Language
}

var sampleCustomers = []struct {
	slug, name string
	language   locale.Language // of those who have chosen none
	people     []sampleUser
}{
	{"acme", "Acme Telecom", "", []sampleUser{
		{"alice", "Alice", "Adams", portico.RoleAdministrator, portico.Active, portico.TwoFactorNone, nil, ""},
		{"aron", "Aron", "Blum", portico.RoleAdministrator, portico.Active, portico.TwoFactorEnabled, nil, ""},
		{"ben", "Ben", "Okafor", portico.RoleHelpDesk, portico.Active, portico.TwoFactorEnabled, []string{"Support"}, ""},
		{"carla", "Carla", "Ruiz", portico.RoleUser, portico.Active, portico.TwoFactorDisabled, []string{"Sales", "Madrid"}, "es"},
		{"dmitri", "Dmitri", "Ivanov", portico.RoleUser, portico.Active, portico.TwoFactorNone, []string{"Sales"}, ""},
		{"eunji", "Eun-ji", "Park", portico.RoleUser, portico.Active, portico.TwoFactorEnabled, nil, ""},
		{"fatima", "Fatima", "Noor", portico.RoleUser, portico.Invited, portico.TwoFactorNone, nil, ""},
		{"gustav", "Gustav", "Holm", portico.RoleUser, portico.Suspended, portico.TwoFactorEnabled, nil, ""},
	}},
	{"globex", "Globex Hosting", "de", []sampleUser{
		{"greta", "Greta", "Lind", portico.RoleAdministrator, portico.Active, portico.TwoFactorNone, nil, ""},
		{"hugo", "Hugo", "Marin", portico.RoleUser, portico.Active, portico.TwoFactorEnabled, nil, "fr"},
	}},
}

// Login IDs of people with more than one authenticator app. Passkeys of sample
// people are there to be seen: nobody has their keys.
const (
	withTwoApps       = "eunji"
	withPasskey       = "ben"
	withPasskeysAlone = "gustav"
)

var operators = []sampleUser{{"olga", "Olga", "Petrova", portico.RoleOperator, portico.Active, portico.TwoFactorNone, nil, ""}}

// samplePeople fills an empty portal with two customers that have people in
// every state and language, an operator, and more people in the first customer.
func samplePeople(ctx context.Context, p *Portal, more int) (sampled, error) {
	out := sampled{password: "demo-" + strings.ToLower(rand.Text()[:12])}
	hash, err := p.Auth.HashPassword(ctx, portico.CommandLine(), out.password)
	if err != nil {
		return out, err
	}
	for i, sample := range sampleCustomers {
		c, err := p.Customers.Create(ctx, portico.CommandLine(), sample.slug, sample.name, string(sample.language))
		if err != nil {
			return out, err
		}
		shown, err := p.sampleNamedUsers(ctx, c, sample.people, hash)
		if err != nil {
			return out, err
		}
		out.shown = append(out.shown, shown...)
		if i == 0 {
			if err := p.sampleCrowd(ctx, c, more, hash); err != nil {
				return out, err
			}
		}
	}
	shown, err := p.sampleNamedUsers(ctx, portico.Customer{ID: portico.ProviderID, Name: "Portico"}, operators, hash)
	out.shown = append(out.shown, shown...)
	return out, err
}

// sampleNamedUsers adds people as they would be after some use. It bypasses the
// services, which would ask each of them for a code.
func (p *Portal) sampleNamedUsers(ctx context.Context, c portico.Customer, named []sampleUser, hash string) ([]sample, error) {
	return store.Update(ctx, p.DB, portico.CommandLine(), func(tx *store.Tx) (shown []sample, err error) {
		for _, m := range named {
			a, err := newSample(tx, c, m, hash)
			if err != nil {
				return nil, err
			}
			s := sample{m.login, m.role.String() + " " + a.Name(), c.Name, languageShown(m, c), m.status.String() + ", " + string(m.twoFactor.Text()), ""}
			if m.login == withPasskey || m.login == withPasskeysAlone {
				if err := samplePasskey(tx, a, p.cfg.URL().Hostname(), m.login == withPasskey); err != nil {
					return nil, err
				}
			}
			if m.twoFactor != portico.TwoFactorNone && m.login != withPasskeysAlone {
				key := totp.NewKey()
				s.key = totp.Encode(key)
				if err := p.sampleAuthenticator(tx, a, "", key, m.twoFactor); err != nil {
					return nil, err
				}
				if m.login == withTwoApps {
					second := totp.NewKey()
					s.key += " or " + totp.Encode(second)
					if err := p.sampleAuthenticator(tx, a, "Tablet", second, m.twoFactor); err != nil {
						return nil, err
					}
				}
			}
			if m.status == portico.Invited {
				token, _, err := tx.IssueLink(store.LinkActivate, a, portico.InvitationTTL)
				if err != nil {
					return nil, err
				}
				s.key = p.cfg.URL().String() + "/activate/" + token
			}
			shown = append(shown, s)
		}
		return shown, nil
	})
}

// languageShown returns the language in which somebody is mailed and reads pages.
func languageShown(m sampleUser, c portico.Customer) string {
	return cmp.Or(locale.Chosen(string(m.language), c.Language).Name(), automatic)
}

func newSample(tx *store.Tx, c portico.Customer, m sampleUser, hash string) (store.Account, error) {
	id, err := store.NewID()
	if err != nil {
		return store.Account{}, err
	}
	a := store.Account{
		User: portico.User{
			ID: portico.UserID(id), CustomerID: c.ID, LoginID: m.login, FirstName: m.first, LastName: m.last,
			Email: m.login + "@" + strings.ToLower(strings.Fields(c.Name)[0]) + ".example", Role: m.role, Labels: m.labels, Language: string(m.language),
			Status: m.status, CreatedAt: tx.Now,
		},
		Customer: c, PasswordHash: hash, Epoch: 1,
	}
	if m.status == portico.Invited {
		a.PasswordHash = ""
	}
	if a.LoginKey, err = auth.CanonicalLoginID(m.login); err != nil {
		return a, err
	}
	if err := tx.CreateUser(a); err != nil {
		return a, err
	}
	return a, audit.Record(tx, portico.Event{Action: portico.UserCreated, Actor: portico.CommandLine(), Told: portico.Say("Sample")}.Target(a.User))
}

func (p *Portal) sampleAuthenticator(tx *store.Tx, a store.Account, name string, key []byte, state portico.TwoFactor) error {
	sealed, err := p.Auth.SealKey(a.ID, key)
	if err != nil {
		return err
	}
	id, err := store.NewID()
	if err != nil {
		return err
	}
	return tx.PutAuthenticator(store.Authenticator{ID: id, Name: name, UserID: a.ID, Kind: portico.AuthenticatorTOTP, Secret: sealed, Enabled: state == portico.TwoFactorEnabled})
}

// samplePasskey adds a passkey that nobody can use.
func samplePasskey(tx *store.Tx, a store.Account, host string, synced bool) error {
	id, err := store.NewID()
	if err != nil {
		return err
	}
	made := passkey.Credential{ID: []byte(rand.Text()), PublicKey: []byte{}, RPID: host, BackupEligible: synced, BackedUp: synced, UserVerified: true, Discoverable: true}
	_, err = tx.AddPasskey(store.Authenticator{ID: id, UserID: a.ID, Kind: portico.AuthenticatorPasskey, Passkey: made, Enabled: true})
	return err
}

var (
	firstNames = strings.Fields("Ada Amir Bea Bo Chen Dana Egon Femi Gina Hana Ian Ines Jonas Kaya Lars Lina Mara Milo Nia Omar Pia Quinn Rosa Sami Tess Uma Vera Wim Yara Zoe")
	lastNames  = strings.Fields("Abel Bauer Cruz Dahl Eze Fontaine Garcia Haas Ito Jansen Kaur Lopez Meyer Nowak Olsen Pereira Quist Rossi Silva Tanaka Ueda Vargas Weber Xu Young Zeller")
)

// sampleCrowd adds n people in batches, one transaction per batch.
func (p *Portal) sampleCrowd(ctx context.Context, c portico.Customer, n int, hash string) error {
	const batch = 1000
	for from := 0; from < n; from += batch {
		err := p.DB.Update(ctx, portico.CommandLine(), func(tx *store.Tx) error {
			for i := from; i < min(n, from+batch); i++ {
				first, last := firstNames[i%len(firstNames)], lastNames[i/len(firstNames)%len(lastNames)]
				m := sampleUser{
					fmt.Sprintf("%s.%s%d", strings.ToLower(first), strings.ToLower(last), i), first, last,
					portico.RoleUser, portico.Active, portico.TwoFactorNone, nil, "",
				}
				a, err := newSample(tx, c, m, hash)
				if err != nil {
					return err
				}
				if i%3 != 0 {
					state := portico.TwoFactorEnabled
					if i%20 == 1 {
						state = portico.TwoFactorDisabled
					}
					if err := p.sampleAuthenticator(tx, a, "", totp.NewKey(), state); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
