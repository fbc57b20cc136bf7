package gallery

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portico/internal/locale"
	"portico/internal/web/ui"
)

// arabic is a name that takes the words around it to its other side, unless it is
// isolated: its brackets and its number belong to it.
const arabic = "سعاد (QA) 7"

// wordless are the types of fields that show no words.
var wordless = []string{"hidden", "date", "color", "radio"}

// sentenceFields hold sentences of the program, in which locale has isolated the values.
var sentenceFields = []string{"Title", "Text", "Found", "Nobody", "Why", "Source", "ZoneName", "LinkText", "Percent", "Fields"}

// TestTypedTextIsIsolated checks that no name, label, reason or other text that
// somebody typed changes the order of the words around it: in another direction than
// that of the page, it stands in an isolate of its own.
func TestTypedTextIsIsolated(t *testing.T) {
	if testing.Short() {
		return // long
	}
	r, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, s := range States() {
		page, err := r.Render(speaking(s.Content, locale.English, func(field, text string) string {
			if text == "" || slices.Contains(sentenceFields, field) {
				return text
			}
			return arabic
		}))
		if err != nil {
			t.Errorf("%s: %v", s.Path(), err)
			continue
		}
		root, err := html.Parse(strings.NewReader(string(page)))
		if err != nil {
			t.Fatal(err)
		}
		seen += strings.Count(string(page), arabic)
		for _, where := range notIsolated(root) {
			t.Errorf("%s: %s", s.Path(), where)
		}
	}
	if seen < 2000 {
		t.Errorf("only %d names were seen", seen)
	}
}

// TestNotIsolated checks what TestTypedTextIsIsolated finds.
func TestNotIsolated(t *testing.T) {
	for source, want := range map[string]bool{
		"<p>By X.</p>": true, "<p>By \u2068X\u2069.</p>": false, "<p>By <bdi>X</bdi>.</p>": false, "<p>By <b dir=auto>X</b>.</p>": false,
		"<p><bdi>By X.</bdi></p>": true, "<p>\u2068X\u2069 and X</p>": true, "<h1>X</h1>": true, "<code>X</code>": false,
		"<p title=X>": false, "<p title='By X'>": true, "<p title='By \u2068X\u2069'>": false, "<a href=X>": false,
		"<input value=X>": true, "<input value=X dir=auto>": false, "<input type=hidden value=X>": false, "<title>X</title>": true,
	} {
		root, err := html.Parse(strings.NewReader(strings.ReplaceAll(source, "X", arabic)))
		if strings.Contains(source, "=X") {
			root, err = html.Parse(strings.NewReader(strings.ReplaceAll(source, "=X", `="`+arabic+`"`)))
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := notIsolated(root); (len(got) > 0) != want {
			t.Errorf("%s: got %q, want a finding: %v", source, got, want)
		}
	}
}

// notIsolated returns where arabic stands outside an isolate.
func notIsolated(n *html.Node) (found []string) {
	switch n.Type {
	case html.TextNode:
		if flows(n.Data) && !isIsolate(n.Parent) {
			found = append(found, "<"+n.Parent.Data+"> "+strings.TrimSpace(n.Data))
		}
	case html.ElementNode:
		if n.Data == "code" || n.Data == "script" { // for programs, and alone
			return nil
		}
		for _, a := range n.Attr {
			typedInto := n.Data == "input" && a.Key == "value" && attribute(n, "inputmode") != "numeric" && attribute(n, "aria-hidden") == "" && !slices.Contains(wordless, attribute(n, "type"))
			if typedInto && flows(a.Val) && attribute(n, "dir") != "auto" || spoken[a.Key] && strings.Trim(strings.ReplaceAll(a.Val, arabic, ""), " ,") != "" && flows(a.Val) {
				found = append(found, "<"+n.Data+" "+a.Key+"> "+a.Val)
			}
		}
	}
	for c := range n.ChildNodes() {
		found = append(found, notIsolated(c)...)
	}
	return found
}

var isolates = regexp.MustCompile("\u2068[^\u2069]*\u2069")

// flows reports whether arabic stands in a text without the characters that isolate
// it.
func flows(text string) bool {
	return strings.Contains(isolates.ReplaceAllString(text, ""), arabic)
}

// isIsolate reports whether an element isolates its text, which is arabic alone.
func isIsolate(n *html.Node) bool {
	alone := n.FirstChild == n.LastChild && strings.Trim(strings.ReplaceAll(n.FirstChild.Data, arabic, ""), " ,") == ""
	return alone && (n.Data == "bdi" || attribute(n, "dir") == "auto")
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
