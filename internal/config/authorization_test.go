package config_test

import (
	"strings"
	"testing"
)

// A listener that hands out money is never open by mistake.
func TestAuthorizationListener(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		section string
		want    string // in the problem; "" for none
	}{
		"loopback":               {"{address: '127.0.0.1:8089'}", ""},
		"the whole world":        {"{address: ':8089'}", "other machines can reach"},
		"on purpose":             {"{address: ':8089', plain: true}", ""},
		"mutual TLS":             {"{address: ':8089', client_ca: ca.pem, tls: {certificate: c.pem, key: k.pem}}", ""},
		"TLS without others'":    {"{address: ':8089', tls: {certificate: c.pem, key: k.pem}}", "known by a certificate"},
		"others' without TLS":    {"{address: '127.0.0.1:8089', client_ca: ca.pem}", "on TLS only"},
		"institutions without":   {"{address: '127.0.0.1:8089', institutions: i.json}", "on TLS only"},
		"half a certificate":     {"{address: '127.0.0.1:8089', client_ca: ca.pem, tls: {certificate: c.pem}}", "belong together"},
		"no port":                {"{address: '127.0.0.1'}", "an address and a port"},
		"the API's address":      {"{address: '127.0.0.1:8081'}", "has the same address"},
		"too little idle time":   {"{idle: 1s}", "10s"},
		"too much at the moment": {"{room: 5000}", "1024"},
	} {
		_, err := load("origin: a\ndatabase: {dsn: 'sqlite:x'}\nkeys: {file: k}\nauthorization: "+c.section+"\n", nil)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
