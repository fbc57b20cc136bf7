// Package web is the portal over HTTP: the route table with its guards,
// sessions as cookies, forms in, pages out, and errors as pages.
//
// It owns no rules: handlers parse a form, call one service with the Actor, and
// answer 303, or a page, or return the error, which errors.go renders in one
// place. What pages look like is package ui's.
package web
