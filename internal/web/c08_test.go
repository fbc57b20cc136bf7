package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestC08_ClientTimeIgnored checks that nothing in a request sets the time.
func TestC08_ClientTimeIgnored(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 20)
	b := c.pend(c.user)
	form := url.Values{"code": {code}, "time": {c.Clock.Now().Add(10 * time.Minute).Format(time.RFC3339)}, "timestamp": {"99999999999"}}
	r, err := http.NewRequest("POST", c.URL+"/login/code", strings.NewReader(form.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Date", c.Clock.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
	if p := b.Do(r); p.Status != 422 || in(b) {
		t.Errorf("%d", p.Status)
	}
}

// TestC08_ClockJumpBackDoesNotReopen checks that setting the clock back reopens
// neither the used time step nor those before it.
func TestC08_ClockJumpBackDoesNotReopen(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	c.asWith(c.user, key)
	for range 3 {
		c.Clock.Advance(-30 * time.Second)
		b := c.pend(c.user)
		if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != 422 || in(b) {
			t.Errorf("%s: %d", c.Clock.Now(), p.Status)
		}
	}
}
