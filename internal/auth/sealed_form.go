package auth

import (
	"encoding/hex"
	"fmt"
)

// purposeForm, followed by the hash of the session's token, is the associated
// data of a form that waits for confirmation.
const purposeForm = "form that waits for a confirmation "

// SealForm encrypts a form that waits until the session's user has confirmed.
// The form can be decrypted only by this session, and only until the session's
// token is exchanged. Confirm exchanges the token, so a form can be used once.
func (s *Service) SealForm(ses *Session, form []byte) ([]byte, error) {
	sealed, err := s.keys.Seal(form, string(ses.User.ID), purposeOf(ses))
	if err != nil {
		return nil, fmt.Errorf("sealing the form: %w", err)
	}
	return sealed, nil
}

// OpenForm decrypts what SealForm returned. It returns an error for anything
// else.
func (s *Service) OpenForm(ses *Session, sealed []byte) ([]byte, error) {
	return s.keys.Open(sealed, string(ses.User.ID), purposeOf(ses))
}

func purposeOf(ses *Session) string { return purposeForm + hex.EncodeToString(ses.tokenHash) }
