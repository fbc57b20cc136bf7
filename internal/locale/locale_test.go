package locale

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"portico"
)

// TestFold checks that each message is replaced by its text, with the actions of
// the template where they were.
func TestFold(t *testing.T) {
	for source, want := range map[string]string{
		`<h1>[[Log in]]</h1>`:                                  `<h1>Log in</h1>`,
		`<p>[[Welcome to {{.Brand}}.]] [[#verb Open]]</p>`:     `<p>Welcome to {{isolate .Brand}}. Open</p>`,
		`{{field "a" "[[Login ID]]"}}`:                         `{{field "a" "Login ID"}}`,
		`[[plural .N|1 session|{{count .N}} sessions]]`:        `{{if eq (form (.N)) "one"}}1 session{{else}}{{count .N}} sessions{{end}}`,
		`[[plural .N|#part 1 of|{{count .N}} of]] {{.B}}`:      `{{if eq (form (.N)) "one"}}1 of{{else}}{{count .N}} of{{end}} {{.B}}`,
		`[[By <a href="{{.URL}}">{{$.A.B}}</a>, {{day .At}}]]`: `By <a href="{{.URL}}">{{isolate $.A.B}}</a>, {{day .At}}`,
		`[[plural .N|{{.}} has|{{ $x }} have]]`:                `{{if eq (form (.N)) "one"}}{{isolate .}} has{{else}}{{isolate $x}} have{{end}}`,
		`nothing`:                                              `nothing`,
	} {
		if got, err := Fold(English, source); err != nil || got != want {
			t.Errorf("%s: got %s and %v, want %s", source, got, err, want)
		}
	}
	for _, source := range []string{"[[Log in", "[[Log [[in]]", "[[]]", "[[plural .N|sessions]]"} {
		if got, err := Fold(English, source); err == nil {
			t.Errorf("%s: got %s, want an error", source, got)
		}
	}
}

// TestPseudo checks that Pseudo keeps what a translation keeps, is longer, and is
// in brackets.
func TestPseudo(t *testing.T) {
	got, err := Fold(Pseudo, `<p>[[Open <a href="/a">{{.Name}}</a> again]]</p>`)
	if want := `<p>[Öpéñ <a href="/a">{{isolate .Name}}</a> ågåïñ ~~~~]</p>`; err != nil || got != want {
		t.Errorf("got %s and %v, want %s", got, err, want)
	}
	if got, want := Pseudo.Plural(2, "{n} page|{n} pages"), "[2 pågés"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want it to begin with %s", got, want)
	}
}

