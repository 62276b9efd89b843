package dskppserver_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	"github.com/countersign-auth/countersign/pskc"
)

const (
	xmlOpen = `<dskpp:KeyProvClientHello xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Version="1.0">`
	xmlShut = `</dskpp:KeyProvClientHello>`
	keyTOTP = `<dskpp:Algorithm>urn:ietf:params:xml:ns:keyprov:pskc:totp</dskpp:Algorithm>`
	lists   = `<dskpp:SupportedKeyTypes>` + keyTOTP + `</dskpp:SupportedKeyTypes>` +
		`<dskpp:SupportedEncryptionAlgorithms><dskpp:Algorithm>http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p</dskpp:Algorithm></dskpp:SupportedEncryptionAlgorithms>` +
		`<dskpp:SupportedMacAlgorithms><dskpp:Algorithm>urn:ietf:params:xml:ns:keyprov:dskpp:prf-sha256</dskpp:Algorithm></dskpp:SupportedMacAlgorithms>`
	sessionNonce = `<dskpp:KeyProvClientNonce xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" Version="1.0" SessionID="1">`
)

func nonce(n int) string {
	return "<dskpp:ClientNonce>" + base64.StdEncoding.EncodeToString(make([]byte, n)) + "</dskpp:ClientNonce>"
}

