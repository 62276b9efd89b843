package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/fault"
)

// enough is the least that a node needs.
const enough = `
origin: auth.bank.example
database: {dsn: "sqlite:bank.db"}
keys: {file: bank.key}
`

// load reads text as bank.yaml, beside the given other files.
func load(text string, files map[string]string, environ ...string) (config.Config, error) {
	return config.Load(config.Source{
		Path: "bank.yaml",
		ReadFile: func(name string) ([]byte, error) {
			if name == "bank.yaml" {
				return []byte(text), nil
			}
			data, ok := files[name]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return []byte(data), nil
		},
		Environ: environ,
	})
}

// problems returns the lines of an error of Load or Validate.
func problems(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var ps config.Problems
	if !errors.As(err, &ps) || !fault.Is(err, "config.invalid") || fault.KindOf(err) != fault.Invalid {
		t.Fatalf("not a config.invalid fault with problems: %#v", err)
	}
	return ps.Error()
}

func TestDefaultsAreWhatTheTagsSay(t *testing.T) {
	t.Parallel()
	got, err := load(enough, nil)
	if err != nil {
		t.Fatal(err)
	}
	gateway := config.Gateway{CardReceipts: "marked", Binds: "transceiver", Sessions: 1, Window: 10, Timeout: 10 * time.Second, Enquire: 30 * time.Second, MessageIDs: "same", LongTexts: "header"}
	want := config.Config{
		Origin:        "auth.bank.example",
		Database:      config.Database{DSN: "sqlite:bank.db", GroupSize: 64, Writers: 4, Readers: 4, Queue: 1024, Patience: 30 * time.Second},
		Keys:          config.Keys{File: "bank.key"},
		API:           config.Listener{Address: "127.0.0.1:8081"},
		Console:       config.Listener{Address: "127.0.0.1:8082"},
		Metrics:       config.Listener{Address: "127.0.0.1:8083"},
		Authorization: config.Authorization{Profile: "iso87-bcd", SignOn: true, Idle: 5 * time.Minute, Room: 64, Connections: 64},
		Audit:         config.Audit{Anchor: "countersign.anchor"},
		SMS:           config.SMS{First: gateway, Second: gateway},
		PKI: config.PKI{
			Validity: 26280 * time.Hour, ListFor: 24 * time.Hour, AnswerFor: 10 * time.Minute,
			EST: config.EST{Timeout: 15 * time.Second}, TSA: config.TSA{Timeout: 10 * time.Second},
		},
		Push:      config.Push{Services: "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com", Timeout: 10 * time.Second},
		Risk:      config.Risk{Zone: "UTC", Preset: "balanced", Reports: 1000},
		Providers: config.Providers{Timeout: 10 * time.Second},
		Limits: config.Limits{
			Body: 64 << 10, Import: 2 << 30, Provisioning: 50, Connections: 4096, HeaderTimeout: 5 * time.Second,
			RequestTimeout: 30 * time.Second, AnswerTimeout: 30 * time.Second, TransferTimeout: time.Hour, IdleTimeout: 2 * time.Minute, Grace: 20 * time.Second,
		},
		Log: config.Log{Level: "info", Format: "json"},
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b config.Secret) bool { return string(a) == string(b) })); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestEnvironmentOverridesFile(t *testing.T) {
	t.Parallel()
	files := map[string]string{"/run/dsn": "postgres://u:p@h/db\n", "/run/keys": "a2V5\r\n"}
	c, err := load(enough+`
trusted_proxies: [10.0.0.0/8]
api: {address: 127.0.0.1:1}
limits: {body: 256KiB}
`, files,
		"COUNTERSIGN_DATABASE_DSN_FILE=/run/dsn", // by file over by value
		"COUNTERSIGN_API_ADDRESS=127.0.0.1:2",
		"COUNTERSIGN_LIMITS_GRACE=1m",
		"COUNTERSIGN_TRUSTED_PROXIES=192.0.2.1, 2001:db8::/32",
		"COUNTERSIGN_API_PLAIN_HTTP=true",
		"COUNTERSIGN_METRICS_ADDRESS=", // switched off
		"PATH=/bin",
	)
	if err != nil {
		t.Fatal(problems(t, err))
	}
	want := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32")}
	if string(c.Database.DSN) != "postgres://u:p@h/db" || c.API.Address != "127.0.0.1:2" || c.Limits.Grace != time.Minute ||
		c.Limits.Body != 256<<10 || !c.API.PlainHTTP || c.Metrics.Address != "" || !cmp.Equal(want, c.TrustedProxies, cmpopts.EquateComparable(netip.Prefix{})) {
		t.Errorf("got %+v", c)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	const k = "origin: a\nkeys: {file: k}\n"
	const d = "origin: a\ndatabase: {dsn: \"sqlite:x\"}\n"
	for name, c := range map[string]struct {
		text, want string
		environ    []string
	}{
		"unknown key":        {enough + "api:\n  adddress: :1\n", "bank.yaml:6: api.adddress: there is no such key; did you mean address?", nil},
		"unknown section":    {enough + "databse: {}\n", "bank.yaml:5: databse: there is no such key; did you mean database?", nil},
		"key elsewhere":      {enough + "level: info\n", "bank.yaml:5: level: there is no such key; did you mean log.level?", nil},
		"nothing near":       {enough + "zzzzzzzz: 1\n", "bank.yaml:5: zzzzzzzz: there is no such key\n", nil},
		"not YAML":           {"a: [", "bank.yaml: this is not YAML: ", nil},
		"key twice":          {enough + "log: {level: info, level: warn}\n", "bank.yaml:5: log.level: this key was given in line 5 already", nil},
		"two documents":      {enough + "---\nlog: {}\n", "more than one document", nil},
		"alias":              {enough + "log: {level: &l info, format: *l}\n", "bank.yaml:5: log.format: aliases are not read", nil},
		"list for a value":   {enough + "log: {level: [info]}\napi: {address: [a, b]}\n", "bank.yaml:6: api.address: one value is expected, not a list", nil},
		"keys for a value":   {enough + "log: {level: {a: b}}\n", "bank.yaml:5: log.level: a value is expected, not further keys", nil},
		"value for keys":     {enough + "log: info\n", "bank.yaml:5: log: keys with values are expected here, such as level: …", nil},
		"no value":           {enough + "log: {level: }\n", "bank.yaml:5: log.level: the key has no value", nil},
		"level":              {enough + "log: {level: loud}\n", `bank.yaml:5: log.level: debug, info, warn, error is expected, not "loud"`, nil},
		"number":             {enough + "limits: {connections: many}\n", `bank.yaml:5: limits.connections: a whole number is expected, not "many"`, nil},
		"too small":          {enough + "limits: {connections: 1}\n", "1 is not between 16 and 1000000", nil},
		"time without unit":  {enough + "limits: {grace: 30}\n", `a time with its unit is expected, such as 500ms, 30s or 2m, not "30"`, nil},
		"decimal size":       {enough + "limits: {body: 1MB}\n", `a size is expected, such as 512KiB, 1MiB or 2GiB, not "1MB"`, nil},
		"yes for true":       {enough + "api: {plain_http: yes}\n", `true or false is expected, not "yes"`, nil},
		"proxy":              {enough + "trusted_proxies: [proxy1]\n", `a network such as 10.0.0.0/8 or an address is expected, not "proxy1"`, nil},
		"everyone trusted":   {enough + "trusted_proxies: [0.0.0.0/0]\n", "bank.yaml:5: trusted_proxies: 0.0.0.0/0 trusts everyone", nil},
		"no database":        {k, "database.dsn: this key is needed, for example database.dsn: sqlite:countersign.db (or COUNTERSIGN_DATABASE_DSN)", nil},
		"database":           {k + "database: {dsn: mysql://x}\n", "sqlite:PATH or postgres://… is expected", nil},
		"no path":            {k + "database: {dsn: \"sqlite:\"}\n", "a path is expected after sqlite:", nil},
		"no key":             {d, "keys: one of keys.file and keys.value is needed", nil},
		"two keys":           {d + "keys: {file: a, value: b}\n", "keys: keys.file and keys.value were both given", nil},
		"secret twice":       {k + "database:\n  dsn: \"sqlite:x\"\n  dsn_file: f\n", "bank.yaml:5: database.dsn_file: the secret was given at bank.yaml:4: database.dsn already", nil},
		"secret file lost":   {k + "database: {dsn_file: nowhere}\n", "bank.yaml:3: database.dsn_file: the file cannot be read: open nowhere", nil},
		"secret file empty":  {k + "database: {dsn_file: empty}\n", "the file empty is empty", nil},
		"open listener":      {enough + "api: {address: \":8443\"}\n", "bank.yaml:5: api.address: other machines can reach :8443, so the listener needs api.tls.certificate", nil},
		"half a certificate": {enough + "api: {tls: {key: k}}\n", "api.tls: certificate and key belong together", nil},
		"same address":       {enough + "api: {address: 127.0.0.1:8082}\n", "console.address: api has the same address", nil},
		"port":               {enough + "api: {address: localhost}\n", `an address and a port are expected, such as 127.0.0.1:8081 or :8443, not "localhost"`, nil},
		"webhook secret":     {enough + "webhook: {url: https://bank.example/hooks}\n", "webhook.secret: this key is needed with webhook.url", nil},
		"gateway path":       {enough + "sms: {first: {url: \"smpp://h:1/x\", system_id: a, source: b}}\n", "sms.first.url: an address such as", nil},
		"gateway scheme":     {enough + "sms: {second: {url: \"https://h:1\", system_id: a, source: b}}\n", "sms.second.url: an address such as", nil},
		"gateway login":      {enough + "sms: {first: {url: \"smpp://bank:pw@h:1\", system_id: a, source: b}}\n", "sms.first.url: an address such as", nil},
		"gateway port":       {enough + "sms: {first: {url: \"smpp://h\", system_id: a, source: b}}\n", "sms.first.url: an address such as", nil},
		"gateway sender":     {enough + "sms: {first: {url: \"smpp://h:1\", system_id: a}}\n", "sms.first.source: this key is needed", nil},
		"gateway name":       {enough + "sms: {first: {url: \"smpp://h:1\", source: a}}\n", "sms.first.system_id: this key is needed", nil},
		"gateway authority":  {enough + "sms: {first: {url: \"smpp://h:1\", system_id: a, source: b, ca: x.pem}}\n", "sms.first.ca: an authority means nothing", nil},
		"HTTP gateway":       {enough + "sms: {http: {url: \"https://h/x\"}}\n", "sms.http.secret: this key is needed", nil},
		"HTTP gateway off":   {enough + "sms: {http: {secret: whsec_x}}\n", "sms.http.url: a secret was given", nil},
		"push contact":       {enough + "push: {contact: it@bank.example}\n", "push.contact: an address such as mailto:it@bank.example", nil},
		"push contact http":  {enough + "push: {contact: \"http://bank.example\"}\n", "push.contact: an address such as mailto:it@bank.example", nil},
		"push without":       {enough + "push: {contact: \"mailto:it@bank.example\", services: \"\"}\n", "push.services: without any push service", nil},
		"gateway without":    {enough + "sms: {first: {password: x}}\n", "sms.first.url: a login was given", nil},
		"webhook url":        {enough + "webhook: {secret: whsec_x}\n", "webhook.url: a secret was given but no address", nil},
		"url":                {enough + "api: {url: bank.example}\n", `a URL such as https://auth.bank.example is expected, not "bank.example"`, nil},
		"origin":             {strings.Replace(enough, "auth.bank.example", "The Bank", 1), "bank.yaml:2: origin: a name like a host name is expected", nil},
		"nothing to do":      {enough + "api: {address: \"\"}\nconsole: {address: \"\"}\n", "neither the API nor the console", nil},
		"variable":           {enough, "COUNTERSIGN_DATABSE_DSN: there is no such variable; did you mean COUNTERSIGN_DATABASE_DSN?", []string{"COUNTERSIGN_DATABSE_DSN=x"}},
		"variable's value":   {enough, `COUNTERSIGN_LOG_LEVEL: debug, info, warn, error is expected, not "x"`, []string{"COUNTERSIGN_LOG_LEVEL=x"}},
		"variable twice":     {enough, "COUNTERSIGN_KEYS_VALUE: the secret was given at COUNTERSIGN_KEYS_VALUE_FILE already", []string{"COUNTERSIGN_KEYS_VALUE=x", "COUNTERSIGN_KEYS_VALUE_FILE=f"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(c.text, map[string]string{"empty": "\n", "f": "sqlite:y"}, c.environ...)
			if got := problems(t, err) + "\n"; !strings.Contains(got, c.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load("log: {level: loud}\nnonsense: 1\n", nil, "COUNTERSIGN_LIMITS_BODY=huge")
	got := problems(t, err)
	for _, want := range []string{"log.level", "nonsense", "COUNTERSIGN_LIMITS_BODY", "origin: this key is needed", "database.dsn: this key is needed", "keys: one of"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from:\n%s", want, got)
		}
	}
	if !strings.Contains(fault.From(err).Detail, "6 problems") {
		t.Errorf("detail %q", fault.From(err).Detail)
	}
}

func TestPlatformVariablesAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, v := range []string{
		"COUNTERSIGN_SERVICE_HOST=10.0.0.1", "COUNTERSIGN_PORT=tcp://10.0.0.1:443", "COUNTERSIGN_API_PORT_8081_TCP_ADDR=10.0.0.1",
		"COUNTERSIGN_TEST_POSTGRES=x", "COUNTERSIGN_SOMETHING_ELSE_ENTIRELY=x", "COUNTERSIGN_CONFIG=/etc/x",
	} {
		if _, err := load(enough, nil, v); err != nil {
			t.Errorf("%s: %s", v, problems(t, err))
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Source{Path: "/nowhere.yaml", ReadFile: os.ReadFile})
	if got := problems(t, err); !strings.Contains(got, "cannot be read") || !strings.Contains(got, "config reference") {
		t.Errorf("got %s", got)
	}
	_, err = load(strings.Repeat("#", 300<<10), nil)
	if got := problems(t, err); !strings.Contains(got, "larger than 256 KiB") {
		t.Errorf("got %s", got)
	}
}

func TestValidateOfAConfigMadeByAProgram(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Origin, c.Database.DSN, c.Keys.File = "demo", "sqlite:x", "k"
	if err := c.Validate(); err != nil {
		t.Fatal(problems(t, err))
	}
	c.Limits.Body, c.Log.Level = 1, "loud"
	got := problems(t, c.Validate())
	if !strings.Contains(got, "limits.body: 1B is not between") || !strings.Contains(got, "log.level") {
		t.Errorf("got %s", got)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	c, err := load(enough, nil, "COUNTERSIGN_DATABASE_DSN=postgres://u:"+secret+"@h/db")
	if err != nil {
		t.Fatal(problems(t, err))
	}
	shown := []string{fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.Database.DSN, c.Database.DSN)}
	for _, dsn := range []string{"postgres://u:" + secret + "%zz@h", secret, "postgres://u:" + secret + "@h:port"} {
		_, err := load(enough, nil, "COUNTERSIGN_DATABASE_DSN="+dsn)
		shown = append(shown, problems(t, err))
	}
	if all := strings.Join(shown, "\n"); strings.Contains(all, secret) {
		t.Errorf("the secret is in:\n%s", all)
	}
}
