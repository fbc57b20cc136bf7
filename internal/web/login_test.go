package web_test

import (
	"testing"

	"portico/internal/porticotest"
)

func TestLoginIDIsFoundWithoutRegardToCase(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, id := range []string{"ULLA", " ulla ", "ｕｌｌａ"} {
		if p := c.Client().Login(id, porticotest.Password, ""); !p.Has("Hello Ulla") {
			t.Errorf(`%q: %s, want the text "Hello Ulla"`, id, p.Text())
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHealth(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if p := c.Client().Get(path); p.Status != 200 {
			t.Errorf("%s: %d, want status 200", path, p.Status)
		}
	}
}
