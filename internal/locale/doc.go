// Package locale owns the languages of the portal: which there are, which one a
// reader gets, what each message is in them, and how they write numbers, dates
// and lists.
//
// A message is its English text. Templates hold it in double brackets:
//
//	<h1>[[Log in]]</h1>
//	<p>[[Welcome to {{.Brand}}.]]</p>
//	<p>[[plural .Sessions|1 session|{{count .Sessions}} sessions]]</p>
//	<button>[[#verb Open]]</button>
//
// Fold replaces each by its translation before the template is parsed. So a page
// costs nothing more in any language, html/template escapes values in a
// translation as it does elsewhere, and a translation may move values and
// elements to where its grammar wants them. A word after # tells apart messages
// that are one text in English; it is not shown. Text is for the messages that
// are in Go.
//
// It does not own the texts themselves but for the translations, in messages,
// and it knows neither pages nor mails.
package locale
