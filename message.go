package portico

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Text is the English text of a message, by which translations are found. It is a
// type of its own so that only constants become one: the compiler takes no string
// that was put together, and a test no conversion.
type Text string

// Message is a sentence that a person reads in any language. {0}, {1} and so on in
// its text stand for the values, which may be messages, dates and lists themselves. A word
// after # at its beginning tells apart texts that are one in English.
//
// A text with | has two forms, for one and for more, of which Count chooses; {n} is
// the number.
type Message struct {
	Text   Text
	Values []any
	Count  int
}

// Say returns a message.
func Say(text Text, values ...any) Message { return Message{Text: text, Values: values} }

// SayCount returns a message in the form for a number.
func SayCount(n int, text Text, values ...any) Message {
	return Message{Text: text, Values: values, Count: n}
}

// Verbatim returns a text that is no message, such as one that a person typed, for
// where a message is expected. Every language shows it as it is.
func Verbatim(text string) Message { return Message{Values: []any{text}} }

// Join returns the messages one after the other. between has places for two, such as
// "{0}; {1}".
func Join(between Text, all ...Message) (joined Message) {
	for i, m := range all {
		if joined = Say(between, joined, m); i == 0 {
			joined = m
		}
	}
	return joined
}

// Is reports whether the message says anything.
func (m Message) Is() bool { return m.String() != "" }

// Date is a value that a message shows as a day.
type Date time.Time

// String returns the day in English.
func (d Date) String() string { return time.Time(d).Format("2 January 2006") }

// ShortDate is a value that a message shows as a day with a short month.
type ShortDate time.Time

// String returns the day in English.
func (d ShortDate) String() string { return time.Time(d).Format("2 Jan 2006") }

// List is a value that a message shows as a sentence lists words.
type List []any

// String returns the list in English.
func (l List) String() string {
	words := make([]string, len(l))
	for i, word := range l {
		words[i] = inEnglish(word)
	}
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Counts reports whether the text has forms, of which Count chooses.
func (m Message) Counts() bool { return strings.Contains(string(m.Text), "|") }

// String returns the message in English, as logs, commands and files have it.
func (m Message) String() string {
	if m.Text == "" { // Verbatim
		return fmt.Sprint(m.Values...)
	}
	text := string(m.Text)
	if rest, is := strings.CutPrefix(text, "#"); is {
		_, text, _ = strings.Cut(rest, " ")
	}
	if one, other, counts := strings.Cut(text, "|"); counts {
		if text = other; m.Count == 1 {
			text = one
		}
		text = strings.ReplaceAll(text, "{n}", strconv.Itoa(m.Count))
	}
	return Fill(text, m.Values)
}

// Fill returns a text with {0}, {1} and so on replaced by the values, which may hold
// such words themselves.
func Fill(text string, values []any) string {
	if len(values) == 0 { // as most texts, of which a list has hundreds
		return text
	}
	pairs := make([]string, 0, 2*len(values))
	for i, v := range values {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), inEnglish(v))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// inEnglish returns a value of a message in English.
func inEnglish(v any) string {
	switch v := v.(type) {
	case Text:
		return Say(v).String()
	case interface{ Text() Text }: // such as a role
		return Say(v.Text()).String()
	}
	return fmt.Sprint(v)
}
