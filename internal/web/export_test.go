package web

import "portico"

// RouteInfo describes a route for tests that use the whole route table.
type RouteInfo struct {
	Pattern string
	Tag     string
	Need    portico.Permission
	Enters  bool // an operator enters the customer that the address names
	File    bool // a large file may be sent or received
	Fresh   bool // a recent confirmation is required
}

// RouteTable returns all routes.
func RouteTable() []RouteInfo {
	var out []RouteInfo
	for _, r := range (&Server{}).routes() {
		out = append(out, RouteInfo{r.pattern, string(r.guard.tag), r.guard.need, r.guard.enters, r.guard.file, r.guard.confirmed()})
	}
	return out
}

// Typed reports whether the form of a route is shown again after a log-in.
func Typed(pattern string) bool { return typedPages[withoutBase(pattern)] != nil }

// LocalPath is localPath.
var LocalPath = localPath

// Date is date.
var Date = date

// WithoutBase is withoutBase.
var WithoutBase = withoutBase
