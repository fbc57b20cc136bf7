package ui

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"portico"
)

// hostile is what a person may have typed into any field.
const hostile = `"><script>alert(1)</script><b onclick=x>'` + "Ünïcode"

// FuzzC26_RowsHoldTextOnly checks that whatever people's names and addresses
// are, the rows have the same elements and attributes, and exactly those texts.
func FuzzC26_RowsHoldTextOnly(f *testing.F) {
	f.Add("Ann", "Adams", "ann", "ann@example.com", "staff", "/administration/access/x")
	f.Add(hostile, hostile, hostile, hostile, hostile, hostile)
	f.Add(`</td></tr></table><script>`, `' onclick='x`, `" onclick="x`, `<!--`, `&quot;&lt;`, `javascript:alert(1)`)
	f.Add("a\x00b", "]]>", "</a", `\`, "`", "//elsewhere.example")
	f.Fuzz(func(t *testing.T, first, last, login, mail, label, address string) {
		for _, s := range []string{first, last, login, mail, label, address} {
			if strings.ContainsAny(s, "\x00\r") || strings.ToValidUTF8(s, "") != s {
				return // HTML parsers change these characters; people's names have none of them
			}
		}
		plain := rowShape(t, "a", "b", "c", "d", "e", "/f")
		got := rowShape(t, first, last, login, mail, label, address)
		if got.elements != plain.elements {
			t.Fatalf("other elements:\n%s\n%s", got.elements, plain.elements)
		}
		name := portico.User{FirstName: first, LastName: last}.Name()
		for what, want := range map[string]string{"Name": name, "Login ID": login, "Email": mail, "Label": label} {
			if got.texts[what] != want {
				t.Errorf("%s: %q, not %q", what, got.texts[what], want)
			}
		}
		if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
			if got.texts["link"] != address {
				t.Errorf("the link leads to %q, not %q", got.texts["link"], address)
			}
		} else if got.texts["link"] != "#" {
			t.Errorf("%q is a link to %q", address, got.texts["link"])
		}
	})
}

type shape struct {
	elements string            // elements with the names of their attributes, nested
	texts    map[string]string // by meaning
}

func rowShape(t *testing.T, first, last, login, mail, label, address string) shape {
	t.Helper()
	u := portico.User{
		ID: portico.UserID("id-" + login), FirstName: first, LastName: last, Email: mail, LoginID: login, Labels: []string{label},
		Role: portico.RoleUser, Status: portico.Active, TwoFactor: portico.TwoFactorEnabled, LastLoginAt: time.Unix(1, 0),
	}
	if login == "" { // an empty login ID is shown as "none yet"
		u.LoginID = "none"
	}
	page := AccessPage{Manages: true, Rows: []AccessRow{{User: u, Address: address, DeleteURL: cmp.Or(address, "#"), Self: true, Locked: true}}}
	root, err := html.Parse(strings.NewReader(`<table><tbody>` + string(page.Body()) + `</tbody></table>`))
	if err != nil {
		t.Fatal(err)
	}
	s := shape{texts: map[string]string{}}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type != html.TextNode {
			s.elements += "<" + n.Data
			for _, a := range n.Attr {
				s.elements += " " + a.Key
			}
		}
		s.note(n)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if n.Type != html.TextNode {
			s.elements += ">"
		}
	}
	walk(root)
	if login == "" && s.texts["Login ID"] == "none" {
		s.texts["Login ID"] = ""
	}
	return s
}

// note records the texts of a row.
func (s shape) note(n *html.Node) {
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
	}
	text := ""
	if n.FirstChild != nil && n.FirstChild.Type == html.TextNode {
		text = n.FirstChild.Data
	}
	switch {
	case attr["class"] == "person":
		s.texts["Name"], s.texts["link"] = text, attr["href"]
	case attr["class"] == "label":
		s.texts["Label"] = text
	case attr["class"] == "sub" && s.texts["sub"] == "": // the first one is the email address
		s.texts["Email"], s.texts["sub"] = text, "seen"
	case attr["data-label"] == "Login ID":
		s.texts["Login ID"] = text
	}
}
