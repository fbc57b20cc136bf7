package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"portico/internal/locale"
)

// pictures maps the images of the guides to pages of the gallery.
var pictures = map[string]string{
	"login": "/login/with-passkeys", "account-set-up": "/account/set-up", "account-recovery-codes": "/account/recovery-codes",
	"account-authenticators": "/account/an-app-and-a-passkey", "user": "/user/with-sessions,-events-and-a-request",
	"access": "/access/many-people", "import": "/import-file/what-would-happen", "policy-preview": "/policy-preview/whom-it-would-stop",
	"delete-setup": "/ask/delete-2fa-setup", "reset": "/reset/who-is-calling", "customer": "/customer/active",
}

// TestPictures takes the images of the guides from the present pages. It stores
// them in the directory that PORTICOTEST_PICTURES names, or in a temporary one.
func TestPictures(t *testing.T) {
	t.Parallel()
	pages := galleryPages(t, locale.English)
	dir := os.Getenv("PORTICOTEST_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	b := browse(t, pages, desktop)
	for name, path := range pictures {
		b.open(path)
		if b.eval(`String(!!document.querySelector("main"))`) != "true" {
			t.Errorf("nothing is shown at %s", path)
			continue
		}
		width, height := int64(1280), int64(740)
		if name == "login" {
			width, height = 640, 560
		}
		call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		b.must(err)
		b.must(os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
	}
}
