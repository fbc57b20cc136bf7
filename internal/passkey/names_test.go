package passkey_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"

	"portico/internal/passkey"
)

func TestKnownNames(t *testing.T) {
	for id, want := range map[string]string{
		"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
		"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
		"bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
		"cb69481e-8ff7-4039-93ec-0a2729a154a8": "YubiKey 5 Series",
		"00000000-0000-0000-0000-000000000000": "",
		"11111111-2222-3333-4444-555555555555": "",
	} {
		if u := uuid.MustParse(id); passkey.KnownName(u[:]) != want {
			t.Errorf("%s: %q, want %q", id, passkey.KnownName(u[:]), want)
		}
	}
	for _, aaguid := range [][]byte{nil, {}, make([]byte, 15), make([]byte, 17)} {
		if name := passkey.KnownName(aaguid); name != "" {
			t.Errorf("%d bytes: %q, want no name", len(aaguid), name)
		}
	}
}

// TestNamesCanBeShown reads the whole list: each line is an AAGUID and a name
// that the field for it takes.
func TestNamesCanBeShown(t *testing.T) {
	text, err := os.ReadFile("aaguids/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} \S[[:print:]\pL]*$`)
	last := ""
	for entry := range strings.Lines(string(text)) {
		entry = strings.TrimSuffix(entry, "\n")
		if !line.MatchString(entry) || entry <= last || utf8.RuneCountInString(entry) > 36+1+60 || strings.HasSuffix(entry, " ") {
			t.Errorf("%q after %q is not an AAGUID with a name in order", entry, last)
		}
		last = entry
	}
	if last == "" {
		t.Error("no names")
	}
}
