package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var (
	messages  = regexp.MustCompile(`(?s)\[\[.*?\]\]`)
	actions   = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	quoted    = regexp.MustCompile("\"[^\"]*\"|`[^`]*`")
	words     = regexp.MustCompile(`[A-Za-z]`)
	sentences = regexp.MustCompile(`^[A-Z]|[a-z] [a-z]`)
)

// spoken are the attributes that a person sees or hears.
var spoken = map[string]bool{"aria-label": true, "title": true, "placeholder": true, "alt": true, "data-label": true, "aria-description": true}

// untranslated is what pages show in every language as it is.
var untranslated = map[string]bool{"UTC": true, "#": true, "RRGGBB": true}

// TestEveryTextIsAMessage checks that templates hold no text for people outside
// messages, so that no page can be left out of a language.
func TestEveryTextIsAMessage(t *testing.T) {
	files, err := fs.Glob(templates, "templates/*.html")
	pages, err2 := fs.Glob(templates, "templates/page/*.html")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for _, file := range append(files, pages...) {
		source, err := templates.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		left := messages.ReplaceAllString(string(source), "")
		for _, action := range actions.FindAllString(left, -1) {
			for _, text := range quoted.FindAllString(action, -1) {
				if sentences.MatchString(strings.Trim(text, "\"`")) {
					t.Errorf("%s: %s in %s is no message", file, text, action)
				}
			}
		}
		for _, text := range textsOf(actions.ReplaceAllString(left, "")) {
			t.Errorf("%s: %q is no message", file, text)
		}
	}
}

// textsOf returns the texts in HTML that people see or hear. What is in a code
// element is the same in every language.
func textsOf(source string) (texts []string) {
	keep := func(text string) {
		if text = strings.TrimSpace(text); words.MatchString(text) && !untranslated[text] {
			texts = append(texts, text)
		}
	}
	for z := html.NewTokenizer(strings.NewReader(source)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return texts
		case html.TextToken:
			keep(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			for _, a := range t.Attr {
				if spoken[a.Key] {
					keep(a.Val)
				}
			}
			if t.Data == "code" {
				z.Next()
			}
		}
	}
}
