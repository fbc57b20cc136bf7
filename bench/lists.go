package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// lists compares the list of people, its searches and filters in a large portal
// with those in a small one, in turns.
func (b *bench) lists(small, large *portal, rounds int) error {
	const list = "/administration/access"
	for _, page := range []struct{ what, path string }{
		{"list of people, first page", list},
		{"next page", list + " next"},
		{"search that finds one", list + "?q=user0000123"},
		{"search that finds some (first and last name)", list + "?q=ann+adams0"},
		{"search that finds very many (a domain)", list + "?q=acme"},
		{"2FA enabled", list + "?filter=2fa-enabled"},
		{"suspended, by last log-in", list + "?filter=suspended&sort=last-login"},
		{"by login ID, downwards", list + "?sort=login-id&desc=1"},
		{"audit log", "/administration/audit"},
		{"CSV of a search", list + ".csv?q=user0000123"},
		{"start page", "/"},
	} {
		paths := [2]string{page.path, page.path}
		for i, p := range []*portal{small, large} {
			if first, is := strings.CutSuffix(page.path, " next"); is {
				var err error
				if paths[i], err = p.nextPage(first); err != nil {
					return err
				}
			}
		}
		var times [2][]time.Duration
		for range rounds {
			for i, p := range []*portal{small, large} {
				took, _, err := p.get(paths[i])
				if err != nil {
					return err
				}
				times[i] = append(times[i], took)
			}
		}
		few, many := median(times[0]), median(times[1])
		ratio := b.add("%s: many people over 1,000", page.what).most(float64(many)/float64(few), "times", 1.5)
		ratio.detail = fmt.Sprintf("%s and %s", few.Round(time.Microsecond), many.Round(time.Microsecond))
		if page.path == list {
			b.add("list of 50 people, the whole request").most(float64(many)/1e6, "ms", 2)
		}
	}
	return b.everybody(large, list+".csv")
}

// everybody measures the export of everybody.
func (b *bench) everybody(p *portal, path string) error {
	if err := p.forgetMost(); err != nil {
		return err
	}
	before, err := p.memory("VmRSS")
	if err != nil {
		return err
	}
	took, file, err := p.get(path)
	if err != nil {
		return err
	}
	most, err := p.memory("VmHWM")
	rows := bytes.Count(file, []byte("\n")) - 1
	b.add("CSV of all %d people, a row", rows).is(float64(took.Microseconds())/float64(rows), "us").
		with("%v in all; memory %.0f MiB before, %.0f at most", round(took), before, most)
	return err
}

// nextPage returns the address of the "Next" link.
func (p *portal) nextPage(path string) (string, error) {
	_, body, err := p.get(path)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindSubmatch(body)
	if m == nil {
		return "", fmt.Errorf("%s has no next page", path)
	}
	return strings.ReplaceAll(string(m[1]), "&amp;", "&"), nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
