// Package e2e holds journeys of people through the portal in a real browser,
// Debian's Chromium, with and without script. They find most elements by role
// and accessible name, as a screen reader does.
//
// It owns no rules of the product. Where a journey enrols an authenticator,
// zbarimg reads the QR code and oathtool makes the codes, so that our own code
// does not confirm itself.
package e2e
