package locale

import (
	"fmt"
	"strings"
)

// Fold returns the source of a template with each message replaced by its text in
// the language, with its values isolated. The template needs Funcs. It returns an error for a message that is not closed, or
// whose plural forms are not those of the language.
func Fold(l Language, source string) (string, error) {
	var b strings.Builder
	for rest := source; ; {
		before, message, after, err := cutMessage(rest)
		if err != nil {
			return "", err
		}
		b.WriteString(before)
		if message == "" {
			return b.String(), nil
		}
		text, err := l.folded(message)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		rest = after
	}
}

// MessagesIn returns the messages in the source of a template, as catalogues have
// them.
func MessagesIn(source string) (messages []string, err error) {
	for {
		_, message, after, err := cutMessage(source)
		if err != nil || message == "" {
			return messages, err
		}
		if _, forms, isPlural := cutPlural(message); isPlural {
			message = forms
		}
		messages = append(messages, message)
		source = after
	}
}

// cutMessage cuts a source around its first message, which is "" if there is none.
func cutMessage(source string) (before, message, after string, err error) {
	before, rest, found := strings.Cut(source, "[[")
	if !found {
		return source, "", "", nil
	}
	message, after, closed := strings.Cut(rest, "]]")
	if !closed || strings.Contains(message, "[[") || strings.TrimSpace(message) == "" {
		return "", "", "", fmt.Errorf("a message is not closed by ]], or is empty: [[%.40s", rest)
	}
	return before, message, after, nil
}

// folded returns the text of a message as it stands in the template.
func (l Language) folded(message string) (string, error) {
	number, forms, isPlural := cutPlural(message)
	if !isPlural {
		text, _ := l.find(message)
		return isolated(text), nil
	}
	text, in := l.find(forms)
	text = isolated(text)
	choices, names := strings.Split(text, "|"), in.Forms()
	if len(choices) != len(names) {
		return "", fmt.Errorf("%q has %d forms in %s, want %d: %v", text, len(choices), in.Name(), len(names), names)
	}
	var b strings.Builder
	for i, choice := range choices[:len(choices)-1] {
		fmt.Fprintf(&b, `{{%sif eq (form (%s)) %q}}%s`, map[bool]string{true: "else "}[i > 0], number, names[i], choice)
	}
	fmt.Fprintf(&b, `{{else}}%s{{end}}`, choices[len(choices)-1])
	return b.String(), nil
}

// cutPlural cuts a message of the form "plural NUMBER|ONE|OTHER" into the number,
// which is an expression of the template, and the forms.
func cutPlural(message string) (number, forms string, isPlural bool) {
	rest, isPlural := strings.CutPrefix(message, "plural ")
	if !isPlural {
		return "", "", false
	}
	number, forms, isPlural = strings.Cut(rest, "|")
	return strings.TrimSpace(number), forms, isPlural
}
