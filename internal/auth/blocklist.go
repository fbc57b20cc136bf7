package auth

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

// common is the list of common passwords, one a line in byte order. It is
// unpacked at its first use: a start should not wait for it.
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

// isCommon reports whether a lower-case word is in the list.
func isCommon(word string) bool {
	list := common()
	// Binary search over bytes: each probe backs up to the beginning of its
	// line, so that no index is kept in memory.
	i := sort.Search(len(list), func(i int) bool {
		return string(lineAt(list, i)) >= word
	})
	return i < len(list) && string(lineAt(list, i)) == word
}

// lineAt is the line that byte i is in.
func lineAt(list []byte, i int) []byte {
	start := bytes.LastIndexByte(list[:i], '\n') + 1
	end := bytes.IndexByte(list[i:], '\n')
	if end < 0 {
		return list[start:]
	}
	return list[start : i+end]
}
