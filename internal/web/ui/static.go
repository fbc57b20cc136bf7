package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed static
var static embed.FS

// file is one static file. Its address contains the hash of its content, so
// browsers may cache it for ever: a changed file has another address.
type file struct {
	kind  string
	plain []byte
	small func() []byte // gzip, compressed at first use
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// addresses maps the names of the static files to their addresses, and files
// maps the addresses to the files.
var addresses, files = readStatic()

func readStatic() (map[string]string, map[string]*file) {
	addresses, files := map[string]string{}, map[string]*file{}
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		panic(fmt.Errorf("the embedded static files: %w", err))
	}
	for _, e := range entries {
		b, err := fs.ReadFile(static, "static/"+e.Name())
		if err != nil {
			panic(fmt.Errorf("the embedded static files: %w", err))
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(e.Name())
		address := "/static/" + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:4]) + ext
		addresses[e.Name()] = address
		files[address] = &file{kind: kinds[ext], plain: b, small: sync.OnceValue(func() []byte { return compress(b) })}
	}
	return addresses, files
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return b
	}
	// Writing to memory does not fail.
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// asset returns the address of a static file.
func asset(name string) (string, error) {
	if a := addresses[name]; a != "" {
		return a, nil
	}
	return "", fmt.Errorf("there is no static file %q", name)
}

// Stylesheet returns the address at which Static serves the stylesheet of the pages.
func Stylesheet() string { return addresses["app.css"] }

// Static serves the static files to everybody. missing answers for other addresses.
func Static(missing http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := files[r.URL.Path]
		if f == nil {
			missing(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := f.plain
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.small()
		}
		_, _ = w.Write(body) // the client may have gone
	})
}
