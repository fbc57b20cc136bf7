package ui

import (
	"regexp"
	"testing"
)

// says matches sentences that promise a mail, or say that one was sent.
var says = regexp.MustCompile(`(?i)on (?:its|their) way|\b(?:was|were|is|are|We) mail(?:ed)?\b|\bmailed (?:to you|there)|get a mail|told by mail|look into your mail|link in the mail|welcome mail|is sent an invitation|invitations go out|to be mailed`)

// unsent matches sentences that say this rightly without a mail server: of a file
// that is uploaded, of the rules to choose between, and that nobody is mailed.
var unsent = regexp.MustCompile(`(?i)Links that were mailed stop working|The file is on its way|The person is mailed at once and can stop it by one button|is mailed to nobody|(?:nobody|no code|no link[a-z ]*) is mailed|once a mailed link is opened|so the (?:link|code) is not mailed|the reset code is not mailed|no link to choose a new one is mailed now|so that it is not mailed`)

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
		if wrong := SaysMailed(notice(Layout{Notice: key, NoMail: true}).Text); wrong != "" {
			t.Errorf("%s says without a mail server: %s", key, wrong)
		}
		if got := notice(Layout{Notice: key}).Text; got != naming(notices[key], "") {
			t.Errorf("%s with a mail server: got %q, want %q", key, got, notices[key])
		}
	}
	for key := range unmailed {
		if notices[key] == "" {
			t.Errorf("%s is no notice", key)
		}
	}
}

// TestFailuresAreErrors checks that each sentence after a redirect which says
// that something did not happen is no news of success, and that no success is
// shown as a failure.
func TestFailuresAreErrors(t *testing.T) {
	failed := regexp.MustCompile(`(?i)\bhas ended: |took too long|no longer shown|had ended before|won't work again`)
	for key, text := range notices {
		if got, success := notice(Layout{Notice: key}).Kind, !failed.MatchString(text); (got == flashSuccess) != success {
			t.Errorf("%s: got the kind %s for %q", key, got, text)
		}
	}
	for key := range flashKinds {
		if notices[key] == "" {
			t.Errorf("%s is no notice", key)
		}
	}
	for key := range unmailed {
		if got := notice(Layout{Notice: key, NoMail: true}).Kind; got != flashWarning {
			t.Errorf("%s without a mail server: got the kind %s, want %s", key, got, flashWarning)
		}
	}
}
