package gallery

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portico/internal/web/ui"
)

// spoken are the attributes that a person sees or hears.
var spoken = map[string]bool{"aria-label": true, "title": true, "placeholder": true, "alt": true, "data-label": true, "aria-description": true}

var (
	word = regexp.MustCompile(`[A-Za-z]{2,}`)
	// kept is what every language shows as it is.
	kept = regexp.MustCompile(`\bUTC\b|#RRGGBB`)
)

// TestEveryPageIsTranslatable checks that no page shows English that cannot be
// translated: in Pseudo, each message is in brackets.
func TestEveryPageIsTranslatable(t *testing.T) {
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range States() {
		page, err := r.Render(inPseudo(s.Content))
		if err != nil {
			t.Errorf("%s: %v", s.Path(), err)
			continue
		}
		for _, text := range shown(string(page)) {
			if left := kept.ReplaceAllString(text, ""); word.MatchString(left) {
				t.Errorf("%s shows %q, which is no message", s.Path(), left)
			}
		}
	}
}

// shown returns what a page shows outside brackets. A message may reach over
// several elements, and hold others. Code is for programs, and languages are called
// as they call themselves.
func shown(page string) (texts []string) {
	depth := 0
	keep := func(text string) {
		var b strings.Builder
		for _, r := range text {
			switch {
			case r == '[':
				depth++
			case r == ']':
				depth--
			case depth == 0:
				b.WriteRune(r)
			}
		}
		texts = append(texts, b.String())
	}
	skipped := ""
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if depth != 0 {
				texts = append(texts, "a bracket that is not closed")
			}
			return texts
		case html.TextToken:
			if skipped == "" {
				keep(string(z.Text()))
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == skipped {
				skipped = ""
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			named := token.Data != "html" && slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "lang" })
			if token.Data == "code" || token.Data == "script" || token.Data == "style" || named {
				skipped = token.Data
			}
			around := depth
			depth = 0
			for _, a := range token.Attr {
				if spoken[a.Key] {
					keep(a.Val)
				}
			}
			depth = around
		}
	}
}
