package gallery

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portico/internal/web/ui"
)

// inline are the elements that a sentence may have, which a row of boxes would
// tear apart: each of them, and each text between them, is a box of its own.
var inline = []string{"a", "b", "code", "i", "q", "strong", "time"}

// torn are the classes whose content stands in a row of boxes; see app.css.
var torn = []string{"alert", "choice", "note", "said", "tag"}

// TestSentencesAreNotTornApart checks that a sentence in a note, and in its
// like, is one box with the elements in it.
func TestSentencesAreNotTornApart(t *testing.T) {
	everyElement(t, func(page string, n *html.Node) {
		classes := classesOf(n)
		if !slices.ContainsFunc(torn, func(c string) bool { return slices.Contains(classes, c) }) || slices.Contains(classes, "block") {
			return
		}
		var boxes, texts int
		for c := range n.ChildNodes() {
			switch {
			case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
				boxes, texts = boxes+1, texts+1
			case c.Type == html.ElementNode && slices.Contains(inline, c.Data) && !slices.Contains(classesOf(c), "button"):
				boxes++
			}
		}
		if texts > 0 && boxes > 1 {
			t.Errorf("%s: class %q has %d boxes beside each other, want one with the whole text", page, classes, boxes)
		}
	})
}

// asks are the pages that say what a button will do.
var asks = []string{"ask", "selected", "suspend-customer", "delete-customer", "delete-own"}

// TestConsequencesAreAhead checks that a page that asks before something is done
// does not say that it is so now, and that a suspended user is nowhere said to
// be able to log in.
func TestConsequencesAreAhead(t *testing.T) {
	everyElement(t, func(page string, n *html.Node) {
		if n.Data != "main" {
			return
		}
		text := textOf(n)
		if asks := slices.Contains(asks, strings.Split(page, "/")[1]); asks && isNow.MatchString(text) {
			t.Errorf("%s: says %q before it is so", page, isNow.FindString(text))
		}
		if strings.Contains(text, "this user cannot log in") && strings.Contains(text, "password alone") && !strings.Contains(text, "When you reactivate the account") {
			t.Errorf("%s: says both that the user cannot log in and that the user can", page)
		}
	})
}

var isNow = regexp.MustCompile(`(is|are) (logged out|disabled|told)\b|are deleted|everywhere now|gets an email|stops working`)

// everyElement calls f with each element of each state.
func everyElement(t *testing.T, f func(page string, n *html.Node)) {
	t.Helper()
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range States() {
		page, err := r.Render(s.Content)
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(string(page)))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type == html.ElementNode {
				f(s.Path(), n)
			}
		}
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func classesOf(n *html.Node) []string {
	for _, a := range n.Attr {
		if a.Key == "class" {
			return strings.Fields(a.Val)
		}
	}
	return nil
}
