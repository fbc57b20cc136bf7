package main

import (
	"bytes"
	"cmp"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"portico/internal/totp"
)

// Ory Kratos is the peer whose log-ins are measured beside the portal's: it is an
// identity server in Go, it hashes with argon2id, and it can be built from its
// module. It gets the portal's parameters of the hash.

const (
	kratosPublic = "127.0.0.1:14433"
	kratosAdmin  = "127.0.0.1:14434"
)

// kratosConfig takes the address of the database and the identity schema.
const kratosConfig = `
dsn: %q
serve:
  public: {base_url: "http://` + kratosPublic + `/", host: 127.0.0.1, port: 14433}
  admin: {base_url: "http://` + kratosAdmin + `/", host: 127.0.0.1, port: 14434}
selfservice:
  default_browser_return_url: http://127.0.0.1/
  methods: {password: {enabled: true, config: {haveibeenpwned_enabled: false}}, totp: {enabled: true, config: {issuer: bench}}}
  flows: {login: {ui_url: "http://127.0.0.1/"}, settings: {ui_url: "http://127.0.0.1/", required_aal: aal1}}
log: {level: error}
secrets: {cookie: [only-for-measurements], cipher: [32-characters-for-measurements-x]}
ciphers: {algorithm: xchacha20-poly1305}
hashers: {algorithm: argon2, argon2: {memory: 19MB, iterations: 2, parallelism: 1, salt_length: 16, key_length: 32}}
identity: {default_schema_id: default, schemas: [{id: default, url: "base64://%s"}]}
courier: {smtp: {connection_uri: "smtp://127.0.0.1:25/"}}
`

const kratosSchema = `{"$id":"default","type":"object","properties":{"traits":{"type":"object","properties":{"login":
{"type":"string","ory.sh/kratos":{"credentials":{"password":{"identifier":true},"totp":{"account_name":true}}}}}}}}`

// kratosLogins measures log-ins with password and code at Kratos while nobody
// asks for anything else, over what all cores can hash, in turns.
func (b *bench) kratosLogins(binary string) error {
	const people = 600
	stop, process, err := b.startKratos(binary)
	if err != nil {
		return err
	}
	defer stop()
	c, err := kratosCrowd(people)
	if err != nil {
		return err
	}
	bare, err := bareHash("$argon2id$v=19$m=19456,t=2,p=1$$")
	if err != nil {
		return err
	}
	logIn := func(int, *wire) (int, error) {
		somebody, err := c.somebody()
		if err != nil {
			return 0, err
		}
		defer c.later(somebody)
		return http.StatusOK, kratosLogIn(somebody)
	}
	for _, clients := range []int{1, 16} {
		r, err := alone(bare, kratosPublic, process, clients, logIn)
		if err != nil {
			return err
		}
		b.add("Kratos: log-ins a second over what all cores can hash, %d clients", clients).is(r.rates.median(), "times").with("%v; %v", r.rates, r.all)
		b.add("the same: CPU of Kratos over that of the hash").is(r.costs.median(), "times").with("%v", r.costs)
	}
	most, err := memoryOf(process, "VmHWM")
	b.add("the same: most memory").is(most, "MiB")
	return err
}

// startKratos starts the program on an empty database: PostgreSQL if the
// environment names one, otherwise SQLite.
func (b *bench) startKratos(binary string) (stop func(), process int, err error) {
	dir, err := os.MkdirTemp(b.dir, "kratos-")
	if err != nil {
		return nil, 0, err
	}
	dsn := cmp.Or(b.database, "sqlite://"+filepath.Join(dir, "kratos.db")+"?_fk=true&mode=rwc")
	file := filepath.Join(dir, "kratos.yml")
	config := fmt.Sprintf(kratosConfig, dsn, base64.StdEncoding.EncodeToString([]byte(kratosSchema)))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, 0, err
	}
	if out, err := exec.CommandContext(b.ctx, binary, "migrate", "sql", "-y", dsn).CombinedOutput(); err != nil {
		return nil, 0, fmt.Errorf("migrating: %w: %s", err, out)
	}
	cmd := exec.CommandContext(b.ctx, binary, "serve", "-c", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	p := &program{cmd: cmd}
	if err := answers(kratosPublic); err != nil {
		p.stop()
		return nil, 0, err
	}
	return p.stop, p.process(), nil
}

// kratosCrowd creates people with a password and an authenticator.
func kratosCrowd(n int) (*crowd, error) {
	c := &crowd{}
	for i := range n {
		w := who{login: fmt.Sprintf("crowd%06d", i)}
		identity := map[string]any{
			"schema_id": "default", "traits": map[string]string{"login": w.login},
			"credentials": map[string]any{"password": map[string]any{"config": map[string]string{"password": password}}},
		}
		if _, err := askKratos(http.MethodPost, "http://"+kratosAdmin+"/admin/identities", "", identity); err != nil {
			return nil, err
		}
		token, err := kratosPassword(w)
		if err != nil {
			return nil, err
		}
		flow, err := askKratos(http.MethodGet, "http://"+kratosPublic+"/self-service/settings/api", token, nil)
		if err != nil {
			return nil, err
		}
		for _, node := range flow.UI.Nodes {
			if node.Attributes.ID != "totp_secret_key" {
				continue
			}
			if w.key, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(node.Attributes.Text.Text); err != nil {
				return nil, err
			}
		}
		code := map[string]string{"method": "totp", "totp_code": totp.Code(w.key, totp.Step(time.Now()))}
		if _, err := askKratos(http.MethodPost, flow.UI.Action, token, code); err != nil {
			return nil, err
		}
		c.people = append(c.people, w)
	}
	return c, nil
}

// kratosLogIn logs in with password and code.
func kratosLogIn(w who) error {
	token, err := kratosPassword(w)
	if err != nil {
		return err
	}
	flow, err := askKratos(http.MethodGet, "http://"+kratosPublic+"/self-service/login/api?aal=aal2", token, nil)
	if err != nil {
		return err
	}
	code := map[string]string{"method": "totp", "totp_code": totp.Code(w.key, totp.Step(time.Now()))}
	_, err = askKratos(http.MethodPost, flow.UI.Action, token, code)
	return err
}

// kratosPassword logs in with the password alone, and returns the token of the
// session.
func kratosPassword(w who) (token string, err error) {
	flow, err := askKratos(http.MethodGet, "http://"+kratosPublic+"/self-service/login/api", "", nil)
	if err != nil {
		return "", err
	}
	done, err := askKratos(http.MethodPost, flow.UI.Action, "", map[string]string{"method": "password", "identifier": w.login, "password": password})
	return done.SessionToken, err
}

// kratosAnswer is what is read of an answer: a flow or a session.
type kratosAnswer struct {
	SessionToken string `json:"session_token"`
	UI           struct {
		Action string
		Nodes  []struct {
			Attributes struct {
				ID   string
				Text struct{ Text string }
			}
		}
	}
}

var kratosClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func askKratos(method, url, token string, body any) (a kratosAnswer, err error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return a, err
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, url, content)
	if err != nil {
		return a, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set("X-Session-Token", token)
	}
	res, err := kratosClient.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode > 299 {
		err = fmt.Errorf("%s %s: %s: %s", method, strings.SplitN(url, "?", 2)[0], res.Status, text)
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}
