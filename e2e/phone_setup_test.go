package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"portico/internal/locale"
)

// TestSetUpOnAPhone checks that the set-up on a phone begins with the app on that
// phone, names apps, has the field for the code on its first screen, and the QR code behind a
// link, for another device. A large screen shows the QR code at once.
func TestSetUpOnAPhone(t *testing.T) {
	t.Parallel()
	b := browse(t, galleryPages(t, locale.English), noScript)
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
	for _, app := range []string{"Google Authenticator", "Cisco Duo", "Microsoft Authenticator"} {
		b.reads(app)
	}
	if b.slider() != "false" {
		t.Error("before the code is accepted: got the switch on, want it off")
	}
	b.click("link", "Show the QR code for another device")
	b.find("image", "QR code")
	const inView = `(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector("#qr").getBoundingClientRect()) + ""`
	if b.eval(inView) != "true" {
		t.Error("the QR code that was asked for: got it outside of the screen, want all of it in view")
	}

	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 900, DeviceScaleFactor: 1})
	b.open("/account/set-up")
	b.find("image", "QR code")
	if b.has("link", "Show the QR code for another device") {
		t.Error("on a large screen: got a link to the QR code, want the QR code alone")
	}
}
