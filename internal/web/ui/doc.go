// Package ui owns what pages look like: one typed struct a page (pages.go), its
// template, the stylesheet, and the few lines of script.
//
// It knows no request and no database: whoever fills a struct decides what is
// shown. Every text that people read on a page stands in a template or in
// notices.
package ui
