package auth

import (
	"encoding/hex"
	"fmt"
)

// purposeForm is the associated data of a form that waits for a confirmation,
// together with the hash of its session's token.
const purposeForm = "form that waits for a confirmation "

// SealForm encrypts a form that waits until the person of a session has
// confirmed it. It opens for this session alone, and only until the session's
// token is exchanged. Confirm exchanges it, and so a form goes on once.
func (s *Service) SealForm(ses *Session, form []byte) ([]byte, error) {
	sealed, err := s.keys.Seal(form, string(ses.User.ID), purposeOf(ses))
	if err != nil {
		return nil, fmt.Errorf("sealing the form: %w", err)
	}
	return sealed, nil
}

// OpenForm decrypts what SealForm returned. It fails for everything else.
func (s *Service) OpenForm(ses *Session, sealed []byte) ([]byte, error) {
	return s.keys.Open(sealed, string(ses.User.ID), purposeOf(ses))
}

func purposeOf(ses *Session) string { return purposeForm + hex.EncodeToString(ses.tokenHash) }
