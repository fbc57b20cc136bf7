package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// TestSetUpOnAPhone checks that the set-up on a phone begins with the app on that
// phone, has the field for the code on its first screen, and the QR code behind a
// link, for another device. A large screen shows the QR code at once.
func TestSetUpOnAPhone(t *testing.T) {
	t.Parallel()
	b := browse(t, galleryPages(t), noScript)
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 375, Height: 667, DeviceScaleFactor: 1})
	b.open("/account/set-up")
	if b.has("image", "QR code") {
		t.Error("on a phone: got the QR code at once, want it behind a link")
	}
	const tops = `["a[href^=otpauth]", "#setup-key", "#code", "[href='#qr']"].map(s => document.querySelector(s).getBoundingClientRect().top)`
	if got := b.eval(tops + `.every((top, i, all) => i === 0 || all[i - 1] < top) + ""`); got != "true" {
		t.Errorf("app, key, code and other device from top to bottom: got %s, want them in this order", b.eval(tops+`.join(" ")`))
	}
	if got := b.eval(`(document.querySelector("#code").getBoundingClientRect().bottom <= 667) + ""`); got != "true" {
		t.Errorf("field for the code: got its lower edge at %s px, want it on the first screen of 667", b.eval(`document.querySelector("#code").getBoundingClientRect().bottom + ""`))
	}
	b.click("link", "Use another device")
	b.find("image", "QR code")

	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 900, DeviceScaleFactor: 1})
	b.open("/account/set-up")
	b.find("image", "QR code")
	if b.has("link", "Use another device") {
		t.Error("on a large screen: got \"Use another device\", want the QR code alone")
	}
}
