package config

import (
	"fmt"
	"testing"
)

// TestTrustedProxies checks how lists of addresses and networks may be written.
func TestTrustedProxies(t *testing.T) {
	for given, want := range map[string]string{
		"127.0.0.1":                     "[127.0.0.1/32]",
		"::1":                           "[::1/128]",
		"10.0.0.0/8, 192.168.1.5":       "[10.0.0.0/8 192.168.1.5/32]",
		" 10.1.2.3/8 ,\t2001:db8::/32 ": "[10.0.0.0/8 2001:db8::/32]",
		"10.0.0.1 10.0.0.2":             "[10.0.0.1/32 10.0.0.2/32]",
		"10.0.0.1,\n10.0.0.2,":          "[10.0.0.1/32 10.0.0.2/32]",
		"::ffff:10.0.0.0/104":           "[10.0.0.0/8]",
		"::ffff:10.0.0.5":               "[10.0.0.5/32]",
		"":                              "[]",
		" , ":                           "[]",
		"nowhere":                       "error",
		"10.0.0.0/33":                   "error",
		"fe80::1%eth0":                  "error",
		"10.0.0.1:80":                   "error",
		"10.0.0.0/8;10.0.0.1":           "error",
	} {
		networks, err := Transport{TrustedProxy: []string{given}}.Proxies()
		got := fmt.Sprint(networks)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("--trusted-proxy %q: %s, want %s", given, got, want)
		}
	}
	public, base := Listen{Listen: "0.0.0.0:8080"}, Config{}
	if err := (Transport{TrustedProxy: []string{" "}}).Fits(public, base); err == nil {
		t.Error("an empty list of proxies allows clear text")
	}
}