// TestMalformedMessages: every class of message that cannot be used gets its status, with 200
// (D-72); what is no message of a client gets 400 (D-71). None of them costs a key derivation,
// an attempt or a row.
func TestMalformedMessages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		hello := xmlOpen + lists + xmlShut
		auth := func(in string) string {
			return xmlOpen + lists + "<dskpp:AuthenticationData>" + in + "</dskpp:AuthenticationData>" + xmlShut
		}
		twoPass := xmlOpen + nonce(16) + lists + `<dskpp:SupportedProtocolVariants><dskpp:TwoPass><dskpp:SupportedKeyProtectionMethod>` + dskpp.Transport + `</dskpp:SupportedKeyProtectionMethod></dskpp:TwoPass></dskpp:SupportedProtocolVariants>`
		extension := func(in string) string {
			return xmlOpen + lists + "<dskpp:Extensions>" + in + "</dskpp:Extensions>" + xmlShut
		}
		for name, x := range map[string]struct {
			body string
			want dskpp.Status
		}{
			"the model":             {hello, dskpp.Continue},
			"nonce of 16 octets":    {xmlOpen + nonce(16) + lists + xmlShut, dskpp.Continue},
			"nonce of 15 octets":    {xmlOpen + nonce(15) + lists + xmlShut, dskpp.MalformedRequest},
			"wrong order":           {xmlOpen + lists + nonce(16) + xmlShut, dskpp.MalformedRequest},
			"nothing in it":         {xmlOpen + xmlShut, dskpp.MalformedRequest},
			"no version":            {strings.Replace(hello, ` Version="1.0"`, "", 1), dskpp.MalformedRequest},
			"form of the version":   {strings.Replace(hello, `"1.0"`, `"1.0000"`, 1), dskpp.MalformedRequest},
			"major version":         {strings.Replace(hello, `"1.0"`, `"2.0"`, 1), dskpp.UnsupportedVersion},
			"minor version":         {strings.Replace(hello, `"1.0"`, `"1.9"`, 1), dskpp.Continue},
			"unknown element":       {xmlOpen + lists + "<dskpp:Unheard/>" + xmlShut, dskpp.MalformedRequest},
			"XInclude":              {xmlOpen + `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>` + lists + xmlShut, dskpp.MalformedRequest},
			"client of 129":         {auth("<dskpp:ClientID>" + strings.Repeat("A", 129) + "</dskpp:ClientID><dskpp:AuthenticationCodeMac><dskpp:Mac>AAAA</dskpp:Mac></dskpp:AuthenticationCodeMac>"), dskpp.MalformedRequest},
			"unknown root":          {`<dskpp:KeyProvUnheard xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" Version="1.0"/>`, dskpp.UnknownRequest},
			"unknown key types":     {strings.Replace(hello, "pskc:totp", "pskc:pin", 1), dskpp.NoSupportedKeyTypes},
			"another key type":      {strings.Replace(hello, "pskc:totp", "pskc:hotp", 1), dskpp.NoSupportedKeyTypes},
			"unknown encryption":    {strings.Replace(hello, "rsa-oaep-mgf1p", "rsa-unheard", 1), dskpp.NoSupportedEncryptionAlgorithms},
			"PKCS #1 towards us":    {strings.Replace(hello, "rsa-oaep-mgf1p", "rsa-1_5", 1), dskpp.NoSupportedEncryptionAlgorithms},
			"unknown MACs":          {strings.Replace(hello, "prf-sha256", "prf-unheard", 1), dskpp.NoSupportedMacAlgorithms},
			"unknown variants":      {strings.Replace(twoPass, dskpp.Transport, "urn:unheard", 1) + xmlShut, dskpp.NoProtocolVariants},
			"unknown packages":      {xmlOpen + lists + "<dskpp:SupportedKeyPackages><dskpp:KeyPackageFormat>urn:unheard</dskpp:KeyPackageFormat></dskpp:SupportedKeyPackages>" + xmlShut, dskpp.NoSupportedKeyPackages},
			"two passes, no proof":  {twoPass + xmlShut, dskpp.AuthenticationDataMissing},
			"critical extension":    {extension(`<dskpp:Extension Critical="true" xmlns:v="urn:v" xsi:type="v:Unheard"><v:a/></dskpp:Extension>`), dskpp.UnknownCriticalExtension},
			"other extension":       {extension(`<dskpp:Extension xmlns:v="urn:v" xsi:type="v:Unheard"><v:a/></dskpp:Extension>`), dskpp.Continue},
			"device not asked for":  {xmlOpen + `<dskpp:DeviceIdentifierData><dskpp:DeviceId><p:Manufacturer xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc">m</p:Manufacturer><p:SerialNo xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc">1</p:SerialNo></dskpp:DeviceId></dskpp:DeviceIdentifierData>` + lists + xmlShut, dskpp.Continue},
			"nonce without session": {strings.Replace(sessionNonce, ` SessionID="1"`, "", 1) + `<dskpp:EncryptedNonce>AAAA</dskpp:EncryptedNonce></dskpp:KeyProvClientNonce>`, dskpp.MalformedRequest},
			"session of nobody":     {sessionNonce + `<dskpp:EncryptedNonce>AAAA</dskpp:EncryptedNonce></dskpp:KeyProvClientNonce>`, dskpp.Abort},
			"key of nobody":         {xmlOpen + "<dskpp:KeyID>AAAA</dskpp:KeyID>" + nonce(16) + lists + xmlShut, dskpp.Continue},
		} {
			res := post(t, w.first, "/dskpp/bank", []byte(x.body))
			if got := status(t, res); got != x.want {
				t.Errorf("%s: %s, want %s", name, got, x.want)
			}
			checkHeaders(t, name, res)
		}
		for name, body := range map[string]string{
			"empty": "", "no XML": "hello", "JSON": "{}", "not closed": xmlOpen, "two roots": hello + hello, "another namespace": strings.Replace(hello, "keyprov:dskpp", "keyprov:dskpq", 1),
			"DTD": "<!DOCTYPE a [<!ENTITY b \"c\">]>" + hello, "external entity": `<!DOCTYPE a SYSTEM "file:///etc/passwd">` + hello,
			"bomb":                  `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>` + strings.Replace(hello, "pskc:totp", "&c;", 1),
			"instruction":           strings.Replace(hello, lists, "<?php x ?>"+lists, 1),
			"deep":                  strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000),
			"a message of servers":  string((&dskpp.ServerFinished{Version: dskpp.Version{Major: 1}, Status: dskpp.Success}).Format()),
			"a trigger":             string(dskpp.NewTrigger(address, dskpp.Code{ClientID: "A", Password: "B"}).Format()),
			"not UTF-8":             strings.Replace(hello, "totp", "\xff", 1),
			"another encoding":      `<?xml version="1.0" encoding="ISO-8859-1"?>` + hello,
			"a message in a PSKC":   `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0"/>`,
			"an undeclared prefix":  "<dskpp:KeyProvClientHello/>",
			"an entity of its own":  strings.Replace(hello, "totp", "&nbsp;", 1),
			"a byte order of UTF16": "\xff\xfe<\x00a\x00",
		} {
			res := post(t, w.first, "/dskpp/bank", []byte(body))
			if res.code != http.StatusBadRequest {
				t.Errorf("%s: %d", name, res.code)
			}
			checkHeaders(t, name, res)
		}
		if n := w.count("mobile_code WHERE status = 'decoy'"); n != 0 {
			t.Errorf("%d attempts were made", n)
		}
	})
}

// checkHeaders is D-70: nobody keeps an answer.
func checkHeaders(t *testing.T, name string, res answer) {
	t.Helper()
	h := res.header
	if h.Get("Cache-Control") != "no-cache, no-must-revalidate, private" || h.Get("Pragma") != "no-cache" || h.Get("ETag") != "" || h.Get("Last-Modified") != "" {
		t.Errorf("%s: %v", name, h)
	}
	if res.code == http.StatusOK && h.Get("Content-Type") != dskpp.MediaType {
		t.Errorf("%s: type %q (D-69)", name, h.Get("Content-Type"))
	}
}

