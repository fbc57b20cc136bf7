package passkey

import (
	_ "embed"
	"strings"

	"github.com/google/uuid"
)

// names has a line for each AAGUID that is known, with the name after it.
//
//go:embed aaguids/names.txt
var names string

// KnownName returns the name of the authenticator or password manager that makes
// passkeys with this AAGUID, such as "1Password", or "". It is a proposal
// for what a user may call the passkey: anybody can claim any AAGUID.
func KnownName(aaguid []byte) string {
	id, err := uuid.FromBytes(aaguid)
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut("\n"+names, "\n"+id.String()+" ")
	name, _, _ := strings.Cut(after, "\n")
	return name
}
