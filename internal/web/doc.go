// Package web serves the portal over HTTP. It owns the route table with its
// guards, the session cookies, the parsing of forms, and the rendering of
// errors as pages.
//
// It owns no rules. A handler parses a form, calls the services with the Actor,
// and redirects with 303, renders a page, or returns an error, which fail
// renders in errors.go. The appearance of the pages belongs to package ui.
package web
