package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portico"
	"portico/internal/cli"
	"portico/internal/config"
	"portico/internal/passkey"
	"portico/internal/store"
)

// Passkeys work at a name alone, so that this portal has one; its clients are at
// the address that it listens on.
const passkeysAt = "http://localhost:8080"

// keyHolder is a person who logs in with a passkey, always in the same browser.
type keyHolder struct {
	id, handle []byte
	key        *ecdsa.PrivateKey
	browser    string // the cookie that tells browsers apart; "" before the first log-in
}

// passkeyLogins measures whole log-ins with a passkey, 16 at a time. Each is two
// requests, one for the challenge and one with the answer, and costs no hash. The
// clients sign on the same cores.
func (b *bench) passkeyLogins() error {
	data := filepath.Join(b.dir, fmt.Sprintf("passkeys-%d", time.Now().UnixNano()))
	if _, _, err := b.makeCrowd(data, 0); err != nil {
		return err
	}
	const clients, each = 16, 50
	holders, err := b.makeKeyHolders(data, clients*each)
	if err != nil {
		return err
	}
	program, err := b.listening(b.serving(config.Data{Data: data}, "--base-url", passkeysAt))
	if err != nil {
		return err
	}
	defer program.stop()
	turn := make([]int, clients)
	logIn := func(client int, w *wire) (int, error) {
		turn[client]++
		return logInByPasskey(w, holders[client*each+turn[client]%each])
	}
	known := make([]int, clients) // a first log-in makes the browser known, which is mailed
	_, err = drive(program.address, program.process(), clients, time.Hour, func(client int, w *wire) (int, error) {
		if known[client]++; known[client] > each {
			return 0, errKnown
		}
		return logIn(client, w)
	})
	if !errors.Is(err, errKnown) {
		return err
	}
	var rates spread
	var all load
	for range 5 {
		l, err := drive(program.address, program.process(), clients, 2*time.Second, logIn)
		if err != nil {
			return err
		}
		rates, all = append(rates, l.rate()), all.plus(l)
	}
	if all.statuses[http.StatusSeeOther] != len(all.times) {
		return fmt.Errorf("log-ins with a passkey ended with %v", all.statuses)
	}
	b.add("log-ins with a passkey alone a second, %d clients", clients).least(rates.median(), "", 1500).with("%v; %v", rates, all)
	b.add("the same: CPU of the portal each").is(all.cpuEach()/1000, "ms")
	return nil
}

var errKnown = errors.New("every browser is known")

// makeKeyHolders adds people whose only authenticator is a passkey.
func (b *bench) makeKeyHolders(data string, n int) ([]*keyHolder, error) {
	p, err := b.open(config.Data{Data: data})
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }() // everything was committed
	holders := make([]*keyHolder, n)
	for i := range holders {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		holders[i] = &keyHolder{id: randomBytes(32), handle: randomBytes(32), key: key}
	}
	return holders, b.joinHolders(p, holders)
}

func (b *bench) joinHolders(p *cli.Portal, holders []*keyHolder) error {
	alice, err := p.DB.Read(b.ctx).AccountByLogin("alice")
	if err != nil {
		return err
	}
	return p.DB.Update(b.ctx, portico.CommandLine(), func(tx *store.Tx) error {
		for i, h := range holders {
			point, err := h.key.PublicKey.Bytes() // 4, x, y
			if err != nil {
				return err
			}
			// A COSE_Key of ES256 on P-256 (RFC 9053, 7.1.1).
			cose := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
			a := alice
			a.ID, a.LoginID = alice.ID[:24]+portico.UserID(fmt.Sprintf("%012d", i)), fmt.Sprintf("holder%06d", i)
			a.LoginKey, a.Role = a.LoginID, portico.RoleUser
			f := store.Authenticator{ID: "factor-" + string(a.ID), UserID: a.ID, Kind: portico.AuthenticatorPasskey, Enabled: true}
			f.Passkey = passkey.Credential{ID: h.id, PublicKey: cose, RPID: "localhost", AAGUID: make([]byte, 16)}
			if err := errors.Join(tx.CreateUser(a), tx.PutPasskeyHandle(a.ID, h.handle)); err != nil {
				return err
			}
			if _, err := tx.AddPasskey(f); err != nil {
				return err
			}
		}
		return nil
	})
}

func logInByPasskey(w *wire, h *keyHolder) (int, error) {
	a, err := w.do(request("POST", "/login/passkey/options", h.browser, ""))
	if err != nil || a.status != http.StatusOK {
		return a.status, err
	}
	h.keep(a.cookies)
	var options struct{ Challenge string }
	if err := json.Unmarshal(a.body, &options); err != nil {
		return 0, err
	}
	response, err := h.answer(options.Challenge)
	if err != nil {
		return 0, err
	}
	a, err = w.do(request("POST", "/login/with-passkey", h.browser, url.Values{"passkey": {string(response)}}.Encode()))
	h.keep(a.cookies)
	return a.status, err
}

// keep keeps the cookie that makes the browser known, which each log-in replaces.
func (h *keyHolder) keep(cookies []string) {
	for _, c := range cookies {
		if strings.HasPrefix(c, "portico_browser=") {
			h.browser = c
		}
	}
}

// answer is what a browser answers to a challenge, its user verified.
func (h *keyHolder) answer(challenge string) ([]byte, error) {
	const presentAndVerified = 1<<0 | 1<<2
	rp := sha256.Sum256([]byte("localhost"))
	authenticator := slices.Concat(rp[:], []byte{presentAndVerified, 0, 0, 0, 0})
	client, err := json.Marshal(map[string]any{"type": "webauthn.get", "challenge": challenge, "origin": passkeysAt, "crossOrigin": false})
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(slices.Concat(authenticator, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, h.key, signed[:])
	if err != nil {
		return nil, err
	}
	text := base64.RawURLEncoding.EncodeToString
	return json.Marshal(map[string]any{
		"id": text(h.id), "rawId": text(h.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": text(client), "authenticatorData": text(authenticator), "signature": text(signature), "userHandle": text(h.handle)},
	})
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the program is terminated instead
	return b
}
