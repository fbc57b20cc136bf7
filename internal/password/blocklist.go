package password

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the list of common passwords
	"fmt"
	"io"
	"sort"
	"sync"
)

//go:embed blocklist/common.txt.gz
var commonGzip []byte

// common returns the list of common passwords, one per line in byte order. It
// decompresses the list on first use, to keep the start of the program fast.
var common = sync.OnceValue(func() []byte {
	r, err := gzip.NewReader(bytes.NewReader(commonGzip))
	if err != nil {
		panic(fmt.Errorf("the embedded list of common passwords: %w", err))
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic(fmt.Errorf("the embedded list of common passwords: %w", err))
	}
	return b
})

// isCommon reports whether the list contains a lower-case word.
func isCommon(word string) bool {
	list := common()
	// Binary search over bytes: each probe moves back to the start of its line.
	// This needs no index in memory.
	i := sort.Search(len(list), func(i int) bool {
		return string(lineAt(list, i)) >= word
	})
	return i < len(list) && string(lineAt(list, i)) == word
}

// lineAt returns the line that contains byte i.
func lineAt(list []byte, i int) []byte {
	start := bytes.LastIndexByte(list[:i], '\n') + 1
	end := bytes.IndexByte(list[i:], '\n')
	if end < 0 {
		return list[start:]
	}
	return list[start : i+end]
}
