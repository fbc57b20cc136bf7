package gallery

import (
	"slices"
	"strings"
	"time"

	"portico"
	"portico/internal/web/ui"
)

const (
	setupKey = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
	setupURI = "otpauth://totp/Acme%20Telecom:ben.kowalski?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme%20Telecom&algorithm=SHA1&digits=6&period=30"
)

var recoveryCodes = []string{
	"K3QF-7XWA-M2ND-PZ4T-H4TB-XQ6N", "W6BR-HY5C-TQ2L-JA7E-E2MZ-PV7C", "N4VD-SG3K-X7PM-RF6U-J5RS-DW3L", "C2ZH-LT6Y-EB5W-QK3N-Q7FA-NK2X", "P7MJ-AD4R-VX2S-GH6B-U3GY-BT6E",
	"T5YE-KU3Q-ZN7F-WC2L-V6HC-MZ4P", "R6GA-XP4M-HD3V-YS7J-L2XD-RJ5W", "F2NW-QB5T-CL6K-EZ4R-S7NQ-AF3K", "Y7KX-JM2H-UG4D-TP3A-G5PV-YE2T", "B3SV-ER6Z-NA5Q-LW7C-Z4CU-LH7B",
}

func enrolment(moving bool) *ui.Enrolment {
	qr, err := ui.NewQR(setupURI)
	if err != nil {
		panic(err) // the text above is short enough
	}
	return &ui.Enrolment{QR: qr, Key: setupKey, URI: setupURI, Issuer: issuer, Account: "ben.kowalski", Moving: moving}
}

// oneApp returns the authenticators of somebody who has set up 2FA and named nothing.
func oneApp() []portico.Authenticator {
	return []portico.Authenticator{{ID: "1", Kind: portico.AuthenticatorTOTP, AddedAt: now.AddDate(0, -2, -3), LastUsedAt: now.Add(-2 * time.Hour)}}
}

// twoApps returns the authenticators of somebody with two phones.
func twoApps() []portico.Authenticator {
	return append(oneApp(), portico.Authenticator{ID: "2", Kind: portico.AuthenticatorTOTP, Name: "Work phone", AddedAt: now.AddDate(0, 0, -1)})
}

// afterPassword returns passkeys that count only after the password.
func afterPassword(all []portico.Authenticator) []portico.Authenticator {
	for i := range all {
		all[i].Alone = false
	}
	return all
}

// passkeys returns the authenticators of somebody with passkeys alone.
func passkeys() []portico.Authenticator {
	return []portico.Authenticator{
		{ID: "1", Kind: portico.AuthenticatorPasskey, Alone: true, AddedAt: now.AddDate(0, -2, -3), LastUsedAt: now.Add(-2 * time.Hour)},
		{ID: "2", Kind: portico.AuthenticatorPasskey, Name: "iCloud Keychain", Synced: true, Alone: true, AddedAt: now.AddDate(0, 0, -1)},
	}
}

