package customers

import (
	"context"
	"fmt"
	"strings"

	"portico"
	"portico/internal/locale"
	"portico/internal/store"
)

// Branding is how a customer's pages look, and the Language of those of its people
// who have chosen none. An empty Brand, Accent or Language removes it. Accent is a
// colour as people write it, with or without a leading #.
type Branding struct{ Name, Brand, Accent, Language string }

// Provider returns the provider itself, whose look everybody sees who is not
// logged in.
func (s *Service) Provider(ctx context.Context) (portico.Customer, error) {
	return s.db.Read(ctx).Customer(portico.ProviderID)
}

// changeLook runs f for a customer that the operator may enter, or for the
// provider itself.
func (s *Service) changeLook(ctx context.Context, actor portico.Actor, id portico.CustomerID, f func(*store.Tx, portico.Customer) error) error {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.ErrForbidden
	}
	return s.db.Update(ctx, actor, func(tx *store.Tx) error {
		c, err := tx.Customer(id)
		if err != nil {
			return store.NotFound(err, errNoCustomer)
		}
		if id != portico.ProviderID {
			if err := mayEnter(actor, c, tx.Now); err != nil {
				return err
			}
		}
		return f(tx, c)
	})
}

// SaveBranding changes how the pages of a customer, or of the provider, look. It
// returns an Invalid error if a value is not valid, and a Forbidden error without
// provider access.
func (s *Service) SaveBranding(ctx context.Context, actor portico.Actor, id portico.CustomerID, branding Branding) error {
	err := s.changeLook(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		to := c
		to.Language = branding.Language
		to.Name, to.Brand, to.Accent = branding.Name, branding.Brand, strings.ToLower(strings.TrimPrefix(branding.Accent, "#"))
		if err := to.Validate(); err != nil {
			return err
		}
		if err := locale.CheckChoice(to.Language); err != nil || to == c {
			return err
		}
		var changed []portico.Message
		if to.Name != c.Name {
			changed = append(changed, portico.Say("name: {0}", to.Name))
		}
		if to.Brand != c.Brand {
			changed = append(changed, portico.Say("brand name: {0}", orNone(to.Brand)))
		}
		if to.Accent != c.Accent {
			changed = append(changed, portico.Say("accent colour: {0}", orNone(to.Accent)))
		}
		if to.Language != c.Language {
			changed = append(changed, portico.Say(saysLanguage, nameOf(to.Language)))
		}
		return saveCustomer(tx, actor, to, changed...)
	})
	if err != nil {
		return fmt.Errorf("changing a customer: %w", err)
	}
	return nil
}

// saysLanguage tells the language of a customer in the audit log.
const saysLanguage portico.Text = "default language: {0}"

// nameOf returns what a language calls itself.
func nameOf(language string) portico.Message {
	if language == "" {
		return orNone("")
	}
	return portico.Verbatim(locale.Language(language).Name())
}

func orNone(s string) portico.Message {
	if s == "" {
		return portico.Say("#changed none")
	}
	return portico.Verbatim(s)
}

// SaveLogo stores an uploaded image (PNG or JPEG) as the logo of a customer or of
// the provider; nil removes the logo. It returns an Invalid error if the upload is not such an
// image, and a Forbidden error without provider access.
func (s *Service) SaveLogo(ctx context.Context, actor portico.Actor, id portico.CustomerID, uploaded []byte) error {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.ErrForbidden // before the image is decoded
	}
	var hash string
	var logo []byte
	told := portico.Say("logo: none")
	if uploaded != nil {
		var err error
		if logo, err = readLogo(uploaded); err != nil {
			return err
		}
		hash, told = logoHash(logo), portico.Say("logo: a new picture")
	}
	err := s.changeLook(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if c.Logo == hash {
			return nil
		}
		if err := tx.PutLogo(id, hash, logo); err != nil {
			return err
		}
		c.Logo = hash
		return saveCustomer(tx, actor, c, told)
	})
	if err != nil {
		return fmt.Errorf("saving a logo: %w", err)
	}
	return nil
}

// Logo returns a logo by its hash. Everybody may read it: somebody who knows the
// hash has seen the logo.
func (s *Service) Logo(ctx context.Context, hash string) ([]byte, error) {
	logo, err := s.db.Read(ctx).Logo(hash)
	return logo, store.NotFound(err, portico.E(portico.NotFound, "There is no such picture."))
}
