package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"portico"
	"portico/internal/web/ui"
)

const recoveryPath = "/account/recovery-codes"

func (s *Server) recoveryCodesPage(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	rec, err := s.Auth.Recovery(r.Context(), ses)
	if err != nil {
		return err
	}
	return s.show(w, ui.RecoveryCodesPage{
		Layout: s.layout(r, "Recovery codes", "/account"), Codes: rec.Codes, Left: rec.Left,
		Few: rec.Left <= portico.RecoveryWarning, Unsaved: rec.Unsaved, TwoFactor: ses.User.TwoFactor, Next: nextOf(r.URL),
	})
}

func (s *Server) recoveryCodesRenew(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	err = s.Auth.RenewRecovery(r.Context(), session(r))
	if err != nil && !portico.Conflict.Is(err) { // disabled in the meantime: the page says so
		return err
	}
	return redirect(w, r, leadingTo(recoveryPath, localPath(f.text("next"))), "")
}

// recoveryCodesFile sends the recovery codes as a text file while they are
// still shown. The file is named after the customer and the login ID.
func (s *Server) recoveryCodesFile(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	rec, err := s.Auth.Recovery(r.Context(), ses)
	if err != nil {
		return err
	}
	if len(rec.Codes) == 0 {
		return redirect(w, r, recoveryPath, "recovery-over")
	}
	name := fileName(ses.Customer.Name+" "+ses.User.LoginID) + "-recovery-codes.txt"
	w.Header().Set("Content-Disposition", `attachment; filename="recovery-codes.txt"; filename*=UTF-8''`+url.PathEscape(name))
	return plain(w, s.text(r, "Recovery codes of {0} for {1} ({2})", ses.User.LoginID, ses.Customer.Name, s.BaseURL.String())+"\r\n"+
		s.text(r, "Each works once, in place of your authenticator.")+"\r\n\r\n"+strings.Join(rec.Codes, "\r\n")+"\r\n")
}

// maxFileName is how many bytes of a name go into the name of a file: file
// systems take 255, with the ending.
const maxFileName = 200

// fileName returns a name in the form of a part of a file's name: without
// spaces, and without the signs that divide a path.
func fileName(name string) string {
	name = strings.NewReplacer("/", "-", "\\", "-").Replace(strings.Join(strings.Fields(name), "-"))
	for len(name) > maxFileName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

func (s *Server) recoveryCodesSaved(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.Auth.RecoverySaved(r.Context(), session(r)); err != nil {
		return err
	}
	if next := localPath(f.text("next")); next != "" {
		return redirect(w, r, s.pageOf(r, next), "")
	}
	return redirect(w, r, "/account", "recovery-saved")
}
