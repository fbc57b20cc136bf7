package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// browser is the browser of all tests: starting one takes longer than most of what
// a test does with it. Each tab has cookies, storage and a cache of its own.
var browser struct {
	sync.Mutex
	ctx context.Context // nil until a test needs it
	end func() error
}

// TestMain closes the browser after the last test.
func TestMain(m *testing.M) {
	code := m.Run()
	if browser.end != nil {
		if err := browser.end(); err != nil {
			fmt.Fprintln(os.Stderr, "closing the browser:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// started returns the browser, which the first call starts.
func started(t *testing.T) context.Context {
	t.Helper()
	browser.Lock()
	defer browser.Unlock()
	if browser.ctx != nil {
		return browser.ctx
	}
	dir, err := os.MkdirTemp("", "browser") // outlives the test
	must(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(dir),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true))
	allocated, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(allocated)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	browser.ctx, browser.end = ctx, func() error {
		err := chromedp.Cancel(ctx)
		endBrowser()
		endAllocator()
		return errors.Join(err, os.RemoveAll(dir))
	}
	return ctx
}

// chromium returns the path of the browser, which the Makefile installs.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("the journeys need Chromium: apt-get install chromium")
	return ""
}