func account() []State {
	own := user("Account")
	page := ui.AccountPage{Layout: own, User: ben, TwoFactor: portico.TwoFactorNone, AddsPasskey: true}
	states := []State{{"Not enabled", page}}
	add := func(name string, change func(*ui.AccountPage)) {
		p := page
		change(&p)
		if p.TwoFactor != portico.TwoFactorNone && p.Enrolment == nil && p.Authenticators == nil {
			p.Authenticators, p.AddsApp = oneApp(), true
		}
		states = append(states, State{name, p})
	}
	add("Set-up", func(p *ui.AccountPage) { p.Enrolment = enrolment(false) })
	add("Set-up with the longest names", func(p *ui.AccountPage) {
		p.Enrolment = enrolment(false)
		p.Enrolment.Issuer, p.Enrolment.Account = "Ministry of Agriculture, Fisheries, Food & Rural Affairs UK.", strings.Repeat("operator", 8)
	})
	add("Wrong code", func(p *ui.AccountPage) {
		p.Enrolment = enrolment(false)
		p.Problem = wrong("code", wrongCode)
	})
	add("Set-up is over", func(p *ui.AccountPage) { p.Layout = with(own, "setup-over") })
	add("Recovery codes", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.Codes = with(own, "enabled"), portico.TwoFactorEnabled, recoveryCodes
	})
	add("Enabled", func(p *ui.AccountPage) { p.TwoFactor, p.RecoveryLeft = portico.TwoFactorEnabled, 10 })
	add("Ten passkeys, which is the most", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.TakesPasskeys, p.AddsPasskey, p.AddsApp = portico.TwoFactorEnabled, 10, true, false, true
		p.Authenticators = slices.Repeat(passkeys(), 5)
	})
	add("Few recovery codes", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.RecoveryFew = portico.TwoFactorEnabled, 2, true
	})
	add("Recovery codes not saved", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Unsaved = portico.TwoFactorEnabled, 10, true
	})
	add("After the last recovery code", func(p *ui.AccountPage) {
		p.Layout = with(own, "recovered")
		p.TwoFactor, p.RecoveryFew, p.RescueUntil = portico.TwoFactorEnabled, true, now.Add(9*time.Minute)
		p.Authenticators, p.AddsApp, p.Rescued = oneApp(), true, true
	})
	add("After a recovery code, with a passkey", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.RescueUntil, p.RenewsPasskeys = with(own, "recovered"), portico.TwoFactorEnabled, 9, now.Add(9*time.Minute), true
		p.Authenticators, p.AddsApp, p.Rescued = passkeys()[1:2], true, true
	})
	add("After a recovery code, with a required passkey", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.RescueUntil, p.RenewsPasskeys = with(own, "recovered"), portico.TwoFactorEnabled, 9, now.Add(9*time.Minute), true
		p.Authenticators, p.Rescued, p.Enforced, p.PasskeyOnly, p.Stays = append(oneApp(), passkeys()[1]), true, true, true, passkeys()[1].ID
	})
	add("Codes are being guessed", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Guessed = portico.TwoFactorEnabled, 10, now.Add(-9*time.Minute)
	})
	add("New address waits for its link", func(p *ui.AccountPage) {
		p.Layout, p.NewEmail = with(own, "email-asked"), ui.NewEmail{Email: "ben@example.net", Until: now.Add(portico.EmailLinkTTL)}
	})
	add("Disabled", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft = with(own, "disabled"), portico.TwoFactorDisabled, 10
	})
	add("Enabling again", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorDisabled, &ui.Enrolment{Issuer: issuer, Account: "ben.kowalski"}
	})
	add("Moving to a new phone", func(p *ui.AccountPage) { p.TwoFactor, p.Enrolment = portico.TwoFactorEnabled, enrolment(true) })
	add("An app in place of a lost passkey", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorEnabled, enrolment(true)
		p.Enrolment.Replaces = passkeys()[1]
	})
	add("The old phone's code", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorEnabled, enrolment(true)
		p.Problem = wrong("code", "This is the code of your old phone. Scan the QR code with the new phone, and enter the code that the new entry shows.")
	})
	add("A passkey will be required", func(p *ui.AccountPage) { p.Layout, p.PasskeyDue = passkeyDue(own, 10), now.AddDate(0, 0, 10) })
	add("App and passkey, a passkey becomes required", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = passkeyDue(own, 10), portico.TwoFactorEnabled, 10, oneApp()
	})
	add("A passkey is required", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Authenticators = portico.TwoFactorEnabled, 10, append(oneApp(), passkeys()[1])
		p.Enforced, p.PasskeyOnly, p.Stays = true, true, passkeys()[1].ID
	})
	add("A passkey counts after the password only", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Authenticators = portico.TwoFactorEnabled, 10, append(oneApp(), afterPassword(passkeys()[1:])...)
	})
	add("A passkey after This was not me", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Authenticators = portico.TwoFactorEnabled, 10, afterPassword(passkeys()[:1])
		p.Authenticators[0].Reported = true
	})
	add("Two apps, which is the most", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = with(own, "app-added"), portico.TwoFactorEnabled, 10, twoApps()
	})
	add("Two apps, switched off", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = with(own, "app-added-off"), portico.TwoFactorDisabled, 10, twoApps()
	})
	add("A third app", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = with(own, "app-limit"), portico.TwoFactorEnabled, 10, twoApps()
	})
	add("Two apps with the longest names", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = with(own, "authenticator-renamed"), portico.TwoFactorEnabled, 10, twoApps()
		p.Authenticators[0].Name, p.Authenticators[1].Name = strings.Repeat("phone", 12), "The phone in the drawer of the desk by the window, upstairs."
	})
	add("One of two apps deleted", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft = with(own, "authenticator-deleted"), portico.TwoFactorEnabled, 10
	})
	add("Adding an app", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorEnabled, enrolment(false)
		p.Enrolment.Adding, p.Enrolment.Name = true, "Authenticator app 2"
	})
	add("Adding an app while switched off", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorDisabled, enrolment(false)
		p.Enrolment.Adding, p.Enrolment.Off, p.Enrolment.Name = true, true, "Authenticator app 2"
	})
	add("Adding an app without a name", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorEnabled, enrolment(false)
		p.Enrolment.Adding = true
		p.Problem = wrong("name", "Enter a name, such as the device that it is on.")
	})
	add("Adding an app, with a code of the other", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorEnabled, enrolment(false)
		p.Enrolment.Adding, p.Enrolment.Name = true, "Authenticator app 2"
		p.Problem = wrong("code", "This is a code of an authenticator app that you already have. Scan the QR code with the new app, and enter the code that the new entry shows.")
	})
	add("Passkeys", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators, p.AddsApp = with(own, "passkey-added"), portico.TwoFactorEnabled, 10, passkeys(), true
		p.Accepted, p.Details = "{}", "{}"
	})
	add("An app and a passkey", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Authenticators, p.AddsApp = portico.TwoFactorEnabled, 10, append(oneApp(), passkeys()[1]), true
	})
	add("A passkey of another host", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Authenticators, p.AddsApp = portico.TwoFactorEnabled, 10, passkeys(), true
		p.Authenticators[0].Elsewhere, p.TakesPasskeys = "portal.old.example", true
	})
	add("A passkey where none works", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Authenticators, p.AddsApp = portico.TwoFactorEnabled, 10, passkeys()[:1], true
		p.Authenticators[0].Elsewhere, p.AddsPasskey = "portal.old.example", false
	})
	add("Passkeys, switched off", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = with(own, "passkey-added-off"), portico.TwoFactorDisabled, 10, passkeys()
	})
	add("Too many passkeys", func(p *ui.AccountPage) {
		p.Layout, p.TwoFactor, p.RecoveryLeft, p.Authenticators = with(own, "passkey-limit"), portico.TwoFactorEnabled, 10, passkeys()
		p.AddsPasskey = false
	})
	add("Enabling again with a passkey", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorDisabled, &ui.Enrolment{Issuer: issuer, Account: "ben.kowalski", NoApp: true, Passkey: "{}"}
	})
	add("Enabling again with a code or a passkey", func(p *ui.AccountPage) {
		p.TwoFactor, p.Enrolment = portico.TwoFactorDisabled, &ui.Enrolment{Issuer: issuer, Account: "ben.kowalski", Passkey: "{}"}
	})
	add("Required, with two apps", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Enforced, p.Authenticators = portico.TwoFactorEnabled, 10, true, twoApps()
	})
	add("Required", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Enforced = portico.TwoFactorEnabled, 10, true
	})
	add("In a customer's colour", func(p *ui.AccountPage) {
		p.TwoFactor, p.RecoveryLeft, p.Accent, p.Mark = portico.TwoFactorEnabled, 10, ui.AccentPath("ffd400"), "AT"
	})
	add("Language chosen", func(p *ui.AccountPage) {
		p.Layout, p.User.Language = in("de", "Account", with(own, "language-saved")), "de"
	})
	add("Will be required", func(p *ui.AccountPage) { p.Layout = due(own, 6) })
	return append(states, ownPages(own)...)
}

