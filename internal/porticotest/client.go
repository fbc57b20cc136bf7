package porticotest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// Client is a browser without a screen. It keeps cookies, follows redirects,
// and finds fields by their labels and forms by their buttons.
type Client struct {
	t    testing.TB
	base string
	site *url.URL // base, for the cookie jar
	HTTP *http.Client
	From string // client address that it sends; needs a portal with the option Behind
}

// transport is the clients' own. The end of any httptest server closes the idle
// connections of the default one, also under a request that another test sends.
var transport = http.DefaultTransport.(*http.Transport).Clone()

// Client returns a new browser for the portal.
func (p *Portal) Client() *Client {
	p.T.Helper()
	return NewClient(p.T, p.URL)
}

// NewClient returns a new browser for a portal that runs elsewhere.
func NewClient(t testing.TB, base string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	site, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, base: base, site: site, HTTP: &http.Client{Jar: jar, Transport: transport}}
}

// Cookie returns a cookie's value, or "" if the browser does not have it.
func (c *Client) Cookie(name string) string {
	for _, cookie := range c.HTTP.Jar.Cookies(c.site) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie sets a cookie.
func (c *Client) SetCookie(name, value string) {
	c.HTTP.Jar.SetCookies(c.site, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Page is a response as a person sees it.
type Page struct {
	t      testing.TB
	Status int
	Path   string // where the redirects ended, with the query
	Header http.Header
	Body   string
	root   func() *html.Node // read when a test first looks at it
}

// Get opens an address.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.Do(c.request("GET", path, "", nil))
}

// Post sends fields to an address, as a form of the portal would.
func (c *Client) Post(path string, fields ...string) *Page {
	c.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return c.Do(c.request("POST", path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode())))
}

// TryPost is Post for a portal that may be down, and for other goroutines than
// that of the test, which it does not end. It does not follow redirects, and
// returns the status or the error.
func (c *Client) TryPost(path string, fields ...string) (int, error) {
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequest("POST", c.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	once := http.Client{Jar: c.HTTP.Jar, Transport: c.HTTP.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := once.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// Upload sends a file with fields.
func (c *Client) Upload(path, field, content string, fields ...string) *Page {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, "file.csv")
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = io.WriteString(part, content) // into memory
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1]) // into memory
	}
	_ = w.Close() // into memory
	return c.Do(c.request("POST", path, w.FormDataContentType(), &body))
}

func (c *Client) request(method, path, contentType string, body io.Reader) *http.Request {
	c.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = c.base + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if c.From != "" {
		r.Header.Set("X-Forwarded-For", c.From)
	}
	return r
}

// Do sends a request.
func (c *Client) Do(r *http.Request) *Page {
	c.t.Helper()
	res, err := c.HTTP.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	root := sync.OnceValue(func() *html.Node {
		c.t.Helper()
		root, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		return root
	})
	return &Page{t: c.t, Status: res.StatusCode, Path: res.Request.URL.RequestURI(), Header: res.Header, Body: string(body), root: root}
}

// Login logs in on the login page, and if code is not "" enters the code on the
// second page.
func (c *Client) Login(loginID, password, code string) *Page {
	c.t.Helper()
	p := c.Fill(c.Get("/login"), "Log in", "Login ID", loginID, "Password", password)
	if code != "" {
		p = c.Fill(p, "Submit", "Enter the code here", code)
	}
	return p
}

// Fill types into the fields with the given labels and presses the button,
// which also determines the form.
func (c *Client) Fill(p *Page, button string, typed ...string) *Page {
	c.t.Helper()
	form := p.form(button)
	if form == nil {
		c.t.Fatalf("%s has no button %q:\n%s", p.Path, button, p.Text())
	}
	values := url.Values{}
	walk(form, func(n *html.Node) {
		if name := attr(n, "name"); name != "" && (n.Data == "input" || n.Data == "select" || n.Data == "textarea") && sent(n) {
			values.Set(name, value(n))
		}
	})
	for i := 0; i+1 < len(typed); i += 2 {
		name := p.fieldNamed(form, typed[i])
		if name == "" {
			c.t.Fatalf("%s has no field %q", p.Path, typed[i])
		}
		values.Set(name, typed[i+1])
	}
	if pressed := p.button(button); attr(pressed, "name") != "" {
		values.Set(attr(pressed, "name"), attr(pressed, "value"))
	}
	action := attr(form, "action")
	if strings.EqualFold(attr(form, "method"), "post") {
		return c.Do(c.request("POST", action, "application/x-www-form-urlencoded", strings.NewReader(values.Encode())))
	}
	if len(values) > 0 {
		action += "?" + values.Encode()
	}
	return c.Get(action)
}
