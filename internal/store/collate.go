package store

import (
	"bytes"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// maxSortKey limits a sort key, because PostgreSQL does not index rows of more
// than 2,704 bytes. Longer texts that begin alike are sorted by their IDs.
const maxSortKey = 400

// collator is a collator with the buffer for its keys. Neither may be used by
// two goroutines at once.
type collator struct {
	*collate.Collator
	collate.Buffer
}

// collators holds collators for the root order of Unicode, which suits all
// languages together: letters with marks stand beside those without.
var collators = sync.Pool{New: func() any { return &collator{Collator: collate.New(language.Und)} }}

// collationKey returns the sort key of a text: keys compare byte by byte as
// their texts do in the root order. It is never empty. If golang.org/x/text
// changes the order, people have to be indexed again, as migration 21 does.
func collationKey(text string) []byte {
	c := collators.Get().(*collator)
	defer collators.Put(c)
	c.Reset()
	key := c.KeyFromString(&c.Buffer, text)
	// The key consists of the letters, 0 0, the marks, 0 0, and the cases. Each
	// mark takes two bytes and each case one, and almost all of them are the
	// smallest ones. Leaving those out at the end changes no order.
	letters := 0
	for key[letters] != 0 || key[letters+1] != 0 {
		letters += 2
		if key[letters-2]&0x80 != 0 { // three bytes, as those of Chinese
			letters++
		}
	}
	marks := letters + 2
	for key[marks] != 0 || key[marks+1] != 0 {
		marks += 2
	}
	small := key[:letters+2] // shortened in place
	small = append(small, trimmed(key[letters+2:marks], []byte{0, 0x20})...)
	if cases := trimmed(key[marks+2:], []byte{2}); len(cases) > 0 {
		small = append(append(small, 0, 0), cases...)
	}
	return bytes.Clone(small[:min(len(small), maxSortKey)])
}

// trimmed returns weights without the smallest one at their end.
func trimmed(weights, smallest []byte) []byte {
	for bytes.HasSuffix(weights, smallest) {
		weights = weights[:len(weights)-len(smallest)]
	}
	return weights
}

// CompareNames compares two names as lists sort them.
func CompareNames(a, b string) int { return bytes.Compare(collationKey(a), collationKey(b)) }
