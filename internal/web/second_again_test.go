package web

import (
	"errors"
	"net/http/httptest"
	"testing"

	"portico"
)

// TestFailedSecondStepIsNoExpiry checks that a failure at the second step is
// returned, to be logged, even if the pending login has expired meanwhile.
func TestFailedSecondStepIsNoExpiry(t *testing.T) {
	gone, disk := portico.E(portico.Gone, "Log in again."), errors.New("disk I/O error")
	for name, c := range map[string]struct{ err, pageErr error }{
		"the attempt failed": {disk, gone},
		"the page failed":    {gone, disk},
	} {
		w := httptest.NewRecorder()
		err := (&Server{}).secondAgain(w, httptest.NewRequest("POST", "/login/code", nil), c.err, c.pageErr, nil)
		if !errors.Is(err, disk) || w.Code == 303 {
			t.Errorf("%s: got status %d and error %v, want the error of the disk", name, w.Code, err)
		}
	}
}
