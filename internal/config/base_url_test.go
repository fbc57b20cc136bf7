package config

import (
	"reflect"
	"strings"
	"testing"
)

// TestBaseURL checks that a base URL is used as browsers send it, because forms
// are accepted from that address alone and links in mails begin with it.
func TestBaseURL(t *testing.T) {
	for given, want := range map[string]string{
		"":                                "",
		"https://portal.example.com":      "https://portal.example.com",
		"https://portal.example.com/":     "https://portal.example.com",
		"https://portal.example.com:443/": "https://portal.example.com",
		"https://portal.example.com:8443": "https://portal.example.com:8443",
		"https://portal.example.com:0443": "https://portal.example.com",
		"https://portal.example.com:":     "https://portal.example.com",
		"http://portal.example.com:443":   "http://portal.example.com:443",
		"http://localhost:80":             "http://localhost",
		"HTTPS://Portal.Example.COM":      "https://portal.example.com",
		"https://bücher.example":          "https://xn--bcher-kva.example",
		"https://BÜCHER.example:443/":     "https://xn--bcher-kva.example",
		"https://straße.example":          "https://xn--strae-oqa.example",
		"https://a_b.example.com":         "https://a_b.example.com",
		"https://[2001:DB8:0::1]:443":     "https://[2001:db8::1]",
		"https://[::1]:8443":              "https://[::1]:8443",
	} {
		c := Config{BaseURL: given}
		if err := c.Validate(); err != nil {
			t.Errorf("--base-url %q: got %v, want no error", given, err)
		}
		if got := c.URL().String(); got != want {
			t.Errorf("--base-url %q: got %q, want %q", given, got, want)
		}
	}
	for _, given := range []string{"portal.example.com", "https://portal.example.com/path", "https://u@portal.example.com", "ftp://portal.example.com", "https://bü cher.example"} {
		if err := (Config{BaseURL: given}).Validate(); err == nil {
			t.Errorf("--base-url %q: got no error, want one", given)
		}
	}
}

// TestTakeRecorded checks that a command takes what serve has recorded, and that
// one that was given another value refuses and names both.
func TestTakeRecorded(t *testing.T) {
	served := Config{BaseURL: "https://portal.example.com", From: "portal@example.com", HashMemory: 64}.WithDefaults()
	recorded := served.Recorded("mail.example.com:587")
	got, err := Config{}.TakeRecorded(recorded, "")
	if err != nil || !reflect.DeepEqual(got, served) {
		t.Errorf("taking what was recorded: got %+v %v, want %+v", got, err, served)
	}
	if _, err := (Config{}).TakeRecorded(Config{}.Recorded(""), NoMailServer); err != nil {
		t.Errorf("--smtp none where serve has no mail server: got %v, want no error", err)
	}
	for given, want := range map[string]struct {
		c          Config
		mailServer string
	}{
		"--base-url https://other.example.com": {Config{BaseURL: "https://other.example.com"}, ""},
		"--mail-from other@example.com":        {Config{From: "other@example.com"}, ""},
		"--smtp other.example.com":             {Config{}, "other.example.com"},
		"--smtp none":                          {Config{}, NoMailServer},
		"--hash-memory 128":                    {Config{HashMemory: 128}, ""},
		"--hash-time 9":                        {Config{HashTime: 9}, ""},
		"--hash-parallelism 3":                 {Config{HashParallelism: 3}, ""},
	} {
		if _, err := want.c.TakeRecorded(recorded, want.mailServer); err == nil || !strings.Contains(err.Error(), given) {
			t.Errorf("%s beside what was recorded: got %v, want an error that names it", given, err)
		}
		if _, err := want.c.TakeRecorded(nil, want.mailServer); err != nil {
			t.Errorf("%s where nothing is recorded: got %v, want no error", given, err)
		}
	}
}
