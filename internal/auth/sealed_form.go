package auth

import (
	"context"
	"encoding/hex"
	"fmt"

	"portico"
	"portico/internal/store"
)

// Purposes of sealed values; purposeForm is followed by the hash of the
// session's token.
const (
	purposeForm  = "form that waits for a confirmation "
	purposeTyped = "form of a session that has ended"
)

// SealForm encrypts a form that waits until the session's user has confirmed.
// The form can be decrypted only by this session, and only until the session's
// token is exchanged. Confirm exchanges the token, so a form can be used once.
func (s *Service) SealForm(ses *Session, form []byte) ([]byte, error) {
	sealed, err := s.keys.Seal(form, string(ses.User.ID), purposeForm+hex.EncodeToString(ses.tokenHash))
	if err != nil {
		return nil, fmt.Errorf("sealing the form: %w", err)
	}
	return sealed, nil
}

// OpenForm decrypts what SealForm returned. It returns an error for anything
// else.
func (s *Service) OpenForm(ses *Session, sealed []byte) ([]byte, error) {
	return s.openForm(ses.User.ID, ses.tokenHash, sealed)
}

func (s *Service) openForm(of portico.UserID, tokenHash, sealed []byte) ([]byte, error) {
	return s.keys.Open(sealed, string(of), purposeForm+hex.EncodeToString(tokenHash))
}

// accountOf returns the account of the browser's newest session, whether or not
// its row is still there. The cookie that names it counts only in a browser
// that this account has logged in with, and only beside a session's token. ok
// is false for anything else.
func (s *Service) accountOf(ctx context.Context, v Visit) (id portico.UserID, ok bool, err error) {
	if v.SessionToken == "" || v.BrowserToken == "" || v.Account == "" {
		return "", false, nil
	}
	b, err := s.db.Read(ctx).Browser(v.Account, store.HashToken(v.BrowserToken))
	if notFound(err) {
		return "", false, nil
	}
	return b.UserID, err == nil, err
}

// SealTyped encrypts a form that arrived after the session of the visit had
// ended. Only a session of the same account decrypts it, with OpenTyped. ok is
// false if the account is not known.
func (s *Service) SealTyped(ctx context.Context, v Visit, form []byte) (sealed []byte, ok bool, err error) {
	id, ok, err := s.accountOf(ctx, v)
	if err != nil || !ok {
		return nil, false, err
	}
	if sealed, err = s.keys.Seal(form, string(id), purposeTyped); err != nil {
		return nil, false, fmt.Errorf("sealing the form: %w", err)
	}
	return sealed, true, nil
}

// OpenTyped decrypts what SealTyped returned. It returns an error for anything
// else.
func (s *Service) OpenTyped(ses *Session, sealed []byte) ([]byte, error) {
	return s.keys.Open(sealed, string(ses.User.ID), purposeTyped)
}

// OpenWaiting is OpenForm for a session that has ended while its form waited
// for a confirmation.
func (s *Service) OpenWaiting(ctx context.Context, v Visit, sealed []byte) (form []byte, ok bool, err error) {
	id, ok, err := s.accountOf(ctx, v)
	if err != nil || !ok {
		return nil, false, err
	}
	form, failed := s.openForm(id, store.HashToken(v.SessionToken), sealed)
	return form, failed == nil, nil
}
