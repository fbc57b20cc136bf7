package e2e

import (
	"context"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"portico"
	"portico/internal/customers"
	"portico/internal/porticotest"
)

// TestLongestEntries checks that the QR codes of the longest names can be read
// from a screen of 320 pixels, in light and dark, and that the page names the
// entry as an app shows it.
func TestLongestEntries(t *testing.T) {
	t.Parallel()
	p := portal(t)
	entries := []struct{ name, brand, loginID, issuer string }{
		{"Smith", "Smith & Partners LLP", "maintenance-operator-north-01", "Smith & Partners LLP"},
		{"Smith & Sons", "Ministry of Agriculture, Fisheries, Food & Rural Affairs UK.", strings.Repeat("operator", 8), "Ministry of Agriculture, Fisheries, Food & Rural Affairs UK."},
		{strings.Repeat("Association ", 8) + "Ltd.", "", strings.Repeat("w", 64), strings.Repeat("Association ", 8) + "Ltd."},
		{"Müller", "Gesellschaft für Öffentliche Wärmeversorgung Württemberg mbH", strings.Repeat("ü", 64), "Gesellschaft für Öffentliche Wärmeversorgung Württemberg mbH"},
		{"Vostok", "Общество с ограниченной ответственностью «Восточная связь»", "иван-петров-отдел-закупок", "Общество с ограниченной"},
		{"Higashi", "株式会社東日本情報通信基盤整備機構総合研究所中央管理部門", strings.Repeat("田", 64), "株式会社東日本情報通信基"},
	}
	for i, e := range entries {
		c := p.Customer("customer-"+string(rune('a'+i)), e.name)
		must(t, p.Customers.SaveBranding(t.Context(), portico.CommandLine(), c.ID, customers.Branding{Name: e.name, Brand: e.brand}))
		_, err := p.Users.Create(t.Context(), portico.CommandLine(), c.ID, portico.User{
			LoginID: e.loginID, FirstName: "Ann", LastName: "Tester", Email: "ann@example.com", Role: portico.RoleUser,
		}, porticotest.Password)
		must(t, err)
	}
	for _, e := range entries {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			b := browse(t, p, look{width: 320})
			b.login(e.loginID, porticotest.Password, "")
			b.open("/account")
			b.follow("switch", "Two Factor Authentication")
			for name, dark := range map[string]bool{"light": false, "dark": true} {
				b.dress(look{width: 320, dark: dark})
				b.entry(name+" "+e.name, e.loginID, e.issuer)
			}
		})
	}
}

// entry fails unless the QR code of the set-up can be read from a screen of 320
// pixels, of usual density and of twice that, and the page names the entry as an
// app shows it.
func (b *tab) entry(what, loginID, issuer string) {
	b.t.Helper()
	for scale, density := range []float64{1, 2} {
		call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 900, DeviceScaleFactor: density})
		uri := b.qrCode("longest " + what + " " + string(rune('1'+scale)))
		u, err := url.Parse(uri)
		b.must(err)
		if want := "/" + issuer + ":" + loginID; u.Path != want || u.Query().Get("issuer") != issuer {
			b.t.Errorf("%s: the QR code says %s, issuer %s; want %s", what, u.Path, u.Query().Get("issuer"), want)
		}
	}
	if over := b.eval(tooWide); over != "0" && !strings.HasPrefix(over, "-") {
		b.t.Errorf("%s: the page is %s px too wide", what, over)
	}
	if shown, want := b.eval(`document.querySelector(".steps li:last-child").innerHTML`), "<b>"+html.EscapeString(issuer)+"</b>, "+loginID+"."; !strings.HasSuffix(shown, want) {
		b.t.Errorf("%s: the page says %q; want the entry as apps show it, %q", what, shown, want)
	}
}

// TestCodeSendsItself checks that the script sends a code at its sixth digit,
// in any script and with any separators.
func TestCodeSendsItself(t *testing.T) {
	t.Parallel()
	p := portal(t)
	c := p.Customer("acme", "Acme Telecom")
	u := p.User(c.ID, "dmitri", portico.RoleUser)
	key := p.Enrol(u)
	for name, as := range map[string]struct {
		zero    rune
		between string
	}{
		"full-width": {'０', "\u3000"}, "Arabic-Indic": {'٠', "\u202f"}, "Devanagari": {'०', "\u200b"},
		"mathematical": {'𝟎', "–"}, "marks": {'0', ".,'’`·•․‧∙⋅。．｡・･،٫٬，、﹒﹐−˗⁃_"}, "invisible": {'0', "\ufeff\u2060\ufe0f\u00ad"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Clock.Advance(30 * time.Second)
			b := browse(t, p, desktop)
			b.login("dmitri", porticotest.Password, "")
			var typed strings.Builder
			for i, d := range p.Code(key, 0) {
				if i == 3 {
					typed.WriteString(as.between)
				}
				typed.WriteRune(as.zero + d - '0')
			}
			call(b, dom.Focus, dom.FocusParams{BackendNodeID: b.find("textbox", "Enter the code here")})
			_, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, func() chromedp.Action[chromedp.Void] {
				return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
					_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: typed.String()})
					return chromedp.Void{}, err
				}
			}()))
			must(t, err)
			b.reads("Hello Dmitri")
		})
	}
}
