package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"portico"
	"portico/internal/config"
	"portico/internal/store"
)

var (
	firstNames = []string{"Ann", "Ben", "Carla", "Dmitri", "Eun-ji", "Fatima", "Gustav", "Hannah", "Igor", "Julia", "Karim", "Lena", "Maria", "Nils", "Olga", "Pavel", "Quentin", "Rosa", "Sven", "Tina"}
	lastNames  = []string{"Adams", "Blum", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Holm", "Ivanov", "Jensen", "Khan", "Lee", "Moreau", "Noor", "Okafor", "Park", "Quist", "Ruiz", "Smith", "Tanaka", "Ueda", "Vogel", "Weber", "Xu", "Yilmaz", "Zeman"}
)

// writePeople writes a file to import, with the n people from number from on,
// shuffled or in the order of login IDs, as directories export them.
func writePeople(path string, from, n int, shuffled bool) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "login_id,first_name,last_name,email,role,labels")
	stride := 1
	if shuffled {
		stride = 7919 // prime, so that everybody is written once
	}
	for i := range n {
		k := from + i*stride%n
		first, last := firstNames[k%len(firstNames)], lastNames[k/len(firstNames)%len(lastNames)]
		fmt.Fprintf(w, "user%07d,%s,%s%d,user%07d@acme.example,user,\n", k, first, last, k/520%997, k)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// fillUp gives some people an authenticator, suspends some, and creates the
// other customers. The proportions do not depend on the number of people, up to
// 20,000.
func (b *bench) fillUp(data string, people, customers int) (err error) {
	p, err := b.open(config.Data{Data: data})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := giveAuthenticators(b.ctx, p.DB, people); err != nil {
		return err
	}
	return addCustomers(b.ctx, p.DB, customers-1)
}

func giveAuthenticators(ctx context.Context, db *store.DB, people int) error {
	c, err := db.Read(ctx).CustomerBySlug("acme")
	if err != nil {
		return err
	}
	const batch = 500
	step := max(1, people/20_000) // limits the number of changes, not that of people
	after := portico.UserID("")
	for n := 0; ; {
		page, err := db.Read(ctx).People(c.ID, portico.PeopleQuery{Sort: portico.SortLogin}, after, batch)
		if err != nil {
			return err
		}
		err = db.Update(ctx, portico.CommandLine(), func(tx *store.Tx) error {
			for i, u := range page.Users {
				if (n+i)%step != 0 || u.Role != portico.RoleUser {
					continue
				}
				if err := tx.PutAuthenticator(store.Authenticator{ID: "f" + string(u.ID), UserID: u.ID, Kind: portico.AuthenticatorTOTP, Secret: []byte{}, Enabled: i%3 > 0}); err != nil {
					return err
				}
				if i%7 == 0 {
					u.Status = portico.Suspended
					if err := tx.SaveProfile(c.ID, u); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		n += len(page.Users)
		if len(page.Users) < batch {
			return addEvents(ctx, db, c.ID)
		}
		after = page.Users[batch-1].ID
	}
}

// addEvents adds more events than a page of the audit log has.
func addEvents(ctx context.Context, db *store.DB, c portico.CustomerID) error {
	return db.Update(ctx, portico.CommandLine(), func(tx *store.Tx) error {
		for i := range 100 {
			if err := tx.AppendEvent(portico.Event{ID: fmt.Sprintf("event-%03d", i), CustomerID: c, At: tx.Now, Action: portico.LogoutDone, Actor: portico.CommandLine()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// addCustomers adds customers, each with an audit log of its own, which is empty.
func addCustomers(ctx context.Context, db *store.DB, n int) error {
	return db.Update(ctx, portico.CommandLine(), func(tx *store.Tx) error {
		for i := range n {
			id := fmt.Sprintf("customer-%04d", i)
			if err := tx.CreateCustomer(portico.Customer{ID: portico.CustomerID(id), Slug: id, Name: fmt.Sprintf("%s %d", lastNames[i%len(lastNames)], i), CreatedAt: tx.Now}); err != nil {
				return err
			}
		}
		return nil
	})
}
