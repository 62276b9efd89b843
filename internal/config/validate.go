package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Validate reports everything that is wrong with the values, all at once, as a
// fault "config.invalid" whose cause is [Problems]; nil when a node can start
// with them. It opens nothing: that files exist and a database answers is the
// business of "countersign doctor".
func (c *Config) Validate() error { return c.problems().fault() }

func (c *Config) problems() (ps Problems) {
	for _, e := range leaves(entries(c)) {
		if e.need && e.empty() {
			note(&ps, e.path, "this key is needed, for example %s: %s (or %s)", e.path, e.example, e.env())
		} else if err := e.check(); err != nil {
			note(&ps, e.path, "%v", err)
		}
	}
	c.checkOrigin(&ps)
	c.checkDSN(&ps)
	c.checkKeys(&ps)
	c.checkListeners(&ps)
	c.checkWebhook(&ps)
	c.SMS.First.check("sms.first", &ps)
	c.SMS.Second.check("sms.second", &ps)
	c.SMS.HTTP.check(&ps)
	c.Push.check(&ps)
	c.PKI.check(&ps)
	c.Authorization.check(&ps)
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			note(&ps, "trusted_proxies", "%s trusts everyone to name the client's address; list the proxies", p)
		}
	}
	return ps
}

// checkOrigin keeps to what every reader of a checkpoint can carry: no space, no
// plus sign, no line break.
func (c *Config) checkOrigin(ps *Problems) {
	ok := len(c.Origin) <= 100 && !strings.HasPrefix(c.Origin, "/") && !strings.HasSuffix(c.Origin, "/")
	for _, r := range c.Origin {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_/", r))
	}
	if !ok {
		note(ps, "origin", "a name like a host name is expected (small letters, digits, . - _ and / inside, at most 100), not %s", quote(c.Origin))
	}
}

func (c *Config) checkDSN(ps *Problems) {
	dsn := string(c.Database.DSN)
	path, sqlite := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case dsn == "" || sqlite && path != "":
	case sqlite:
		note(ps, "database.dsn", "a path is expected after sqlite:, for example sqlite:countersign.db")
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		// The error of url.Parse repeats the URL, and so the password.
		if _, err := url.Parse(dsn); err != nil {
			note(ps, "database.dsn", "this URL cannot be read; special characters in the password must be percent-encoded")
		}
	case strings.Contains(dsn, "host=") || strings.Contains(dsn, "dbname=") || strings.Contains(dsn, "service="):
	default:
		note(ps, "database.dsn", "sqlite:PATH or postgres://… is expected; the value begins with neither")
	}
}

func (c *Config) checkKeys(ps *Problems) {
	switch file, value := c.Keys.File != "", c.Keys.Value != ""; {
	case file && value:
		note(ps, "keys", "keys.file and keys.value were both given; keep one of them")
	case !file && !value:
		note(ps, "keys", "one of keys.file and keys.value is needed; `countersign keys init` makes a key file")
	}
}

func (c *Config) checkWebhook(ps *Problems) {
	switch w := c.Webhook; {
	case w.URL == "" && (w.Secret != "" || w.Previous != ""):
		note(ps, "webhook.url", "a secret was given but no address to send to")
	case w.URL != "" && w.Secret == "":
		note(ps, "webhook.secret", "this key is needed with webhook.url: messages are signed with it")
	}
}

func (c *Config) checkListeners(ps *Problems) {
	taken := map[string]string{}
	for _, l := range []struct {
		path string
		Listener
	}{{"api", c.API}, {"console", c.Console}, {"self", c.Self}, {"mobile", c.Mobile}, {"mss", c.MSS}, {"devices", c.Devices}, {"certificates", c.Certificates}, {"metrics", c.Metrics}} {
		l.check(l.path, ps)
		if other, ok := taken[l.Address]; ok && !strings.HasSuffix(l.Address, ":0") {
			note(ps, l.path+".address", "%s has the same address; separate listeners keep customers, staff, applications and monitoring apart", other)
		}
		if l.Address != "" {
			taken[l.Address] = l.path
		}
	}
	if other, ok := taken[c.Authorization.Address]; ok && c.Authorization.Address != "" && !strings.HasSuffix(c.Authorization.Address, ":0") {
		note(ps, "authorization.address", "%s has the same address; card networks need a listener of their own", other)
	}
	if c.API.Address == "" && c.Authorization.Address == "" && c.Console.Address == "" && c.Self.Address == "" && c.Mobile.Address == "" && c.MSS.Address == "" && c.Devices.Address == "" {
		note(ps, "api.address", "neither the API nor the console nor the self-service pages nor mobile tokens nor mobile signatures nor devices nor card networks have an address, so the node would do nothing")
	}
}

func (l Listener) check(path string, ps *Problems) {
	if (l.TLS.Certificate == "") != (l.TLS.Key == "") {
		note(ps, path+".tls", "certificate and key belong together; only one was given")
	}
	if l.URL != "" {
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			note(ps, path+".url", "a URL such as https://auth.bank.example is expected, not %s", quote(l.URL))
		}
	}
	if l.Address == "" {
		return
	}
	host, port, err := net.SplitHostPort(l.Address)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		note(ps, path+".address", "an address and a port are expected, such as 127.0.0.1:8081 or :8443, not %s", quote(l.Address))
		return
	}
	if !loopback(host) && l.TLS.Certificate == "" && !l.PlainHTTP {
		note(ps, path+".address", "other machines can reach %s, so the listener needs %s.tls.certificate and .key; or set %s.plain_http: true when a proxy in front ends TLS", l.Address, path, path)
	}
}

// Scheme is "https" when the listener has a certificate, else "http".
func (l Listener) Scheme() string {
	if l.TLS.Certificate != "" {
		return "https"
	}
	return "http"
}

func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost"
}
