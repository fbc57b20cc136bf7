package mail

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Ann Lee": "Ann Lee", "J.R. Tolkien": "J.R. Tolkien", "O'Neil-Smith": "O'Neil-Smith", "Dr. Lee": "Dr. Lee",
		"Win at https://evil.example/now": "Win at https: evil. example/now", "www.evil.example": "www. evil. example",
		"a.bc.de": "a. bc. de", "evil。example": "evil. example", "mail me@evil.example": "mail me at evil. example",
		"two\nlines\r\n\r\nhere": "two lines here", `http:\\evil`: "http: evil", "": "",
	} {
		if got := plain(in, 80); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := plain(strings.Repeat("ä", 200), 80); len([]rune(got)) != 80 {
		t.Errorf("%d characters", len([]rune(got)))
	}
	if got := person("Go to evil.example (ben.kowalski)"); got != "Go to evil. example (ben.kowalski)" {
		t.Errorf(`person("Go to evil.example (ben.kowalski)"): got %v, want "Go to evil. example (ben.kowalski)"`, got)
	}
}

// unchosen are the fields of Data that nobody chooses freely: the portal makes them,
// or, as login IDs and the names that the provider gives, they may be domains.
var unchosen = []string{
	"Language", "Brand", "Customer", "LoginID", "Link", "Address", "UnauthorizedURL", "Code", "Phrase", "PortalURL", "Base", "Checkpoint", "Key",
}

// TestMailsHoldNoChosenLinks puts an advertisement into every field that users
// can choose, also into one that is new, and checks that no kind of mail contains
// its addresses or a paragraph from it.
func TestMailsHoldNoChosenLinks(t *testing.T) {
	const ad = "Free money\n\nhttps://evil.example/win me@evil.example www.evil.example"
	d := full
	v := reflect.ValueOf(&d).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).Kind() == reflect.String && !slices.Contains(unchosen, name) {
			v.Field(i).SetString(ad)
		}
	}
	d.Whom = ad + " (ben)"
	for _, kind := range Kinds {
		m, err := Compose(kind, "ann@example.com", d)
		if err != nil {
			t.Fatal(err)
		}
		for part, s := range map[string]string{"name": m.Name, "subject": m.Subject, "text": m.Text, "html": m.HTML} {
			if strings.Contains(s, "evil.example") || strings.Contains(s, "me@") || strings.Contains(s, "money\n") {
				t.Errorf(`%s, %s: %s, want no "evil.example" in s, no "me@" in s, no "money\n" in s`, kind, part, s)
			}
		}
	}
}
