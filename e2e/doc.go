// Package e2e holds the journeys of people through the portal in a real
// browser, Debian's Chromium, with and without script. What they look for, they
// find by role and accessible name, as a screen reader does.
//
// It owns no rule of the product. QR codes are read by zbarimg and codes are
// made by oathtool, so that nothing of ours is its own witness.
package e2e
