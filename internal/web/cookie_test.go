package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestC17_CookieFlags checks that cookies are bound to the host and to TLS if
// the base URL is https.
func TestC17_CookieFlags(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := &Server{secure: secure}
		w := httptest.NewRecorder()
		s.setCookie(w, sessionCookie, "token")
		s.setCookie(w, sessionCookie, "")
		for i, c := range w.Result().Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure ||
				strings.HasPrefix(c.Name, "__Host-") != secure || (c.MaxAge < 0) != (i == 1) || c.MaxAge > 0 {
				t.Errorf("secure %v: %s", secure, c)
			}
		}
		h := headers(secure)
		if (h.Get("Strict-Transport-Security") != "") != secure {
			t.Errorf("secure %v: HSTS %q", secure, h.Get("Strict-Transport-Security"))
		}
	}
}

// TestNoticesComeFromHereAlone checks that links on other sites show no notice.
func TestNoticesComeFromHereAlone(t *testing.T) {
	for site, want := range map[string]string{"": "deleted", "same-origin": "deleted", "cross-site": "", "same-site": "", "none": ""} {
		r := httptest.NewRequest(http.MethodGet, "/account?done=deleted", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		if got := flashKey(r); got != want {
			t.Errorf("%q: %q, want %v", site, got, want)
		}
	}
}
