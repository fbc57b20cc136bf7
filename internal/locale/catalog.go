package locale

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed messages
var files embed.FS

// translations are those of a language by the message, read when one is first
// needed: most portals are read in one or two languages.
var translations = Each(catalog)

// catalog reads messages/LANGUAGE.toml, which has a line for each message.
func catalog(l Language) (map[string]string, error) {
	if l == English {
		return nil, nil
	}
	var messages map[string]string
	if _, err := toml.DecodeFS(files, "messages/"+string(l)+".toml", &messages); err != nil {
		return nil, fmt.Errorf("reading the messages in %s: %w", l.Name(), err)
	}
	return messages, nil
}

// Messages returns the translations of a language by the message. It is for tests.
func (l Language) Messages() (map[string]string, error) { return translations(l) }

// Text returns a message that is in Go, with {0}, {1} and so on replaced by the
// values.
func (l Language) Text(message string, values ...any) string {
	text, _ := l.find(message)
	return fill(text, values)
}

// Plural returns a message in Go in the form that n takes. {n} is the number as
// the language writes it.
func (l Language) Plural(n int, message string, values ...any) string {
	text, in := l.find(message)
	choices := strings.Split(text, "|")
	i := slices.Index(in.Forms(), in.Form(n))
	if i < 0 || i >= len(choices) {
		i = len(choices) - 1
	}
	return fill(strings.ReplaceAll(choices[i], "{n}", l.Number(n)), values)
}

// find returns the translation of a message and the language that it is in. A
// message without a translation is shown in English: a test keeps that from
// happening, and a reader is better served by English than by nothing.
func (l Language) find(message string) (string, Language) {
	text, err := l.translated(message)
	if err != nil { // a test decodes every file
		return withoutContext(message), English
	}
	return text, First(l)
}

// translated returns the translation of a message, or an error if the language does
// not have it.
func (l Language) translated(message string) (string, error) {
	switch First(l) {
	case English:
		return withoutContext(message), nil
	case Pseudo:
		return pseudo(message), nil
	}
	messages, err := l.Messages()
	if err != nil {
		return "", err
	}
	text := messages[message]
	if text == "" {
		return "", fmt.Errorf("%q is not translated into %s", message, l.Name())
	}
	return text, nil
}

// fill replaces {0}, {1} and so on by the values, which may hold such words.
func fill(text string, values []any) string {
	if len(values) == 0 {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		place, after, closed := strings.Cut(rest, "}")
		if i, err := strconv.Atoi(place); closed && err == nil && i >= 0 && i < len(values) {
			fmt.Fprint(&b, values[i])
			text = after
			continue
		}
		b.WriteByte('{')
		text = rest
	}
}

// withoutContext returns a message without the word after # that begins it.
func withoutContext(message string) string {
	if rest, is := strings.CutPrefix(message, "#"); is {
		_, message, _ = strings.Cut(rest, " ")
	}
	return message
}
