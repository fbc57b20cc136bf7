package portico

import "strings"

// BrowserName returns a short name for the browser in Origin.Browser, such as
// "Firefox on Linux". It helps people to recognise their own browsers; no
// decision depends on it. The User-Agent itself is never shown, because a
// stranger could use it to put text of their own into the portal's mails. It
// returns a message that says nothing if no User-Agent was sent.
func (o Origin) BrowserName() Message {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(o.Browser, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	// Most User-Agents name other browsers too, so the order matters.
	browser := first([][2]string{
		{"Edg/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	})
	system := first([][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
	switch {
	case o.Browser == "": // the command line, or the portal itself
		return Message{}
	case browser == "" && system == "":
		return Say("Unknown browser")
	case browser == "":
		return Say("A browser on {0}", system)
	case system == "":
		return Verbatim(browser)
	}
	return Say("{0} on {1}", browser, system)
}
