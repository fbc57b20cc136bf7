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

// TestC09_ApplicationsGetNoForgedAddress checks that the supplied configurations
// pass on to another application no address that a client has written. nginx
// drops all inherited headers in a block that sets one.
func TestC09_ApplicationsGetNoForgedAddress(t *testing.T) {
	for file, want := range map[string][]string{
		"nginx.conf": {
			`proxy_set_header X-Forwarded-For $remote_addr;`, `proxy_set_header X-Real-IP $remote_addr;`, `proxy_set_header Forwarded "";`,
			`proxy_set_header Host $http_host;`, `proxy_pass http://127.0.0.1:9000;`,
		},
		"Caddyfile": {`header_up X-Real-IP {remote_host}`, `header_up -Forwarded`, `reverse_proxy 127.0.0.1:9000`},
	} {
		b, err := os.ReadFile("../../packaging/" + file)
		must(t, err)
		block := regexp.MustCompile(`(?s)(location|handle) /application/.*?\n\t}\n`).Find(b)
		for _, line := range want {
			if !strings.Contains(string(block), line) {
				t.Errorf("%s: the block of the other application lacks %s:\n%s", file, line, block)
			}
		}
		if strings.Contains(string(block), "proxy_add_x_forwarded_for") || strings.Contains(string(b), "trusted_proxies") {
			t.Errorf("%s: the other application gets what the client has written:\n%s", file, block)
		}
	}
}
