// Package ui owns the appearance of the pages: one typed struct for each page
// (pages.go), its template, the stylesheet and the few lines of script.
//
// It knows no requests and no database: the caller that fills a struct decides
// what is shown. The texts of a page are in its template, in notices and in a
// few functions here; the titles of the pages and the messages of errors come
// from the caller.
package ui
