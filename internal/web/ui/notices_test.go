package ui

import (
	"regexp"
	"testing"
)

// says matches sentences that promise an email, or say that one was sent.
var says = regexp.MustCompile(`(?i)on (?:its|their) way|\bemailed\b|\bwill email\b|\b(?:get|gets|got) (?:an email|one by email)|\bby email\b|been sent an email|email also (?:goes|went)|check your email|link in the email|welcome email|gets an invitation|invitations are (?:being )?sent`)

// unsent matches sentences that say this rightly without a mail server: of the
// rules to choose between, of what has been sent, and that nothing is sent.
var unsent = regexp.MustCompile(`(?i)known with an emailed link|an emailed code was read back|emailed a code to be read back|a code, which is emailed or handed over|the caller read back an emailed code|ask the caller to read back an emailed code|cannot be emailed|was not told by email|gets no email about it|no invitations are sent`)

// SaysMailed returns the sentence in a text that says wrongly, without a mail
// server, that somebody is mailed; "" if there is none.
func SaysMailed(text string) string {
	text = unsent.ReplaceAllString(text, "")
	at := says.FindStringIndex(text)
	if at == nil {
		return ""
	}
	return text[max(0, at[0]-80):min(len(text), at[1]+80)]
}

// TestNoNoticeSaysMailed checks the sentences after a change.
func TestNoNoticeSaysMailed(t *testing.T) {
	for key := range notices {
		if wrong := SaysMailed(flashOf(Layout{Notice: key, NoMail: true}).Text); wrong != "" {
			t.Errorf("%s says without a mail server: %s", key, wrong)
		}
		if got := flashOf(Layout{Notice: key}).Text; got != string(notices[key].Plain) {
			t.Errorf("%s with a mail server: got %q, want %q", key, got, notices[key].Plain)
		}
	}
	for key := range unmailed {
		if notices[key].Plain == "" {
			t.Errorf("%s is no notice", key)
		}
	}
}

// TestFailuresAreErrors checks that each sentence after a redirect which says
// that something did not happen is no news of success, and that no success is
// shown as a failure.
func TestFailuresAreErrors(t *testing.T) {
	failed := regexp.MustCompile(`(?i)\bhas ended: |took too long|no longer shown|ended before you|ended before the|won't work again|already have`)
	for key, n := range notices {
		if got, success := flashOf(Layout{Notice: key}).Kind, !failed.MatchString(string(n.Plain)); (got == flashSuccess) != success {
			t.Errorf("%s: got the kind %s for %q", key, got, n.Plain)
		}
	}
	for key := range flashKinds {
		if notices[key].Plain == "" {
			t.Errorf("%s is no notice", key)
		}
	}
	for key := range unmailed {
		if got := flashOf(Layout{Notice: key, NoMail: true}).Kind; got != flashWarning {
			t.Errorf("%s without a mail server: got the kind %s, want %s", key, got, flashWarning)
		}
	}
}
