package web_test

import (
	"testing"
	"time"
)

// TestC10_SlowlorisTimeout checks the time limits for header, body and
// response.
func TestC10_SlowlorisTimeout(t *testing.T) {
	s := newCast(t).Web.HTTP()
	for name, d := range map[string]time.Duration{
		"header": s.ReadHeaderTimeout, "body": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout,
	} {
		if d <= 0 || d > 2*time.Minute {
			t.Errorf("%s: %v", name, d)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("header of %d bytes", s.MaxHeaderBytes)
	}
}
