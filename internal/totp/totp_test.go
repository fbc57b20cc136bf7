package totp

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

var rfcKey = []byte("12345678901234567890")

func TestC08_RFC4226VectorsAll(t *testing.T) {
	want := strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489")
	for counter, code := range want {
		if got := Code(rfcKey, int64(counter)); got != code {
			t.Errorf("counter %d: %s, want %s", counter, got, code)
		}
	}
}

func TestC08_RFC6238VectorsAll(t *testing.T) {
	for at, code := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		step := Step(time.Unix(at, 0))
		if got := hotp(rfcKey, uint64(step), 8); got != code {
			t.Errorf("%d: %s, want %s", at, got, code)
		}
		if got := Code(rfcKey, step); got != code[2:] {
			t.Errorf("%d: %s, want %s", at, got, code[2:])
		}
	}
}

func TestC08_WindowEdges(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(0, int64(s*1e9)) }
	for _, c := range []struct {
		seconds float64
		step    int64
	}{{0, 0}, {29.999, 0}, {30, 1}, {59.999, 1}, {60, 2}, {-0.5, -1}} {
		if got := Step(at(c.seconds)); got != c.step {
			t.Errorf("%v s: step %d, want %d", c.seconds, got, c.step)
		}
	}
	now := at(3000)
	for off, want := range map[int64]Verdict{-2: Refused, -1: Accepted, 0: Accepted, 1: Accepted, 2: Refused} {
		if got := Verify(rfcKey, Code(rfcKey, 100+off), now, 1, 0); got.Verdict != want {
			t.Errorf("step %+d with skew 1: %v, want %v", off, got.Verdict, want)
		}
	}
	if got := Verify(rfcKey, Code(rfcKey, 101), now, 0, 0); got.Verdict != Refused {
		t.Error("skew 0 takes a neighbouring step")
	}
}

func TestC08_Year2038And2286(t *testing.T) {
	for _, year := range []int{2038, 2286, 9999} {
		now := time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC)
		if got := Verify(rfcKey, Code(rfcKey, now.Unix()/30), now, 0, 0); got != (Result{Accepted, now.Unix() / 30}) {
			t.Errorf("Verify(rfcKey, Code(rfcKey, now.Unix()/30), now, 0, 0): got in %d: %+v, want (Result{Accepted, now.Unix() / 30})", year, got)
		}
	}
}

func TestC08_SecretLengthAndUniqueness(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		key := NewKey()
		if len(key) != 20 || len(Encode(key)) != 32 || seen[string(key)] {
			t.Fatalf("key of %d bytes, seen before: %v", len(key), seen[string(key)])
		}
		seen[string(key)] = true
	}
}

func TestC07_UsedStepsAreUsed(t *testing.T) {
	now := time.Unix(3000, 0)
	for last, want := range map[int64]Verdict{98: Accepted, 99: Accepted, 100: Used, 101: Used} {
		if got := Verify(rfcKey, Code(rfcKey, 100), now, 1, last).Verdict; got != want {
			t.Errorf("after step %d: %v, want %v", last, got, want)
		}
	}
}

func TestC06_AnyWrongCodeRejected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "now"), 0)
		key := rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "key")
		near := []byte(Code(key, Step(now)))
		digit := &near[rapid.IntRange(0, Digits-1).Draw(t, "digit")]
		*digit = '0' + (*digit-'0'+1)%10
		for _, code := range []string{rapid.StringMatching(`[0-9]{6}`).Draw(t, "code"), string(near)} {
			right := false
			for off := int64(-1); off <= 1; off++ {
				right = right || Code(key, Step(now)+off) == code
			}
			if got := Verify(key, code, now, 1, -1<<40).Verdict == Accepted; got != right {
				t.Fatalf("accepted %v, right %v", got, right)
			}
		}
	})
}

