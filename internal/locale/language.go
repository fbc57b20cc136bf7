package locale

import (
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"portico"
)

// Language is a language of the portal, as a BCP 47 tag. The zero Language is
// none; where a text is needed, it counts as English.
type Language string

// English is the language that the messages are written in.
const English Language = "en"

// Pseudo is not a language but English with accents, longer, and in brackets: what a
// page shows without brackets in it was not translated. Only tests and the gallery
// have it.
const Pseudo Language = "en-XA"

// languages are those that the portal has, and what each calls itself. A new one
// is a line here and a file in messages.
var languages = []struct {
	code Language
	name string
}{
	{English, "English"},
	{"es", "Español"},
	{"fr", "Français"},
	{"de", "Deutsch"},
}

// All returns the languages, English first.
func All() []Language {
	var all []Language
	for _, l := range languages {
		all = append(all, l.code)
	}
	return all
}

// Valid reports whether the portal has this language.
func (l Language) Valid() bool {
	for _, known := range languages {
		if known.code == l {
			return true
		}
	}
	return false
}

// Name returns what the language calls itself, or its tag if the portal does not
// have it.
func (l Language) Name() string {
	for _, known := range languages {
		if known.code == l {
			return known.name
		}
	}
	return string(l)
}

// Chosen returns the first of the tags, as they are stored or sent, that is a
// language of the portal, or "" if none is. It never returns Pseudo.
func Chosen(tags ...string) Language {
	for _, tag := range tags {
		if l := Language(tag); l.Valid() {
			return l
		}
	}
	return ""
}

// CheckChoice returns an Invalid error for the field language unless a tag is ""
// or a language of the portal.
func CheckChoice(tag string) error {
	if tag != "" && !Language(tag).Valid() {
		return portico.FieldError("language", "Choose one of the languages in the list.")
	}
	return nil
}

// First returns the first of the languages that the portal has, and English if it
// has none of them.
func First(wanted ...Language) Language {
	for _, l := range wanted {
		if l.Valid() || l == Pseudo {
			return l
		}
	}
	return English
}

// Each returns a function that returns what f makes of a language, or of English
// where the portal does not have it. f is called once for each, when that is first
// needed.
func Each[T any](f func(Language) (T, error)) func(Language) (T, error) {
	made := map[Language]func() (T, error){}
	for _, l := range append(All(), Pseudo) {
		made[l] = sync.OnceValues(func() (T, error) { return f(l) })
	}
	return func(l Language) (T, error) { return made[First(l)]() }
}

// matcher finds the language that fits best what a browser asks for.
var matcher = sync.OnceValue(func() language.Matcher {
	var tags []language.Tag
	for _, l := range languages {
		tags = append(tags, language.Make(string(l.code)))
	}
	return language.NewMatcher(tags)
})

// maxAccepted is the longest Accept-Language that is read: browsers send less than a
// tenth of it, and one of the length that the server accepts takes 15 ms.
const maxAccepted = 1000

// Accepted returns the language that fits a browser's Accept-Language best
// (RFC 9110, 12.5.4), or "" if none does.
func Accepted(header string) Language {
	if len(header) > maxAccepted {
		return ""
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return ""
	}
	_, i, confidence := matcher().Match(wanted...)
	if confidence == language.No {
		return ""
	}
	return languages[i].code
}

// forms are the names of the plural forms, in CLDR's order and in that of a message.
var forms = []struct {
	form plural.Form
	name string
}{{plural.Zero, "zero"}, {plural.One, "one"}, {plural.Two, "two"}, {plural.Few, "few"}, {plural.Many, "many"}, {plural.Other, "other"}}

// grammar is what CLDR says of a language.
type grammar struct {
	tag       language.Tag
	forms     []string // the names of the plural forms that whole numbers take
	direction string   // of its script, as dir in HTML
}

// grammars are worked out once for each language, because pages count a lot.
var grammars = func() map[Language]func() grammar {
	all := map[Language]func() grammar{}
	for _, l := range append(All(), Pseudo) {
		all[l] = sync.OnceValue(func() grammar {
			tag := language.Make(string(l))
			return grammar{tag, formsIn(tag), directionOf(tag)}
		})
	}
	return all
}()

// Form returns the name of the plural form that a whole number takes, such as one
// or other.
func (l Language) Form(n int) string { return formIn(grammars[First(l)]().tag, n) }

// Forms returns the names of the plural forms that whole numbers take.
func (l Language) Forms() []string { return grammars[First(l)]().forms }

// Direction returns in which direction the language is written, as dir in HTML.
func (l Language) Direction() string { return grammars[First(l)]().direction }

func directionOf(tag language.Tag) string {
	switch script, _ := tag.Script(); script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm":
		return "rtl"
	}
	return "ltr"
}

func formIn(tag language.Tag, n int) string {
	is := plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)
	for _, f := range forms {
		if f.form == is {
			return f.name
		}
	}
	return "other"
}

// formsIn tries numbers, because the rules of CLDR are not for reading. Whole millions
// have a form of their own in Spanish and French, which takes the last form here:
// pages do not count so many exactly.
func formsIn(tag language.Tag) []string {
	takes := map[string]bool{}
	for n := range 200 { // the rules repeat with each hundred
		takes[formIn(tag, n)] = true
	}
	var names []string
	for _, f := range forms {
		if takes[f.name] {
			names = append(names, f.name)
		}
	}
	return names
}
