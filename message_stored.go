package portico

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// A text that is stored, such as the details of an event, is stored twice: in
// English, which exports have and the audit log signs, and as the message that it
// is, so that pages tell it in the reader's language. The English decides: a message
// that says something else is ignored.

// Stored returns a message as JSON, or "" for a text that is no message.
func (m Message) Stored() string {
	if m.Text == "" {
		return ""
	}
	b, err := json.Marshal(m)
	if err != nil { // storedValue makes JSON of every value
		panic(err)
	}
	return string(b)
}

// Recall returns the message that was stored beside its English text. It is that text
// as it is if an older version stored none, or if the message says something else.
func Recall(english, stored string) Message {
	var m Message
	if stored != "" && json.Unmarshal([]byte(stored), &m) == nil && m.String() == english {
		return m
	}
	return Verbatim(english)
}

type storedMessage struct {
	Text   Text          `json:"text"`
	Count  int           `json:"count,omitempty"`
	Values []storedValue `json:"values,omitempty"`
}

// storedValue is a value of a message: a number as it is, a list as an array, messages
// and days as objects, and anything else as the text that every language shows.
type storedValue struct{ value any }

// dayValue is how a day is stored.
type dayValue struct {
	Day   string `json:"day"`             // 2026-11-23
	Short bool   `json:"short,omitempty"` // of a ShortDate
}

// MarshalJSON returns the message as it is stored.
func (m Message) MarshalJSON() ([]byte, error) {
	s := storedMessage{Text: m.Text, Count: m.Count}
	for _, v := range m.Values {
		s.Values = append(s.Values, storedValue{v})
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON returned.
func (m *Message) UnmarshalJSON(b []byte) error {
	var s storedMessage
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*m = Message{Text: s.Text, Count: s.Count}
	for _, v := range s.Values {
		m.Values = append(m.Values, v.value)
	}
	return nil
}

// MarshalJSON returns the value as it is stored.
func (v storedValue) MarshalJSON() ([]byte, error) {
	switch value := v.value.(type) {
	case int, int64, Message:
		return json.Marshal(value)
	case List:
		list := make([]storedValue, len(value))
		for i, one := range value {
			list[i] = storedValue{one}
		}
		return json.Marshal(list)
	case Date:
		return json.Marshal(dayValue{Day: time.Time(value).Format(time.DateOnly)})
	case ShortDate:
		return json.Marshal(dayValue{Day: time.Time(value).Format(time.DateOnly), Short: true})
	case Text:
		return json.Marshal(Message{Text: value})
	case interface{ Text() Text }:
		return json.Marshal(Message{Text: value.Text()})
	}
	return json.Marshal(fmt.Sprint(v.value))
}

// UnmarshalJSON reads what MarshalJSON returned.
func (v *storedValue) UnmarshalJSON(b []byte) (err error) {
	switch {
	case bytes.HasPrefix(b, []byte(`"`)):
		v.value, err = read[string](b)
	case bytes.HasPrefix(b, []byte(`[`)):
		var list []storedValue
		list, err = read[[]storedValue](b)
		all := List{}
		for _, one := range list {
			all = append(all, one.value)
		}
		v.value = all
	case bytes.HasPrefix(b, []byte(`{"day"`)):
		var d dayValue
		if d, err = read[dayValue](b); err == nil {
			v.value, err = d.date()
		}
	case bytes.HasPrefix(b, []byte(`{`)):
		v.value, err = read[Message](b)
	default:
		v.value, err = read[int](b)
	}
	return err
}

func read[T any](b []byte) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

func (d dayValue) date() (any, error) {
	t, err := time.Parse(time.DateOnly, d.Day)
	if d.Short {
		return ShortDate(t), err
	}
	return Date(t), err
}