// TestText checks messages with values, some of which look like places for others.
func TestText(t *testing.T) {
	if got, want := English.Text("#greeting Hello {0}, at {1}", "{1}", 7), "Hello {1}, at 7"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := English.Text("{x} {0} {2} {-1} {0", "a", "b"), "{x} a {2} {-1} {0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for n, want := range map[int]string{0: "0 users of A|B", 1: "1 user of A|B", 1204: "1,204 users of A|B"} {
		if got := English.Plural(n, "1 user of {0}|{n} users of {0}", "A|B"); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

// TestIsolate checks that values which may be written in the other direction are
// isolated in a message, once, and others are not.
func TestIsolate(t *testing.T) {
	const arabic, inside = "سعاد", "\u2068سعاد\u2069"
	for value, want := range map[any]string{
		"Ann": "Ann", "Zoë Ødegård, 5": "Zoë Ødegård, 5", "田中": "田中", "": "", 7: "7",
		arabic: inside, "דנה (Ann)": "\u2068דנה (Ann)\u2069", "\U0001e922": "\u2068\U0001e922\u2069",
	} {
		if got := English.Text("By {0}.", value); got != "By "+want+"." {
			t.Errorf("%v: got %+q, want %+q between By and a full stop", value, got, want)
		}
	}
	for _, m := range []portico.Message{
		portico.Say("By {0}.", portico.Verbatim(arabic)), portico.Say("By {0}.", portico.List{arabic}), portico.SayCount(2, "1|By {0}.", arabic),
	} {
		if got := English.Say(m); got != "By "+inside+"." {
			t.Errorf("got %+q, want %+q between By and a full stop", got, inside)
		}
	}
	if got, want := English.Say(portico.Say("{0}.", portico.List{arabic, "Ann"})), inside+" and Ann."; got != want {
		t.Errorf("got %+q, want %+q", got, want)
	}
	if got := English.Say(portico.Verbatim(arabic)); got != arabic {
		t.Errorf("alone: got %+q, want %+q", got, arabic)
	}
}

// TestForms checks that whole numbers have the plural forms of CLDR.
func TestForms(t *testing.T) {
	for l, want := range map[Language]string{English: "one other", "xx": "one other"} {
		if got := strings.Join(l.Forms(), " "); got != want {
			t.Errorf("%s: got %s, want %s", l, got, want)
		}
	}
}

// TestAccepted checks which language a browser gets.
func TestAccepted(t *testing.T) {
	for header, want := range map[string]Language{
		"en-GB,en;q=0.8": English, "ja,en;q=0.1": English, "ja": "", "": "", ";;;": "",
		"de-AT,en;q=0.5": "de", "fr-CA": "fr", "es-419,es;q=0.9": "es", "en-XA": English, strings.Repeat("ja,", 10_000) + "de": "",
	} {
		if got := Accepted(header); got != want {
			t.Errorf("%.40s: got %q, want %q", header, got, want)
		}
	}
}

// TestDirection checks in which direction languages are written.
func TestDirection(t *testing.T) {
	for _, l := range append(All(), Pseudo, "xx") {
		if got := l.Direction(); got != "ltr" {
			t.Errorf("%s: got %s, want ltr", l, got)
		}
	}
	for tag, want := range map[string]string{"ar": "rtl", "he": "rtl", "ur-PK": "rtl", "ja": "ltr", "el": "ltr"} {
		if got := directionOf(language.Make(tag)); got != want {
			t.Errorf("%s: got %s, want %s", tag, got, want)
		}
	}
}

// TestChosen checks that nothing but a language of the portal is chosen.
func TestChosen(t *testing.T) {
	for _, tags := range [][]string{nil, {""}, {"xx", "en-XA"}, {"DE"}, {"de-DE"}, {"de "}} {
		if got := Chosen(tags...); got != "" {
			t.Errorf("%q: got %q, want none", tags, got)
		}
	}
	if got := Chosen("", "xx", "fr", "de"); got != "fr" {
		t.Errorf("got %q, want fr", got)
	}
	for tag, want := range map[string]bool{"": true, "de": true, "xx": false, "en-XA": false, "DE": false} {
		if err := CheckChoice(tag); (err == nil) != want || err != nil && !portico.Invalid.Is(err) {
			t.Errorf("%q: got %v, want an Invalid error unless it is a language", tag, err)
		}
	}
}

// TestSpanishAnd checks that a list has e in place of y before the sound of i.
func TestSpanishAnd(t *testing.T) {
	for last, want := range map[string]string{
		"Luis": "Ana y Luis", "Inés": "Ana e Inés", "Íñigo": "Ana e Íñigo", "hijos": "Ana e hijos", "Yves": "Ana e Yves", "«id»": "Ana e «id»", "it": "Ana e it",
		"hielo": "Ana y hielo", "Iago": "Ana y Iago", "Yolanda": "Ana y Yolanda", "Hugo": "Ana y Hugo", "": "Ana y ",
	} {
		if got := Language("es").List("Ana", last); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := Language("fr").List("Ana", last); got != "Ana et "+last {
			t.Errorf("got %q, want %q", got, "Ana et "+last)
		}
	}
}

// TestFormats checks numbers, times and lists in English.
func TestFormats(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1204: "-1,204", 12345678: "12,345,678"} {
		if got := English.Number(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	at := time.Date(2026, 5, 9, 8, 7, 6, 0, time.UTC)
	for layout, want := range map[Layout]string{
		Day: "9 May 2026", DayOfYear: "9 May", ShortDay: "9 May 2026", DayAndTime: "9 May 2026, 08:07", DayOfYearAndTime: "9 May, 08:07", Minute: "9 May 2026, 08:07", Second: "9 May 2026, 08:07:06",
	} {
		if got := English.Time(at, layout); got != want {
			t.Errorf("%s: got %s, want %s", layout, got, want)
		}
	}
	if got, want := Pseudo.Time(at, Minute)+" "+Pseudo.Number(1204), "9 [Måý] 2026, 08:07 1,204"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	first := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for l, want := range map[Language]string{English: "1 January 2027", "de": "1. Januar 2027", "es": "1 de enero de 2027", "fr": "1er janvier 2027"} {
		if got := l.Time(first, Day); got != want {
			t.Errorf("%s: got %s, want %s", l, got, want)
		}
	}
	if got := English.List("a", "b", "c") + English.List("a") + English.List(); got != "a, b and ca" {
		t.Errorf("got %s, want a list", got)
	}
}