func ownPages(own ui.Layout) []State {
	return []State{
		{"Nothing else before", ui.RequiredPage{Layout: mustEnrol(user("Two Factor Authentication is required")), Customer: issuer, Passkeys: true}},
		{"A passkey before anything else", ui.RequiredPage{Layout: mustEnrol(user("A passkey is required")), Customer: issuer, Passkeys: true, Only: true, Lacks: true}},
		{"2FA with a passkey before anything else", ui.RequiredPage{Layout: mustEnrol(user("A passkey is required")), Customer: issuer, Passkeys: true, Only: true}},
		{"Switched off", ui.RequiredPage{Layout: mustEnrol(user("Two Factor Authentication is required")), Customer: issuer, Kept: true, KeptApp: true}},
		{"Switched off, and a passkey is required", ui.RequiredPage{Layout: mustEnrol(user("Two Factor Authentication is required")), Customer: issuer, Passkeys: true, Only: true, Kept: true, KeptApp: true}},
		{"First", ui.PasskeyPage{Layout: user("Add a passkey"), Options: "{}", First: true, Back: "/account"}},
		{"Another", ui.PasskeyPage{Layout: user("Add a passkey"), Options: "{}", Back: "/account"}},
		{"Required", ui.PasskeyPage{Layout: mustEnrol(user("Add a passkey")), Options: "{}", Only: true, Codes: true, Back: "/account/two-factor/required"}},
		{"Before it is required", ui.PasskeyPage{Layout: passkeyDue(user("Add a passkey"), 10), Options: "{}", AppsEnd: now.AddDate(0, 0, 10), Back: "/account"}},
		{"After the password only", ui.PasskeyPage{Layout: user("Add a passkey"), Options: "{}", AfterPassword: true, Back: "/account"}},
		{"In place of a lost one", ui.PasskeyPage{Layout: user("Replace a lost passkey"), Options: "{}", Replaces: passkeys()[1], Renews: true, Back: "/account"}},
		{"While switched off", ui.PasskeyPage{Layout: user("Add a passkey"), Options: "{}", Off: true, Back: "/account"}},
		{"Name rejected", ui.PasskeyPage{Layout: user("Add a passkey"), Options: "{}", Back: "/account", Problem: wrong("name", "Enter the name without control characters.")}},
		{"Refused", ui.PasskeyPage{
			Layout: user("Add a passkey"), Options: "{}", Back: "/account",
			Problem: &ui.Problem{Text: "This passkey cannot be added. Use another device, security key or password manager."},
		}},
		{"Ask", ui.DeleteOwnPage{Layout: own}},
		{"Ask about a passkey", ui.DeleteAuthenticatorPage{Layout: own, Authenticator: passkeys()[1], Address: "/account/authenticators/2/delete"}},
		{"Ask", ui.DeleteAuthenticatorPage{Layout: own, Authenticator: twoApps()[1], Address: "/account/authenticators/2/delete"}},
		{"Form", ui.AuthenticatorPage{Layout: own, Authenticator: twoApps()[1], Address: "/account/authenticators/2", Name: "Work phone"}},
		{"Rejected", ui.AuthenticatorPage{
			Layout: own, Authenticator: passkeys()[1], Address: "/account/authenticators/2",
			Problem: wrong("name", "Enter a name, such as the device that it is on."),
		}},
		{"Form", ui.ProfilePage{Layout: own, FirstName: "Ben", LastName: "Kowalski", Email: ben.Email}},
		{"Rejected", ui.ProfilePage{
			Layout: own, FirstName: "Ben", LastName: "Kowalski", Email: "ben@",
			Problem: wrong("email", "Enter an email address such as name@example.com."),
		}},
		{"Form", ui.PasswordPage{Layout: own, LoginID: "ben.kowalski", Least: least}},
		{"Rejected", ui.PasswordPage{
			Layout: own, LoginID: "ben.kowalski", Least: least,
			Problem: wrong("password", "The current password is wrong. Enter the one that you log in with."),
		}},
		{"Password and code", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", NeedsCode: true, What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed", RecoveryLeft: 10}},
		{"Wrong code", ui.ConfirmPage{
			Layout: own, RecoveryLeft: 10, LoginID: "ben.kowalski", NeedsCode: true, What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed",
			Problem: wrong("code", "This code was already used. Wait for the next one, within 30 seconds."),
		}},
		{"Lost phone", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", NeedsCode: true, What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed", Rescues: true}},
		{"No recovery codes", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", NeedsCode: true, What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed"}},
		{"Passkey", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", NeedsCode: true, NoApp: true, Passkey: "{}", What: "add-passkey", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed", RecoveryLeft: 10}},
		{"Password and passkey, or a code", ui.ConfirmPage{
			Layout: own, LoginID: "ben.kowalski", NeedsCode: true, Passkey: "{}", AfterPassword: true, What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed", RecoveryLeft: 10,
		}},
		{"Password and passkey", ui.ConfirmPage{
			Layout: own, LoginID: "ben.kowalski", NeedsCode: true, NoApp: true, Passkey: "{}", AfterPassword: true, What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed", RecoveryLeft: 10,
		}},
		{"Lost passkey", ui.ConfirmPage{
			Layout: own, LoginID: "ben.kowalski", NeedsCode: true, NoApp: true, Passkey: "{}", Rescues: true, RecoveryLeft: 9, What: "password", Whom: "Ben Kowalski (ben.kowalski)",
			Problem: wrong("recovery_code", "Enter your password and one of your recovery codes, or confirm with a passkey."),
		}},
		{"Lost passkey, no recovery codes", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", NeedsCode: true, NoApp: true, Passkey: "{}", What: "password", Whom: "Ben Kowalski (ben.kowalski)"}},
		{"Passkey that does not work here", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", NeedsCode: true, NoApp: true, RecoveryLeft: 9, What: "password", Whom: "Ben Kowalski (ben.kowalski)"}},
		{"Passkey or code", ui.ConfirmPage{
			Layout: own, LoginID: "ben.kowalski", NeedsCode: true, Passkey: "{}", What: "disable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed", RecoveryLeft: 10,
			Problem: &ui.Problem{Text: refusedPasskey},
		}},
		{"Password alone", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", What: "enable", Whom: "Ben Kowalski (ben.kowalski)", Form: "sealed"}},
		{"A page comes next", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", What: "profile", Whom: "Ben Kowalski (ben.kowalski)", Next: "/account/profile"}},
		{"Nothing to change", ui.ConfirmPage{Layout: own, LoginID: "ben.kowalski", Next: "/account"}},
		{"To save", ui.RecoveryCodesPage{Layout: own, Codes: recoveryCodes, Left: 10, TwoFactor: portico.TwoFactorEnabled}},
		{"Left", ui.RecoveryCodesPage{Layout: own, Left: 7, TwoFactor: portico.TwoFactorEnabled}},
		{"Few left", ui.RecoveryCodesPage{Layout: own, Left: 2, Few: true, TwoFactor: portico.TwoFactorEnabled}},
		{"None left", ui.RecoveryCodesPage{Layout: own, Few: true, TwoFactor: portico.TwoFactorEnabled}},
		{"Not saved", ui.RecoveryCodesPage{Layout: own, Left: 10, Unsaved: true, TwoFactor: portico.TwoFactorEnabled, Next: "/account/sessions"}},
		{"Without 2FA", ui.RecoveryCodesPage{Layout: own}},
		{"Several", ui.SessionsPage{
			Layout: own, Others: true,
			Sessions: []ui.LoginDevice{
				{ID: "1", Browser: firefox.BrowserName(), Address: "192.0.2.17", Since: now.Add(-2 * time.Hour), Seen: now, This: true},
				{ID: "2", Browser: portico.Say("{0} on {1}", "Safari", "iPhone"), Address: "2001:db8:7:4::19", Since: now.Add(-20 * time.Hour), Seen: now.Add(-3 * time.Hour)},
			},
			Browsers: []ui.LoginDevice{{ID: "3", Browser: firefox.BrowserName(), Address: "192.0.2.17", Seen: now, Until: now.AddDate(0, 0, 27)}},
		}},
		{"One", ui.SessionsPage{Layout: own, Sessions: []ui.LoginDevice{{ID: "1", Browser: firefox.BrowserName(), Address: "192.0.2.17", Since: now.Add(-2 * time.Hour), Seen: now, This: true}}}},
		{"User without 2FA", ui.StartPage{Layout: startOf(own), FirstName: "Ben"}},
		{"Somebody asks to delete the setup", ui.StartPage{
			Layout: startOf(own), FirstName: "Ben", TwoFactor: portico.TwoFactorEnabled,
			Asked: portico.ResetRequest{ID: "1", Reason: "lost phone", Requester: portico.AsUser(ann, portico.Origin{})},
		}},
		{"Recovery codes not saved", ui.StartPage{Layout: startOf(own), FirstName: "Ben", TwoFactor: portico.TwoFactorEnabled, Unsaved: true}},
		{"Few recovery codes", ui.StartPage{Layout: startOf(own), FirstName: "Ben", TwoFactor: portico.TwoFactorEnabled, RecoveryFew: true, RecoveryLeft: 2}},
		{"User with 2FA", ui.StartPage{Layout: startOf(own), FirstName: "Ben", TwoFactor: portico.TwoFactorEnabled}},
		{"Administrator", ui.StartPage{
			Layout: administrator("Start", "/"), FirstName: "Ann", TwoFactor: portico.TwoFactorEnabled,
			Coverage: &ui.Coverage{Active: 1204, Enabled: 1010, Disabled: 23, None: 171, Invited: 12, Locked: 1},
			Resets: []portico.Event{
				{At: now.Add(-50 * time.Minute), Action: portico.TwoFactorReset, Actor: portico.AsUser(eunji, portico.Origin{}), TargetID: "x", TargetName: carla.Name(), Details: portico.ResetDetails{Reason: "New phone"}.Stored()},
				{At: now.Add(-71 * time.Hour), Action: portico.TwoFactorReset, Actor: portico.AsUser(ann, portico.Origin{}), TargetID: "y", TargetName: dmitri.Name(), Details: portico.ResetDetails{Reason: "Lost phone, seen in person"}.Stored()},
			},
		}},
		{"Resets to look at", ui.StartPage{
			Layout: administrator("Start", "/"), FirstName: "Ann", TwoFactor: portico.TwoFactorEnabled, Coverage: &ui.Coverage{Active: 12, Enabled: 12},
			Open: []ui.RequestRow{resetOf(ben, portico.ResetOpen, portico.NeedsApproval), resetOf(dmitri, portico.ResetOpen, portico.NeedsWait)},
			Suspicious: []portico.Event{{
				At: now.Add(-time.Hour), Action: portico.ResetStopped, Actor: portico.AsUser(eunji, portico.Origin{}), TargetID: "x", TargetName: carla.Name(),
				Told: portico.Say("the 2FA setup of this user was deleted less than 24 hours ago"),
			}},
		}},
		{"New administrator", ui.StartPage{Layout: administrator("Start", "/"), FirstName: "Ann", Coverage: &ui.Coverage{Active: 1, None: 1}}},
		{"New portal", ui.StartPage{Layout: operator("Start", "/"), FirstName: "Olga", First: &ui.FirstSteps{}, Coverage: &ui.Coverage{Active: 1, None: 1}}},
		{"New portal with a customer", ui.StartPage{
			Layout: operator("Start", "/"), FirstName: "Olga", First: &ui.FirstSteps{Customer: true, Invite: "/customers/acme/access/new"}, Coverage: &ui.Coverage{Active: 1, None: 1},
		}},
		{"New portal, protecting the log-in left to do", ui.StartPage{
			Layout: operator("Start", "/"), FirstName: "Olga", First: &ui.FirstSteps{Customer: true, Administrator: true, Invite: "/customers/acme/access/new"}, Coverage: &ui.Coverage{Active: 1, None: 1},
		}},
	}
}

func startOf(l ui.Layout) ui.Layout {
	l.Title, l.Here = "Start", "/"
	return l
}
