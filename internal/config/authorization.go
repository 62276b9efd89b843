package config

import (
	"net"
	"strconv"
	"time"
)

// Authorization says how card networks ask whether payments with tokens are authorized, by ISO 8583.
type Authorization struct {
	Address      string        `key:"address" example:"127.0.0.1:8089" doc:"Address and port for connections of networks and acquirers; empty switches it off."`
	TLS          TLS           `key:"tls" doc:"The certificate of this side. With it connections are encrypted, and client_ca is needed."`
	ClientCA     string        `key:"client_ca" doc:"PEM file with the authorities of the certificates by which the other sides are known: whoever has none of them is refused. The common name stands in the audit log as who asked."`
	Institutions string        `key:"institutions" doc:"JSON file that says for which acquirers (DE 32) whoever shows a certificate may speak, by its common name: {\"acquirer.example\": [\"123456\"], \"network.example\": []}. An empty list is for all, as networks do; who is not named is refused. Without it everybody speaks for all."`
	Plain        bool          `key:"plain" default:"false" doc:"Allow connections without TLS on an address that other machines can reach, because the line itself is private and encrypted."`
	Profile      string        `key:"profile" default:"iso87-bcd" example:"iso87-ascii" doc:"How messages are written: iso87-ascii, iso87-bcd, iso87-binary, iso87-ebcdic, or the path of a profile of your own, a JSON file."`
	SignOn       bool          `key:"sign_on" default:"true" doc:"Connections must sign on (0800, DE 70 = 001) before they ask for anything else."`
	Partial      bool          `key:"partial" default:"false" doc:"The merchants of these networks take approvals of a part (DE 39 = 10, DE 4 says how much): where restrictions allow less than was asked for, that is approved. Otherwise it is declined."`
	Idle         time.Duration `key:"idle" default:"5m" min:"10s" max:"1h" doc:"A connection without a message or heartbeat for so long is closed."`
	Room         int           `key:"room" default:"64" min:"1" max:"1024" doc:"Messages of one connection that are worked on at once; then its sender waits."`
	Connections  int           `key:"connections" default:"64" min:"1" max:"10000" doc:"Connections at once; more are refused."`
}

// check says what keeps networks from being answered.
func (a Authorization) check(ps *Problems) {
	if (a.TLS.Certificate == "") != (a.TLS.Key == "") {
		note(ps, "authorization.tls", "certificate and key belong together; only one was given")
	}
	if a.TLS.Certificate != "" && a.ClientCA == "" {
		note(ps, "authorization.client_ca", "this key is needed with authorization.tls: whoever asks for money is known by a certificate")
	}
	if a.TLS.Certificate == "" && a.ClientCA != "" {
		note(ps, "authorization.tls", "certificates of others are asked for on TLS only; give authorization.tls.certificate and .key")
	}
	if a.TLS.Certificate == "" && a.Institutions != "" {
		note(ps, "authorization.institutions", "others are known by certificates on TLS only; give authorization.tls.certificate, .key and authorization.client_ca")
	}
	if a.Address == "" {
		return
	}
	host, port, err := net.SplitHostPort(a.Address)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		note(ps, "authorization.address", "an address and a port are expected, such as 127.0.0.1:8089 or :8089, not %s", quote(a.Address))
		return
	}
	if !loopback(host) && a.TLS.Certificate == "" && !a.Plain {
		note(ps, "authorization.address", "other machines can reach %s, so authorization.tls.certificate, .key and authorization.client_ca are needed; or set authorization.plain: true when the line is private and encrypted", a.Address)
	}
}
