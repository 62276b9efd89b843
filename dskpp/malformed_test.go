package dskpp_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
)

const open = `<dskpp:KeyProvClientHello xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Version="1.0">`

const lists = `<dskpp:SupportedKeyTypes><dskpp:Algorithm>urn:ietf:params:xml:ns:keyprov:pskc:hotp</dskpp:Algorithm></dskpp:SupportedKeyTypes>` +
	`<dskpp:SupportedEncryptionAlgorithms><dskpp:Algorithm>http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p</dskpp:Algorithm></dskpp:SupportedEncryptionAlgorithms>` +
	`<dskpp:SupportedMacAlgorithms><dskpp:Algorithm>urn:ietf:params:xml:ns:keyprov:dskpp:prf-sha256</dskpp:Algorithm></dskpp:SupportedMacAlgorithms>`

const shut = `</dskpp:KeyProvClientHello>`

// D-05 to D-07, D-25: what the schema does not allow is a malformed request.
func TestD05_MalformedRequests(t *testing.T) {
	t.Parallel()
	nonce := func(n int) string {
		return "<dskpp:ClientNonce>" + b64(bytes.Repeat([]byte{7}, n)) + "</dskpp:ClientNonce>"
	}
	auth := func(in string) string {
		return open + lists + "<dskpp:AuthenticationData>" + in + "</dskpp:AuthenticationData>" + shut
	}
	twoPass := func(in string) string {
		return open + lists + "<dskpp:SupportedProtocolVariants><dskpp:TwoPass>" + in + "</dskpp:TwoPass></dskpp:SupportedProtocolVariants>" + shut
	}
	mac := "<dskpp:Mac>AAAA</dskpp:Mac>"
	extension := func(in string) string {
		return open + lists + "<dskpp:Extensions>" + in + "</dskpp:Extensions>" + shut
	}
	w := newWorld(t)
	if got := w.answered(t, []byte(open+nonce(16)+lists+shut)); got != dskpp.Continue {
		t.Fatalf("the model of this test does not work: %s", got)
	}
	for name, bad := range map[string]string{
		"no version":                strings.Replace(open, ` Version="1.0"`, "", 1) + lists + shut,
		"version":                   strings.Replace(open, "1.0", "1.0000", 1) + lists + shut,
		"unknown attribute":         strings.Replace(open, " Version", ` Extra="1" Version`, 1) + lists + shut,
		"session on a hello":        strings.Replace(open, " Version", ` SessionID="1" Version`, 1) + lists + shut,
		"order":                     open + lists + nonce(16) + shut,
		"a list missing":            open + lists[strings.Index(lists, "<dskpp:SupportedMac"):] + shut,
		"a list twice":              open + lists + lists + shut,
		"empty list":                open + strings.Replace(lists, "<dskpp:Algorithm>urn:ietf:params:xml:ns:keyprov:pskc:hotp</dskpp:Algorithm>", "", 1) + shut,
		"list too long":             open + strings.Replace(lists, "<dskpp:Algorithm>", strings.Repeat("<dskpp:Algorithm>a</dskpp:Algorithm>", 64)+"<dskpp:Algorithm>", 1) + shut,
		"text":                      open + "text" + shut,
		"text of the list":          open + strings.Replace(lists, "<dskpp:Algorithm>urn:ietf:params:xml:ns:keyprov:pskc:hotp</dskpp:Algorithm>", "hotp", 1) + shut,
		"nothing":                   open + shut,
		"unknown element":           open + lists + "<dskpp:Unheard/>" + shut,
		"element in a value":        open + strings.Replace(lists, "urn:ietf:params:xml:ns:keyprov:pskc:hotp", "<dskpp:a/>", 1) + shut,
		"no namespace":              open + lists + `<Extensions/>` + shut,
		"xinclude":                  open + `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>` + lists + shut,
		"nonce of 15 octets":        open + nonce(15) + lists + shut,
		"nonce of 300 octets":       open + nonce(300) + lists + shut,
		"nonce not base64":          open + "<dskpp:ClientNonce>*AAAAAAAAAAAAAAAAAAAAA</dskpp:ClientNonce>" + lists + shut,
		"base64 not canonical":      open + "<dskpp:ClientNonce>AAAAAAAAAAAAAAAAAAAAAB==</dskpp:ClientNonce>" + lists + shut,
		"KeyID too long":            open + "<dskpp:KeyID>" + b64(bytes.Repeat([]byte{7}, 129)) + "</dskpp:KeyID>" + lists + shut,
		"client of 129":             auth("<dskpp:ClientID>" + strings.Repeat("A", 129) + "</dskpp:ClientID><dskpp:AuthenticationCodeMac>" + mac + "</dskpp:AuthenticationCodeMac>"),
		"client alone":              auth("<dskpp:ClientID>A</dskpp:ClientID>"),
		"MAC in capitals":           auth("<dskpp:AuthenticationCodeMAC>" + mac + "</dskpp:AuthenticationCodeMAC>"),
		"mac twice":                 auth("<dskpp:AuthenticationCodeMac>" + mac + mac + "</dskpp:AuthenticationCodeMac>"),
		"mac missing":               auth("<dskpp:AuthenticationCodeMac><dskpp:IterationCount>1</dskpp:IterationCount></dskpp:AuthenticationCodeMac>"),
		"iterations negative":       auth("<dskpp:AuthenticationCodeMac><dskpp:IterationCount>-1</dskpp:IterationCount>" + mac + "</dskpp:AuthenticationCodeMac>"),
		"iterations not a number":   auth("<dskpp:AuthenticationCodeMac><dskpp:IterationCount>1e5</dskpp:IterationCount>" + mac + "</dskpp:AuthenticationCodeMac>"),
		"iterations of 33 bits":     auth("<dskpp:AuthenticationCodeMac><dskpp:IterationCount>4294967296</dskpp:IterationCount>" + mac + "</dskpp:AuthenticationCodeMac>"),
		"iterations behind":         auth("<dskpp:AuthenticationCodeMac>" + mac + "<dskpp:IterationCount>1</dskpp:IterationCount></dskpp:AuthenticationCodeMac>"),
		"foreign without namespace": auth("<ClientID/>"),
		"no method":                 twoPass(""),
		"payload first":             twoPass("<dskpp:Payload><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></dskpp:Payload>"),
		"empty payload":             twoPass("<dskpp:SupportedKeyProtectionMethod>urn:m</dskpp:SupportedKeyProtectionMethod><dskpp:Payload/>"),
		"empty key info":            twoPass("<dskpp:SupportedKeyProtectionMethod>urn:m</dskpp:SupportedKeyProtectionMethod><dskpp:Payload><ds:KeyInfo/></dskpp:Payload>"),
		"small RSA key":             twoPass("<dskpp:SupportedKeyProtectionMethod>urn:m</dskpp:SupportedKeyProtectionMethod><dskpp:Payload><ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo></dskpp:Payload>"),
		"four after two":            open + lists + "<dskpp:SupportedProtocolVariants><dskpp:TwoPass><dskpp:SupportedKeyProtectionMethod>urn:m</dskpp:SupportedKeyProtectionMethod></dskpp:TwoPass><dskpp:FourPass/></dskpp:SupportedProtocolVariants>" + shut,
		"no extension":              extension(""),
		"extension without type":    extension(`<dskpp:Extension><dskpp:Data>AAAA</dskpp:Data></dskpp:Extension>`),
		"extension without data":    extension(`<dskpp:Extension xsi:type="dskpp:ClientInfoType"/>`),
		"critical of no boolean":    extension(`<dskpp:Extension Critical="yes" xsi:type="dskpp:ClientInfoType"><dskpp:Data/></dskpp:Extension>`),
		"critical ClientInfo":       extension(`<dskpp:Extension Critical="true" xsi:type="dskpp:ClientInfoType"><dskpp:Data/></dskpp:Extension>`),
		"ServerInfo from a client":  extension(`<dskpp:Extension xsi:type="dskpp:ServerInfoType"><dskpp:Data/></dskpp:Extension>`),
		"device without id":         open + "<dskpp:DeviceIdentifierData/>" + lists + shut,
		"device of no date":         open + `<dskpp:DeviceIdentifierData><dskpp:DeviceId><p:StartDate xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc">today</p:StartDate></dskpp:DeviceId></dskpp:DeviceIdentifierData>` + lists + shut,
		"type substituted":          open + strings.Replace(lists, "<dskpp:SupportedKeyTypes>", `<dskpp:SupportedKeyTypes xsi:type="dskpp:Other">`, 1) + shut,
		"nonce without session":     `<dskpp:KeyProvClientNonce xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" Version="1.0"><dskpp:EncryptedNonce>AAAA</dskpp:EncryptedNonce></dskpp:KeyProvClientNonce>`,
		"nonce of another version":  `<dskpp:KeyProvClientNonce xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" Version="2.0" SessionID="1"><dskpp:EncryptedNonce>AAAA</dskpp:EncryptedNonce></dskpp:KeyProvClientNonce>`,
		"long session":              `<dskpp:KeyProvClientNonce xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" Version="1.0" SessionID="` + strings.Repeat("1", 129) + `"><dskpp:EncryptedNonce>AAAA</dskpp:EncryptedNonce></dskpp:KeyProvClientNonce>`,
	} {
		if got := w.answered(t, []byte(bad)); got != dskpp.MalformedRequest {
			t.Errorf("%s: %s (%v)", name, got, w.last.Why)
		}
	}
}

