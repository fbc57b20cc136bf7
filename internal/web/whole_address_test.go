package web_test

import "testing"

// TestWholeAddressesEverywhere checks that the forms and an import say the same
// of an email address without a whole domain.
func TestWholeAddressesEverywhere(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const sentence = "Enter the whole email address: after the @ comes a domain with a dot, such as example.com."
	c := newFixture(t)
	alice := c.as(c.admin)
	for name, p := range map[string]interface{ Has(string) bool }{
		"+ User":        alice.Post(access+"/new", "first_name", "Fay", "last_name", "Guest", "email", "fay@acme", "role", "user"),
		"a user":        alice.Post(access+"/"+string(c.user.ID), "login_id", "ulla", "first_name", "Ulla", "last_name", "T", "email", "ulla@acme", "role", "user"),
		"own profile":   alice.Post("/account/profile", "first_name", "Alice", "last_name", "T", "email", "alice@acme"),
		"an import":     sendFile(alice, "login_id,first_name,last_name,email,role\nfay,Fay,Guest,fay@acme,user\n"),
		"without login": sendFile(alice, "login_id,first_name,last_name,email,role\n,Fay,Guest,fay@acme,user\n"),
	} {
		if !p.Has(sentence) {
			t.Errorf("%s: the page lacks %q", name, sentence)
		}
	}
}