// TestRequestsThatAreRefused: methods, types, sizes and addresses; a trigger is not given out
// (D-73), and whoever asks too often is refused (D-71) before anything is read.
func TestRequestsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		good := []byte(xmlOpen + lists + xmlShut)
		ask := func(method, path, kind string, body io.Reader) answer {
			r := httptest.NewRequestWithContext(t.Context(), method, address+path, body)
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Accept", dskpp.MediaType)
			rec := httptest.NewRecorder()
			w.first.ServeHTTP(rec, r)
			return answer{rec.Code, rec.Header(), rec.Body.Bytes()}
		}
		for name, x := range map[string]struct {
			method, path, kind string
			body               []byte
			want               int
		}{
			"a parameter of the type": {"POST", "/dskpp/bank", dskpp.MediaType + "; charset=utf-8", good, 200},
			"a trigger is asked for":  {"GET", "/dskpp/bank", "", nil, 405},
			"another method":          {"PUT", "/dskpp/bank", dskpp.MediaType, good, 405},
			"another type":            {"POST", "/dskpp/bank", "text/xml", good, 400},
			"no type":                 {"POST", "/dskpp/bank", "", good, 400},
			"no such application":     {"POST", "/dskpp/unheard", dskpp.MediaType, good, 404},
			"no application":          {"POST", "/dskpp/", dskpp.MediaType, good, 404},
			"10 MB":                   {"POST", "/dskpp/bank", dskpp.MediaType, make([]byte, 10<<20), 413},
			"10 MB of elements":       {"POST", "/dskpp/bank", dskpp.MediaType, []byte(xmlOpen + strings.Repeat("<dskpp:a/>", 1<<20)), 413},
		} {
			if res := ask(x.method, x.path, x.kind, bytes.NewReader(x.body)); res.code != x.want {
				t.Errorf("%s: %d, want %d", name, res.code, x.want)
			}
		}
		endless := struct{ io.Reader }{io.LimitReader(zeros{}, 1<<30)} // of a length that nobody knows
		if res := ask("POST", "/dskpp/bank", dskpp.MediaType, endless); res.code != http.StatusRequestEntityTooLarge {
			t.Errorf("a body without end: %d", res.code)
		}
		slow, _ := w.node(func(c *dskppserver.Config) {
			c.Limiter = client.NewLimiter(w.clock.Now, client.Rate{PerSecond: 1, Burst: 2})
		})
		for i, want := range []int{200, 200, 403, 403} {
			res := post(t, slow, "/dskpp/bank", good)
			if res.code != want || want == http.StatusForbidden && res.header.Get("Retry-After") != "1" {
				t.Errorf("request %d: %d, %v", i, res.code, res.header)
			}
		}
		w.clock.Advance(time.Second)
		if res := post(t, slow, "/dskpp/bank", good); res.code != http.StatusOK {
			t.Errorf("a second later: %d", res.code)
		}
	})
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestWrongURL: a proof that was made for another server, such as one that forwards it, is none
// (D-21).
func TestWrongURL(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _, code := w.issue("1", "bank")
		for _, url := range []string{"https://phisher.example/dskpp/bank", dskppserver.URL(address, "events"), dskppserver.URL(address, "bank") + "/", "https://MOBILE.bank.example/dskpp/bank"} {
			run := begin(t, code, "bank", func(c *dskpp.Client) { c.URL = url })
			_, raw := message(t, post(t, w.first, "/dskpp/bank", run.Request()))
			if _, err := run.Answer(raw); err != nil {
				t.Fatal(err)
			}
			if s := status(t, post(t, w.first, "/dskpp/bank", run.Request())); s != dskpp.AuthenticationDataInvalid {
				t.Errorf("%s: %s", url, s)
			}
		}
	})
}

// TestDevicesAreNotTaken: a DeviceID that we did not name ends the run behind a valid proof (D-28).
func TestDevicesAreNotTaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _, code := w.issue("1", "bank")
		app := phone(w.first)
		app.Offer = func(c *dskpp.Client) {
			c.Device = &dskpp.DeviceIdentifier{Device: &pskc.Device{Manufacturer: "m", SerialNo: "1"}}
		}
		if _, err := app.Enroll(t.Context(), dskppserver.URL(address, "bank"), code.Human(), pin); !is(err, dskpp.AccessDenied) {
			t.Error(err)
		}
	})
}
