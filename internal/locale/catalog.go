package locale

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"portico"
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

// Messages returns the translations of a language by the message. It is for tests
// and the gallery.
func (l Language) Messages() (map[string]string, error) { return translations(l) }

// Text returns a message that is in Go, with {0}, {1} and so on replaced by the
// values as the language writes them.
func (l Language) Text(message portico.Text, values ...any) string {
	text, in := l.find(string(message))
	return portico.Fill(text, in.written(values))
}

// Plural returns a message in Go in the form that n takes. {n} is the number as
// the language writes it.
func (l Language) Plural(n int, message portico.Text, values ...any) string {
	text, in := l.find(string(message))
	choices := strings.Split(text, "|")
	i := slices.Index(in.Forms(), in.Form(n))
	if i < 0 || i >= len(choices) {
		i = len(choices) - 1
	}
	return portico.Fill(strings.ReplaceAll(choices[i], "{n}", in.Number(n)), in.written(values))
}

// Say returns a message with its values.
func (l Language) Say(m portico.Message) string {
	if m.Text == "" { // Verbatim
		return m.String()
	}
	if m.Counts() {
		return l.Plural(m.Count, m.Text, m.Values...)
	}
	return l.Text(m.Text, m.Values...)
}

// Words returns a value of the domain in words, such as a message, a role or an
// event. It returns false for what has none.
func (l Language) Words(v any) (string, bool) {
	switch v := v.(type) {
	case portico.Text:
		return l.Text(v), true
	case portico.Message:
		return l.Say(v), true
	case interface{ Text() portico.Text }:
		return l.Text(v.Text()), true
	case interface{ Message() portico.Message }:
		return l.Say(v.Message()), true
	}
	return "", false
}

// written returns values of a message as the language writes them.
func (l Language) written(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if m, is := v.(portico.Message); is && m.Text == "" { // Verbatim
			v = m.String()
		}
		if words, are := l.Words(v); are {
			out[i] = words
			continue
		}
		switch v := v.(type) {
		case string: // typed by people, or at least no words of the portal
			out[i] = l.Isolate(v)
		case portico.Date:
			out[i] = l.Time(time.Time(v), Day)
		case portico.ShortDate:
			out[i] = l.Time(time.Time(v), ShortDay)
		case portico.List:
			words := make([]string, len(v))
			for i, word := range l.written(v) {
				words[i] = fmt.Sprint(word)
			}
			out[i] = l.List(words...)
		default:
			out[i] = v
		}
	}
	return out
}

// find returns the translation of a message and the language that it is in. A
// message without a translation is shown in English: a test keeps that from
// happening, and a reader is better served by English than by nothing.
func (l Language) find(message string) (string, Language) {
	switch l = First(l); l {
	case English:
	case Pseudo:
		return pseudo(message), l
	default:
		messages, err := l.Messages()
		if text := messages[message]; err == nil && text != "" { // a test decodes every file
			return text, l
		}
	}
	return withoutContext(message), English
}

// withoutContext returns a message without the word after # that begins it.
func withoutContext(message string) string {
	if rest, is := strings.CutPrefix(message, "#"); is {
		_, message, _ = strings.Cut(rest, " ")
	}
	return message
}
