package locale

import (
	"regexp"
	"strings"
)

// Isolate returns a value of a sentence between the characters that keep its
// direction from reaching the words around it, if it may have another one: a name in
// Arabic would take the full stop that follows, and the number after it, to its
// other side. What is written as the sentence is, stays as it is, so that mails
// hold no characters that nobody sees, and a search finds the sentence.
func (l Language) Isolate(value string) string {
	if value == "" || l.Direction() == "ltr" && !strings.ContainsFunc(value, rightToLeft) {
		return value
	}
	return "\u2068" + value + "\u2069"
}

// rightToLeft reports whether a character belongs to a script that is written from
// right to left: these are the blocks that Unicode sets aside for them.
func rightToLeft(r rune) bool {
	return r >= 0x590 && (r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefe || r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff)
}

// printed matches an action of a template that prints a value as it is, and the
// tags, in whose attributes nothing is isolated.
var printed = regexp.MustCompile(`<[^>]*>|\{\{ *([$.][\w.$]*) *\}\}`)

// isolated returns a message of a template with the values that it prints isolated.
func isolated(text string) string {
	return printed.ReplaceAllStringFunc(text, func(found string) string {
		if found[0] == '<' {
			return found
		}
		return "{{isolate " + strings.Trim(found, "{} ") + "}}"
	})
}

// isolate is Isolate for templates: what is no string, nobody has typed.
func (l Language) isolate(value any) any {
	if s, is := value.(string); is {
		return l.Isolate(s)
	}
	return value
}

// Funcs returns the functions that messages in templates call by themselves.
func (l Language) Funcs() map[string]any {
	return map[string]any{"form": l.Form, "isolate": l.isolate}
}