func TestRefusesWhatIsInDoubt(t *testing.T) {
	now := time.Unix(3000, 0)
	code := Code(rfcKey, 100)
	for name, r := range map[string]Result{
		"short key": Verify(rfcKey[:15], Code(rfcKey[:15], 100), now, 1, 0),
		"no key":    Verify(nil, Code(nil, 100), now, 1, 0),
		"skew 2":    Verify(rfcKey, code, now, 2, 0),
		"skew -1":   Verify(rfcKey, code, now, -1, 0),
		"no code":   Verify(rfcKey, "", now, 1, 0),
		"long code": Verify(rfcKey, code+"0", now, 1, 0),
	} {
		if r.Verdict != Refused {
			t.Errorf("%s: %v, want r.Verdict %v", name, r.Verdict, Refused)
		}
	}
}

func TestDrift(t *testing.T) {
	now := time.Unix(30000, 0)
	for _, off := range []int64{-20, -2, 2, 20} {
		if got, found := Drift(rfcKey, Code(rfcKey, 1000+off), now); !found || got != time.Duration(off)*Period {
			t.Errorf("%+d steps: %v %v", off, got, found)
		}
	}
	for _, off := range []int64{-21, 0, 1, 21} {
		if _, found := Drift(rfcKey, Code(rfcKey, 1000+off), now); found {
			t.Errorf("%+d steps are no drift to tell of", off)
		}
	}
}

func TestParseCode(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", "123 456": "123456", "123-456": "123456", " 123456\n": "123456", "1 2 3 4 5 6": "123456",
		"１２３４５６": "123456", "١٢٣٤٥٦": "123456", "۱۲۳۴۵۶": "123456", "१२३४५६": "123456", "১২৩৪৫৬": "123456", "๑๒๓๔๕๖": "123456",
		"𝟏𝟐𝟑𝟒𝟓𝟔": "123456", "𝟷𝟸𝟹𝟺𝟻𝟼": "123456", "𞥑𞥒𞥓𞥔𞥕𞥖": "123456", "12३٤５6": "123456",
		"123\u00a0456": "123456", "123\u2009456": "123456", "123\u202f456": "123456", "123\u3000456": "123456", "123\t456": "123456", "123\u2028456": "123456",
		"123.456": "123456", "123·456": "123456", "123•456": "123456", "123,456": "123456", "123'456": "123456", "123’456": "123456", "123_456": "123456", "１２３．４５６": "123456",
		"123‐456": "123456", "123‑456": "123456", "123–456": "123456", "123—456": "123456", "123−456": "123456", "123－456": "123456", "123⁃456": "123456",
		"\u200e123456\u200f": "123456", "123\u200b456": "123456", "123\u2060456": "123456", "\ufeff123456": "123456", "\u2066123456\u2069": "123456", "123\u00ad456": "123456", "1\ufe0f23456": "123456",
		"": "", "12345": "", "1234567": "", "12345a": "", "+12345": "", "+123456": "", "123\x00456": "", "123456\x7f": "", "１２３４５": "", "１２３４５６７": "", "123456٧": "",
		"12345\u00b2": "", "Ⅻ3456": "", "①23456": "", "12345六": "", "12345O": "", "12345\xff": "", "123456\ufffd": "", "123456!": "", "#123456": "", "1e5456": "", "\u200b": "", "------": "",
	} {
		if got, ok := ParseCode(typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", typed, got, ok, want)
		}
	}
}

// TestScriptSeparatesAlike checks that the script of the pages, which sends a
// code at its sixth digit, drops what ParseCode drops. TestCodeSendsItself in
// package e2e runs it.
func TestScriptSeparatesAlike(t *testing.T) {
	script, err := os.ReadFile("../web/ui/static/app.js")
	if err != nil {
		t.Fatal(err)
	}
	const categories = `[\p{White_Space}\p{Z}\p{Pd}\p{Pc}\p{Pi}\p{Pf}\p{Cf}\p{Default_Ignorable_Code_Point}`
	if want := categories + marks + "]/gu"; !strings.Contains(string(script), want) {
		t.Errorf("app.js has no %s", want)
	}
}

