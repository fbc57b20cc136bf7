package porticotest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Text returns everything that a person can read on the page, with white space
// collapsed.
func (p *Page) Text() string { return textOf(p.root()) }

// Has reports whether the page shows text.
func (p *Page) Has(text string) bool { return strings.Contains(p.Text(), text) }

// Alert returns the text of the first element with role="alert", or "".
func (p *Page) Alert() string { return p.first("role", "alert") }

// TestID returns the text of the first element with this data-testid, or "".
func (p *Page) TestID(id string) string { return p.first("data-testid", id) }

// TwoFactorStatus returns the 2FA status that the Account page shows, or "".
func (p *Page) TwoFactorStatus() string {
	for _, s := range p.all("role", "status") {
		if slices.Contains([]string{"Enabled", "Disabled", "Not enabled"}, s) {
			return s
		}
	}
	return ""
}

// Switch returns aria-checked of the switch, or "".
func (p *Page) Switch() string {
	var checked string
	walk(p.root(), func(n *html.Node) {
		if attr(n, "role") == "switch" {
			checked = attr(n, "aria-checked")
		}
	})
	return checked
}

// Value returns the value of the field with this label.
func (p *Page) Value(label string) string {
	id := p.labelled(label)
	var v string
	walk(p.root(), func(n *html.Node) {
		if id != "" && attr(n, "id") == id {
			v = value(n)
		}
	})
	return v
}

// Link returns the address of the first link with this text, or "".
func (p *Page) Link(text string) string {
	var href string
	walk(p.root(), func(n *html.Node) {
		if href == "" && n.Data == "a" && textOf(n) == text {
			href = attr(n, "href")
		}
	})
	return href
}

// Row returns the text of the first table row that contains holds.
func (p *Page) Row(holds string) string { return textOf(p.row(holds)) }

// RowLink returns the address of the link with this text in the first table row
// that contains holds.
func (p *Page) RowLink(holds, text string) string {
	row := p.row(holds)
	if row == nil {
		return ""
	}
	return (&Page{t: p.t, root: func() *html.Node { return row }}).Link(text)
}

func (p *Page) row(holds string) *html.Node {
	var row *html.Node
	walk(p.root(), func(n *html.Node) {
		if row == nil && n.Data == "tr" && strings.Contains(textOf(n), holds) {
			row = n
		}
	})
	return row
}

func (p *Page) first(key, val string) string {
	if all := p.all(key, val); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (p *Page) all(key, val string) []string {
	var out []string
	walk(p.root(), func(n *html.Node) {
		if attr(n, key) == val {
			out = append(out, textOf(n))
		}
	})
	return out
}

// button returns the first button with this name in a form.
func (p *Page) button(name string) *html.Node {
	var found *html.Node
	walk(p.root(), func(n *html.Node) {
		if found == nil && n.Data == "button" && p.nameOf(n) == name && formOf(n) != nil {
			found = n
		}
	})
	return found
}

// form returns the form that contains the button.
func (p *Page) form(button string) *html.Node { return formOf(p.button(button)) }

func formOf(n *html.Node) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Data == "form" {
			return n
		}
	}
	return nil
}

// nameOf returns an element's accessible name, as far as the portal uses them.
func (p *Page) nameOf(n *html.Node) string {
	if label := attr(n, "aria-label"); label != "" {
		return label
	}
	if id := attr(n, "aria-labelledby"); id != "" {
		return p.first("id", id)
	}
	return textOf(n)
}

// labelled returns the ID that a label refers to.
func (p *Page) labelled(label string) string {
	var id string
	walk(p.root(), func(n *html.Node) {
		if id == "" && n.Data == "label" && textOf(n) == label {
			id = attr(n, "for")
		}
	})
	return id
}

// fieldNamed returns the name of the form's field with this label.
func (p *Page) fieldNamed(form *html.Node, label string) string {
	var name string
	walk(form, func(l *html.Node) {
		if l.Data != "label" || textOf(l) != label {
			return
		}
		walk(form, func(n *html.Node) {
			if id := attr(n, "id"); name == "" && id != "" && id == attr(l, "for") {
				name = attr(n, "name")
			}
		})
	})
	return name
}

func walk(n *html.Node, f func(*html.Node)) {
	if n == nil {
		return
	}
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		if n == nil || n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "head") {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// sent reports whether a browser would send the field in its present state.
func sent(n *html.Node) bool {
	switch attr(n, "type") {
	case "checkbox", "radio":
		return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
	}
	return true
}

func value(n *html.Node) string {
	if n.Data != "select" {
		return attr(n, "value")
	}
	v, first := "", true
	walk(n, func(o *html.Node) {
		if o.Data == "option" && (first || slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" })) {
			v, first = attr(o, "value"), false
		}
	})
	return v
}
