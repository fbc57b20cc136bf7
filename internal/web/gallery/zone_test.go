package gallery

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"portico/internal/web/ui"
)

var timesOnPages = regexp.MustCompile(`<time [^>]*>[^<]*</time>`)

// TestTimesAreTheReaders checks that each time on each page passes through
// Layout.Local: in a zone that is known, none is in UTC.
func TestTimesAreTheReaders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	pages, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	local := regexp.MustCompile(`^<time datetime="[^"]+Z" title="\d+ \w+ \d{4}, \d\d:\d\d(:\d\d)? UTC">\d+ \w+ \d{4}, \d\d:\d\d(:\d\d)?</time>$`)
	seen := 0
	for _, s := range Variants() {
		page := reflect.New(reflect.TypeOf(s.Content)).Elem()
		page.Set(reflect.ValueOf(s.Content))
		page.FieldByName("Zone").Set(reflect.ValueOf(tokyo))
		b, err := pages.Render(page.Interface().(ui.Page))
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range timesOnPages.FindAllString(string(b), -1) {
			seen++
			if !local.MatchString(shown) {
				t.Errorf("%s: %s is not in the reader's zone", s.Path(), shown)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d times were seen", seen)
	}
}