// TestEveryDecimalDigit checks that each decimal digit of Unicode has the value
// that its place among its ten gives it.
func TestEveryDecimalDigit(t *testing.T) {
	var scripts int
	try := func(lo, hi, stride rune) {
		if stride != 1 || (hi-lo+1)%10 != 0 {
			t.Fatalf("the digits from %U to %U are not in tens, one beside the other", lo, hi)
		}
		for zero := lo; zero <= hi; zero += 10 {
			scripts++
			for first := range rune(5) {
				var typed []rune
				want := ""
				for d := first; d < first+6; d++ {
					typed, want = append(typed, zero+d), want+string('0'+d)
				}
				if got, _ := ParseCode(string(typed)); got != want {
					t.Errorf("%s from %U: %q, want %q", string(typed), zero, got, want)
				}
			}
		}
	}
	for _, r := range unicode.Nd.R16 {
		try(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range unicode.Nd.R32 {
		try(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	if scripts < 60 {
		t.Errorf("%d scripts, want all that Unicode has", scripts)
	}
}

func TestGroups(t *testing.T) {
	if got := Groups(rfcKey); got != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Errorf(`Groups(rfcKey): got %v, want "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"`, got)
	}
}

func TestC26_OtpauthInjection(t *testing.T) {
	for _, c := range []struct{ issuer, account, label string }{
		{"Acme Telecom", "alice", "Acme%20Telecom:alice"},
		{"A:B", "x:y", "AB:xy"},
		{"A&secret=AAAA", "b?issuer=evil#", "A%26secret%3DAAAA:b%3Fissuer%3Devil%23"},
		{"Tele\r\ncom", "al\x00ice", "Telecom:alice"},
		{"É + Søn", "ä@b.example", "%C3%89%20%2B%20S%C3%B8n:%C3%A4%40b.example"},
	} {
		uri := NewEntry(c.issuer, c.account).URI(rfcKey)
		if !strings.HasPrefix(uri, "otpauth://totp/"+c.label+"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=") {
			t.Errorf("%q %q: %s, want uri to begin with %q", c.issuer, c.account, uri, "otpauth://totp/"+c.label+"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=")
		}
		checkURI(t, uri)
	}
}

// TestEntry checks that the names of an entry are whole as long as the QR code
// is readable, that only the issuer is shortened after that, between words, and
// that the account is whole always.
func TestEntry(t *testing.T) {
	words := strings.Repeat("Association ", 8) + "Ltd" // 99 characters
	email := strings.Repeat("a", 64) + "@" + strings.Repeat("b", 185) + ".com"
	for _, c := range []struct{ issuer, account, shown string }{
		{"Smith & Partners LLP", "maintenance-operator-north-01", "Smith & Partners LLP"},
		{"Smith & Partners LLP", "maintenance-operator-north-02", "Smith & Partners LLP"},
		{"Ministry of Agriculture, Fisheries, Food and Rural Affairs", strings.Repeat("x", 64), "Ministry of Agriculture, Fisheries, Food and Rural Affairs"},
		{words, strings.Repeat("x", 64), words},
		{strings.Repeat("W", 100), strings.Repeat("x", 64), strings.Repeat("W", 100)},
		{"Общество с ограниченной ответственностью", "ivan.petrov@example.com", "Общество с ограниченной ответственностью"},
		{"Ελληνική Εταιρεία Τηλεπικοινωνιών", "γιώργος", "Ελληνική Εταιρεία Τηλεπικοινωνιών"},
		{strings.Repeat("W", 100), email, strings.Repeat("W", 100)},
		{"Gesellschaft zur Förderung der Müllabfuhr in Württemberg mbH", "jürgen.müller", "Gesellschaft zur Förderung der Müllabfuhr in Württemberg mbH"},
		{"Общество с ограниченной ответственностью «Восточная связь»", "ivan.petrov@example.com", "Общество с ограниченной ответственностью"},
		{"株式会社東日本情報通信基盤整備機構総合研究所中央管理部門", "田中太郎", ""},
		{"Acme", strings.Repeat("田", 64), "Acme"},
		{"Telecom " + strings.Repeat("é", 50), email, "Telecom"},
	} {
		e := NewEntry(c.issuer, c.account)
		uri := e.URI(rfcKey)
		if c.shown != "" && e.Issuer != c.shown || e.Account != c.account || !strings.HasPrefix(c.issuer, e.Issuer) || e.Issuer == "" {
			t.Errorf("%q %q: the entry is %q %q, want %q", c.issuer, c.account, e.Issuer, e.Account, c.shown)
		}
		if len(uri) > maxURI && len(c.account) < 100 {
			t.Errorf("%q %q: %d bytes, want at most %d", c.issuer, c.account, len(uri), maxURI)
		}
		checkURI(t, uri)
	}
}

// TestEntryIsWhatAppsShow checks that an entry has the names in the form that
// its URI holds them, and never an empty one.
func TestEntryIsWhatAppsShow(t *testing.T) {
	for _, c := range []struct{ issuer, account, shownIssuer, shownAccount string }{
		{"Smith: Sons", "al:ice", "Smith Sons", "alice"},
		{" Acme\t", "alice\n", "Acme", "alice"},
		{":", "alice", "Portico", "alice"},
		{"Ac\xffme", "bob", "Acme", "bob"},
		{"", "bob", "Portico", "bob"},
	} {
		e := NewEntry(c.issuer, c.account)
		if e.Issuer != c.shownIssuer || e.Account != c.shownAccount {
			t.Errorf("%q %q: %+v, want %q %q", c.issuer, c.account, e, c.shownIssuer, c.shownAccount)
		}
		u, err := url.Parse(e.URI(rfcKey))
		if err != nil || u.Path != "/"+e.Issuer+":"+e.Account || u.Query().Get("issuer") != e.Issuer {
			t.Errorf("%+v is in the URI as %v %v", e, u, err)
		}
	}
}

// TestAccountsAreTold checks that no two accounts share a label, whatever their
// names and the customer's.
func TestAccountsAreTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.StringN(1, 254, -1)
		issuer, one, other := names.Draw(t, "issuer"), names.Draw(t, "one"), names.Draw(t, "other")
		one, other = labelText(one)+"1", labelText(one+other)+"2"
		a, b := NewEntry(issuer, one), NewEntry(issuer, other)
		if a.Account != one || b.Account != other || a == b {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

// checkURI checks what holds for every key URI.
func checkURI(t testing.TB, uri string) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	label := strings.TrimPrefix(u.Path, "/")
	issuer, _, divided := strings.Cut(label, ":")
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || !divided || strings.Count(label, ":") != 1 || strings.Contains(uri, "+") ||
		q.Get("issuer") != issuer || strings.Contains(q.Get("secret"), "=") ||
		!strings.HasSuffix(uri, "&algorithm=SHA1&digits=6&period=30") && (len(q) != 2 || len(uri) <= maxURI-len(defaults)) {
		t.Errorf("not as apps expect it: %s", uri)
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"123456", "123 456", "12-34-56", "", "１２３４５６", "12345\xff", "12\u200b3–٤56"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, ok := ParseCode(s)
		if ok && (len(code) != 6 || strings.Trim(code, "0123456789") != "") || !ok && code != "" {
			t.Errorf(`%q: %q %v, want not (ok && (len(code) != 6 || strings.Trim(code, "0123456789") != "")), not (!ok && code != "")`, s, code, ok)
		}
	})
}

func FuzzKeyURI(f *testing.F) {
	f.Add("Acme Telecom", "alice")
	f.Add("a:b&c", "\u202e%00+")
	f.Add("\xff", "")
	f.Fuzz(func(t *testing.T, issuer, account string) { checkURI(t, NewEntry(issuer, account).URI(rfcKey)) })
}

func BenchmarkVerify(b *testing.B) {
	key, now := NewKey(), time.Unix(1_800_000_000, 0)
	code := Code(key, Step(now))
	for b.Loop() {
		if Verify(key, code, now, 1, 0).Verdict != Accepted {
			b.Fatal("refused")
		}
	}
}
