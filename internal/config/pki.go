package config

import (
	"crypto/x509"
	"net/url"
	"time"
)

// PKI says how certificates are issued.
type PKI struct {
	Country      string        `key:"country" example:"NO" doc:"Two capital letters that stand in the certificates of persons; nothing by default."`
	Organization string        `key:"organization" example:"Fjord Bank" doc:"The organization that stands in the certificates of persons; nothing by default."`
	Validity     time.Duration `key:"validity" default:"26280h" min:"1h" max:"87600h" doc:"How long certificates are valid."`
	ListFor      time.Duration `key:"list_for" default:"24h" min:"10m" max:"720h" doc:"How long a revocation list may be used. A new one is made when half of it is over, and when a status has changed."`
	AnswerFor    time.Duration `key:"answer_for" default:"10m" min:"1m" max:"24h" doc:"How long an answer of the OCSP responder may be used."`
	Policy       string        `key:"policy" example:"1.3.6.1.4.1.99999.1.1" doc:"The certificate policy of persons' certificates, an object identifier. By default one that says: the key may be in software, and no secure device is claimed."`
	StampPolicy  string        `key:"stamp_policy" example:"1.3.6.1.4.1.99999.1.2" doc:"The policy of time-stamps, an object identifier."`
	EST          EST           `key:"est" doc:"Another authority that certifies in place of ours, by EST (RFC 7030). It is not used unless it has a url."`
	TSA          TSA           `key:"tsa" doc:"Another time-stamping authority in place of ours (RFC 3161). It is not used unless it has a url."`
}

// EST is another authority.
type EST struct {
	URL         string        `key:"url" doc:"The address, up to and with /.well-known/est or a label below it, such as https://ca.example/.well-known/est."`
	CA          string        `key:"ca" doc:"PEM file with the certificates that the authority's chains end at."`
	TLSCA       string        `key:"tls_ca" doc:"PEM file with the authority that signed the server's certificate; by default that of ca."`
	Certificate string        `key:"certificate" doc:"PEM file with the certificate by which the server knows this installation."`
	Key         string        `key:"key" doc:"PEM file with its private key."`
	User        string        `key:"user" doc:"A name, where the server asks for one."`
	Password    Secret        `key:"password" doc:"The password that goes with it."`
	OCSP        string        `key:"ocsp" doc:"The address of the OCSP responder; by default the one in the certificates."`
	List        string        `key:"list" doc:"The address of the revocation list; by default the one in the certificates."`
	Timeout     time.Duration `key:"timeout" default:"15s" min:"1s" max:"1m" doc:"How long to wait for an answer."`
}

// TSA is another time-stamping authority.
type TSA struct {
	URL     string        `key:"url" doc:"The address that requests are sent to, such as https://tsa.example."`
	CA      string        `key:"ca" doc:"PEM file with the certificates that its chains end at."`
	Timeout time.Duration `key:"timeout" default:"10s" min:"1s" max:"1m" doc:"How long to wait for an answer."`
}

// check says what keeps certificates from being issued.
func (p PKI) check(ps *Problems) {
	for _, x := range []struct{ key, value string }{{"policy", p.Policy}, {"stamp_policy", p.StampPolicy}} {
		if _, err := x509.ParseOID(x.value); err != nil && x.value != "" {
			note(ps, "pki."+x.key, "an object identifier such as 1.3.6.1.4.1.99999.1.1 is expected")
		}
	}
	if c := p.Country; c != "" && (len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z') {
		note(ps, "pki.country", "two capital letters are expected, such as NO")
	}
	p.EST.check(ps)
	if p.TSA.URL != "" && p.TSA.CA == "" {
		note(ps, "pki.tsa.ca", "this key is needed with pki.tsa.url: time-stamps are verified")
	}
	web(ps, "pki.tsa.url", p.TSA.URL)
}

func (e EST) check(ps *Problems) {
	if e.URL == "" {
		return
	}
	if u, err := url.Parse(e.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		note(ps, "pki.est.url", "an address such as https://ca.example/.well-known/est is expected; EST is never without TLS")
	}
	if e.CA == "" {
		note(ps, "pki.est.ca", "this key is needed with pki.est.url: certificates are verified")
	}
	if (e.Certificate == "") != (e.Key == "") {
		note(ps, "pki.est", "certificate and key belong together; only one was given")
	}
	if e.Certificate == "" && e.User == "" {
		note(ps, "pki.est", "the server must know who asks: give certificate and key, or user and password")
	}
	web(ps, "pki.est.ocsp", e.OCSP)
	web(ps, "pki.est.list", e.List)
}

// web notes an address that is none.
func web(ps *Problems, path, address string) {
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
		note(ps, path, "an address such as http://ca.example/ocsp is expected")
	}
}
