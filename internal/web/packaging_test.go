package web_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"portico/internal/web"
)

// TestC16_ProxiesLogNoLinks checks that the supplied configurations for nginx
// and Caddy keep every address with a one-time link out of their logs.
func TestC16_ProxiesLogNoLinks(t *testing.T) {
	for file, pattern := range map[string]string{
		"nginx.conf": `location ~\* (\^/\S+/) \{\s+access_log off;\s+error_log /dev/null;`,
		"Caddyfile":  `request>uri regexp \(\?i\)(\^\S+/)\.\* `,
	} {
		b, err := os.ReadFile("../../packaging/" + file)
		must(t, err)
		found := regexp.MustCompile(pattern).FindSubmatch(b)
		if found == nil {
			t.Fatalf("%s keeps nothing out of its log", file)
		}
		kept := regexp.MustCompile("(?i)" + string(found[1]))
		links := 0
		for _, r := range web.RouteTable() {
			_, path, _ := strings.Cut(r.Pattern, " ")
			if is := strings.Contains(path, "{token}"); is != kept.MatchString(path) {
				t.Errorf("%s: %s is kept out of the log: %v", file, path, !is)
			} else if is {
				links++
			}
		}
		if links < 10 {
			t.Errorf("only %d routes with links", links)
		}
	}
}