// D-07: identifiers are counted in characters, not in octets.
func TestD07_IdentifiersOf128Characters(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{128: true, 129: false} {
		_, err := dskpp.Parse([]byte(open + lists + "<dskpp:AuthenticationData><dskpp:ClientID>" + strings.Repeat("ä", n) + "</dskpp:ClientID><dskpp:AuthenticationCodeMac><dskpp:Mac/></dskpp:AuthenticationCodeMac></dskpp:AuthenticationData>" + shut))
		if (err == nil) != want {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// D-04: identifiers keep their blanks and their case; URIs lose only their blanks.
func TestD04_ExactComparison(t *testing.T) {
	t.Parallel()
	m, err := dskpp.Parse([]byte(open + lists + "<dskpp:AuthenticationData><dskpp:ClientID> aÄ </dskpp:ClientID><dskpp:AuthenticationCodeMac><dskpp:Mac/></dskpp:AuthenticationCodeMac></dskpp:AuthenticationData>" + shut))
	if err != nil || m.(*dskpp.ClientHello).Authentication.ClientID != " aÄ " {
		t.Error(m, err)
	}
	w := newWorld(t)
	if got := w.answered(t, []byte(open+strings.Replace(lists, "pskc:hotp", "pskc:HOTP", 1)+shut)); got != dskpp.NoSupportedKeyTypes {
		t.Error(got)
	}
	c := wrapClient(t, w)
	c.Code.ClientID = "AC00000B"
	if _, err := w.run(t, c); status(t, err) != dskpp.AuthenticationDataInvalid {
		t.Error(err)
	}
}

// D-09, D-10: what is no XML of ours is no DSKPP message; an unknown element of ours
// is an unknown request.
func TestD09_NotDSKPP(t *testing.T) {
	t.Parallel()
	hello := open + lists + shut
	for name, bad := range map[string]string{
		"empty": "", "no XML": "hello", "JSON": "{}", "not closed": open, "two roots": hello + hello, "undeclared prefix": "<dskpp:KeyProvClientHello/>",
		"DTD": "<!DOCTYPE a [<!ENTITY b \"c\">]>" + hello, "external": `<!DOCTYPE a SYSTEM "file:///etc/passwd">` + hello,
		"bomb":        `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + strings.Replace(hello, "urn:ietf", "&b;", 1),
		"entity":      strings.Replace(hello, "pskc:hotp", "&nbsp;", 1),
		"instruction": strings.Replace(hello, lists, "<?php x ?>"+lists, 1),
		"UTF-16":      "\xff\xfe<\x00a\x00", "Latin-1": `<?xml version="1.0" encoding="ISO-8859-1"?>` + hello, "not UTF-8": strings.Replace(hello, "hotp", "\xff", 1),
		"deep":                strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000),
		"large":               hello + strings.Repeat(" ", 10<<20),
		"other namespace":     strings.ReplaceAll(hello, dskpp.Namespace, "urn:other"),
		"no namespace":        "<KeyProvClientHello Version='1.0'/>",
		"attribute twice":     strings.Replace(hello, ` Version="1.0"`, ` Version="1.0" Version="1.0"`, 1),
		"message of a server": string(file(t, "rfc6063-b23-server-hello.xml")),
		"end of a server":     string(file(t, "rfc6063-b26-finished.xml")),
		"trigger":             string(file(t, "rfc6063-b1-trigger.xml")),
	} {
		if _, err := dskpp.ReadRequest([]byte(bad)); !errors.Is(err, dskpp.ErrNotDSKPP) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	if got := w.answered(t, []byte(`<KeyProvGreeting xmlns="`+dskpp.Namespace+`" Version="1.0"/>`)); got != dskpp.UnknownRequest {
		t.Errorf("D-10: %s", got)
	}
	for name, good := range map[string]string{
		"any prefix":          strings.ReplaceAll(hello, "dskpp:", "x:")[:0] + strings.NewReplacer("dskpp:K", "x:K", "dskpp:S", "x:S", "dskpp:A", "x:A", "xmlns:dskpp", "xmlns:x").Replace(hello),
		"default namespace":   strings.NewReplacer("<dskpp:", "<", "</dskpp:", "</", "xmlns:dskpp", "xmlns").Replace(hello),
		"blanks and comments": "\ufeff<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<!-- c -->" + strings.ReplaceAll(hello, "><", ">\n <!-- -- -->"[:3]+"<!-- c --> <"),
		"CDATA":               strings.Replace(hello, "urn:ietf:params:xml:ns:keyprov:pskc:hotp", "<![CDATA[urn:ietf:params:xml:ns:keyprov:pskc:hotp]]>", 1),
		"split by a comment":  strings.Replace(hello, "pskc:hotp", "pskc:h<!-- c -->otp", 1),
	} {
		if got := w.answered(t, []byte(good)); got != dskpp.Continue {
			t.Errorf("%s: %s (%v)", name, got, w.last.Why)
		}
	}
}

// An internal failure is an error and no answer.
func TestInternalFailureIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.broken = errors.New("the database is down")
	r, err := dskpp.ReadRequest(start(t, wrapClient(t, w)).Request())
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := w.server.Answer(context.Background(), r, nil); !errors.Is(err, w.desk.broken) || reply != nil {
		t.Error(reply, err)
	}
}

// A server that lacks something answers nobody.
func TestServerIsComplete(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*dskpp.Server){
		"URL":         func(s *dskpp.Server) { s.URL = "" },
		"ID":          func(s *dskpp.Server) { s.ID = "" },
		"desk":        func(s *dskpp.Server) { s.Desk = nil },
		"randomness":  func(s *dskpp.Server) { s.Rand = nil },
		"secret":      func(s *dskpp.Server) { s.Secret = s.Secret[:31] },
		"certificate": func(s *dskpp.Server) { s.Keys[0].Certificate = certificate(t) },
	} {
		w := newWorld(t)
		if err := w.server.Check(); err != nil {
			t.Fatal(err)
		}
		change(w.server)
		if _, err := w.try([]byte(open + lists + shut)); err == nil || w.server.Check() == nil {
			t.Errorf("no %s, and it answers", name)
		}
	}
}
