package mail

import (
	"regexp"
	"testing"
)

// TestEveryTextIsAMessage checks that mails hold no text outside messages, so that
// no sentence can be left out of a language. A command is not translated.
func TestEveryTextIsAMessage(t *testing.T) {
	source, err := files.ReadFile("templates/mails.txt")
	if err != nil {
		t.Fatal(err)
	}
	left := regexp.MustCompile(`(?s)\[\[.*?\]\]|\{\{.*?\}\}|portico audit verify FILE --key KEY --checkpoint THIS-MAIL`).ReplaceAll(source, nil)
	for _, text := range regexp.MustCompile(`[A-Za-z][^\n]*`).FindAllString(string(left), -1) {
		t.Errorf("%q is no message", text)
	}
}
