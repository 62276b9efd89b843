package config

import (
	"net/url"
	"strconv"
	"strings"
)

// check says what keeps a gateway from working. One without an address is off.
func (g Gateway) check(path string, ps *Problems) {
	if g.URL == "" {
		if g.Password != "" || g.SystemID != "" {
			note(ps, path+".url", "a login was given but no address of a message center")
		}
		return
	}
	u, err := url.Parse(g.URL)
	if err != nil || u.Scheme != "smpp" && u.Scheme != "smpps" || !port(u) || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		note(ps, path+".url", "an address such as smpps://smsc.carrier.example:3550 is expected; login and password have keys of their own")
	} else if u.Scheme == "smpp" && g.CA != "" {
		note(ps, path+".ca", "an authority means nothing for smpp://; write smpps:// if the center speaks TLS")
	}
	if g.Cards != "" && (strings.TrimPrefix(g.Cards, "+") == strings.TrimPrefix(g.Source, "+") || strings.Trim(strings.TrimPrefix(g.Cards, "+"), "0123456789") != "") {
		note(ps, path+".cards", "a number with + or a short code is expected, other than %s.source", path)
	}
	if len(g.CountryCode) > 3 || strings.Trim(g.CountryCode, "0123456789") != "" || strings.HasPrefix(g.CountryCode, "0") {
		note(ps, path+".country_code", "a country code of 1 to 3 digits is expected, such as 47")
	}
	for _, need := range []struct{ key, value string }{{"system_id", g.SystemID}, {"source", g.Source}} {
		if need.value == "" {
			note(ps, path+"."+need.key, "this key is needed with %s.url", path)
		}
	}
}

func (h HTTPGateway) check(ps *Problems) {
	switch {
	case h.URL == "" && (h.Secret != "" || h.Previous != ""):
		note(ps, "sms.http.url", "a secret was given but no address to send to")
	case h.URL != "" && h.Secret == "":
		note(ps, "sms.http.secret", "this key is needed with sms.http.url: messages are signed with it")
	}
}

func (p Push) check(ps *Problems) {
	if p.Contact == "" {
		return
	}
	if u, err := url.Parse(p.Contact); err != nil || u.Scheme != "mailto" && u.Scheme != "https" || u.Scheme == "https" && u.Host == "" || u.Scheme == "mailto" && !strings.Contains(u.Opaque, "@") {
		note(ps, "push.contact", "an address such as mailto:it@bank.example or https://bank.example is expected")
	}
	if p.Services == "" && !p.Loopback {
		note(ps, "push.services", "without any push service nothing can be sent; leave the key out for those of the large browsers")
	}
}

func port(u *url.URL) bool {
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0 && u.Hostname() != ""
}
