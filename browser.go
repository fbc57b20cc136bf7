package portico

import "strings"

// BrowserName says in two words what a User-Agent means. It is for people to
// recognise their own; nothing is decided by it. What was sent is shown to
// nobody in its place: a stranger would write into the portal's mails with it.
func (o Origin) BrowserName() string {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(o.Browser, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	// Most name others too, so that the order counts.
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
		return ""
	case browser == "" && system == "":
		return "Unknown browser"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}
