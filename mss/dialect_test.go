package mss_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/mss"
)

// recordings are the files of testdata/requests.
var recordings = []string{
	"laverca-signature", "laverca-status", "zeep-signature", "swisscom-signature", "swisscom-status", "swisscom-receipt", "swisscom-profile", "swisscom-soap-profile", "valimo-signature", "valimo-status",
}

func recordedFuzz(f *testing.F, name string) (string, []byte) {
	f.Helper()
	data, err := os.ReadFile("testdata/requests/" + name + ".http")
	if err != nil {
		f.Fatal(err)
	}
	head, body, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	if bytes.Contains(head, []byte("application/json")) {
		return mss.MediaJSON, body
	}
	return mss.MediaSOAP, body
}

func TestClientsAreReadInTheirDialects(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	base := func(trans string, after time.Duration) mss.Base {
		return mss.Base{Major: 1, Minor: 1, AP: mss.AP{ID: "https://shop.example/ap", TransID: trans, Password: "sixteen-letters-and-more", Instant: noon.Add(after)}}
	}
	swisscom := mss.Server{ID: mss.Member{URI: "http://mid.swisscom.ch/"}}
	const nobody = "M-nobody-has-begun-this"
	for name, want := range map[string]struct {
		dialect mss.Dialect
		message mss.Message
	}{
		"laverca-signature": {mss.Dialect{Qualified: true}, &mss.SignatureRequest{
			Base: base("A20261122-0001", 123*time.Millisecond), User: mss.User{MSISDN: "+436641234567"}, Mode: mss.AsynchClientServer,
			Data: mss.Data{Given: true, Text: "Shop: order 4711 for 25.00 EUR", Encoding: "UTF-8"}, Display: mss.Data{Given: true, Text: "Shop: pay 25.00 EUR to Grocer"},
			Profile: "http://alauda.mobi/nonRepudiation", Comparison: mss.Exact, Format: mss.FormatPKCS7,
		}},
		"laverca-status": {mss.Dialect{Qualified: true}, func() mss.Message {
			b := base("A20261122-0001", 5456*time.Millisecond)
			b.MSSP.ID.URI = "https://mss.bank.example"
			return &mss.StatusRequest{Base: b, TransID: nobody}
		}()},
		"zeep-signature": {mss.Dialect{}, &mss.SignatureRequest{
			Base: base("A20261122-0002", 123456*time.Microsecond), User: mss.User{MSISDN: "00436641234567"}, Mode: mss.AsynchClientServer, TimeOut: 2 * time.Minute,
			Data: mss.Data{Given: true, Text: "Shop: order 4711", MimeType: "text/plain", Encoding: "UTF-8"}, Profile: "http://mss.ficom.fi/TS102206/v1.0.0/authentication-profile.xml",
			Comparison: mss.Exact, Services: []mss.Service{{Description: mss.ServiceEventID, Value: "A123"}},
		}},
		"swisscom-signature": {mss.Dialect{JSON: true}, func() mss.Message {
			b := base("ID-3f2b1c9e-0d4a-4b7e-9a51-2c6f8e7d1a05", 0)
			b.MSSP, b.Minor = swisscom, 2
			return &mss.SignatureRequest{
				Base: b, User: mss.User{MSISDN: "436641234567"}, Mode: mss.AsynchClientServer, TimeOut: 80 * time.Second,
				Data:    mss.Data{Given: true, Text: "Shop: Log in to the shop?", MimeType: "text/plain", Encoding: "UTF-8"},
				Profile: "http://mid.swisscom.ch/MID/v1/AuthProfile1", Comparison: mss.Exact, Services: []mss.Service{{Description: mss.ServiceLanguage, Value: "en"}},
			}
		}()},
		"swisscom-status": {mss.Dialect{JSON: true}, func() mss.Message {
			b := base("ID-77d0a1f4-6a5e-4c83-8f1b-b1f9a3c02e11", 5*time.Second)
			b.MSSP = swisscom
			return &mss.StatusRequest{Base: b, TransID: nobody}
		}()},
		"swisscom-receipt": {mss.Dialect{JSON: true}, func() mss.Message {
			b := base("ID-0b8e6a3d-52c7-4f19-b6d0-9e1a7c45f233", 10*time.Second)
			b.MSSP = swisscom
			return &mss.ReceiptRequest{
				Base: b, TransID: nobody, User: mss.User{MSISDN: "436641234567"}, Status: mss.Status{Code: mss.RequestOK, Message: "REQUEST_OK"},
				Message: mss.Data{Given: true, Text: "Shop: thank you", MimeType: "text/plain", Encoding: "UTF-8"}, UserAck: true, Receipt: "http://mss.swisscom.ch/synch",
			}
		}()},
		"swisscom-profile": {mss.Dialect{JSON: true}, func() mss.Message {
			b := base("ID-c41d8f02-93ab-4e6c-a0f7-5d2b6e8c9a74", 15*time.Second)
			b.MSSP, b.Major, b.Minor = swisscom, 2, 0
			return &mss.ProfileRequest{Base: b, User: mss.User{MSISDN: "436641234567"}, Params: []string{"sscds", "state", "certs", "pinstatus", "rcstatus", "aastatus", "carddetails"}}
		}()},
		"swisscom-soap-profile": {mss.Dialect{Text: true, Wrapper: mss.WSDLNamespace}, func() mss.Message {
			b := base("PQ.0815", 20*time.Second)
			b.MSSP = swisscom
			return &mss.ProfileRequest{Base: b, User: mss.User{MSISDN: "+436641234567"}}
		}()},
		"valimo-signature": {mss.Dialect{Text: true}, func() mss.Message {
			b := base("_5d1f6c0b7a", 0)
			b.MSSP.ID.DNSName = "mss.bank.example"
			d := mss.Data{Given: true, Text: "Shop: log in", MimeType: "text/plain", Encoding: "UTF-8"}
			return &mss.SignatureRequest{Base: b, User: mss.User{MSISDN: "+436641234567"}, Mode: mss.AsynchClientServer, TimeOut: 5 * time.Minute, Data: d, Display: d, Profile: "http://alauda.mobi/digitalSignature", Comparison: mss.Exact, Format: mss.FormatPKCS7}
		}()},
		"valimo-status": {mss.Dialect{Text: true}, func() mss.Message {
			b := base("_9a3e44d1c2", 10*time.Second)
			b.MSSP.ID.DNSName = "mss.bank.example"
			return &mss.StatusRequest{Base: b, TransID: nobody}
		}()},
	} {
		m, body := recorded(t, name)
		got, err := mss.ReadRequest(m, body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Dialect != want.dialect {
			t.Errorf("%s: dialect %+v, want %+v", name, got.Dialect, want.dialect)
		}
		if diff := compare(want.message, got.Message); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnswersHaveTheDialectOfTheRequest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"laverca-status": "<MSS_StatusQueryResponse><mss:MSS_StatusResp ", "valimo-status": "<MSS_StatusQueryResponse><MSS_StatusResp ", "swisscom-status": `{"MSS_StatusResp":{`,
	} {
		m, body := recorded(t, name)
		e, err := mss.ReadRequest(m, body)
		if err != nil {
			t.Fatal(err)
		}
		e.Message = &mss.StatusResponse{Status: mss.Status{Code: mss.ValidSignature}, Signed: mss.Signed{CMS: []byte{0x30}}}
		got := string(e.WriteResponse())
		if !strings.Contains(got, want) {
			t.Errorf("%s is answered with %s", name, got)
		}
		if !e.Dialect.JSON && strings.Index(got, "Base64Signature") > strings.Index(got, "<mss:Status>") {
			t.Errorf("%s: the signature stands after the status", name)
		}
		if e.Dialect.JSON && !strings.Contains(got, `"Status":{"StatusCode":{"Value":"502"},"StatusMessage":"VALID_SIGNATURE"}`) {
			t.Errorf("%s is answered with %s", name, got)
		}
	}
}

func TestWhatCouldBeReadInTwoWaysIsRefused(t *testing.T) {
	t.Parallel()
	_, soap := recorded(t, "valimo-status")
	_, json := recorded(t, "swisscom-status")
	deep := strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)
	for name, c := range map[string]struct {
		media, from, to string
		code            int
	}{
		"a document type":          {mss.MediaXML, "<soapenv:Envelope", `<!DOCTYPE x [<!ENTITY e "v">]><soapenv:Envelope`, mss.WrongParam},
		"an instruction":           {mss.MediaXML, "<soapenv:Body>", "<?php x?><soapenv:Body>", mss.WrongParam},
		"an entity":                {mss.MediaXML, "M-nobody", "&e;", mss.WrongParam},
		"two bodies":               {mss.MediaXML, "</soapenv:Envelope>", "<soapenv:Body/></soapenv:Envelope>", mss.WrongParam},
		"two messages":             {mss.MediaXML, "</MSS_StatusQuery>", "<MSS_StatusReq/></MSS_StatusQuery>", mss.WrongParam},
		"two AP_Info":              {mss.MediaXML, "<ns1:MSSP_Info>", "<ns1:AP_Info/><ns1:MSSP_Info>", mss.WrongParam},
		"an element and attribute": {mss.MediaXML, "<MSS_StatusReq ", `<MSS_StatusReq MSSP_TransID="M-other" `, mss.WrongParam},
		"an attribute twice":       {mss.MediaXML, `AP_ID="https`, `AP_ID="x" AP_ID="https`, mss.WrongParam},
		"too deep":                 {mss.MediaXML, "<ns1:MSSP_ID>", deep + "<ns1:MSSP_ID>", mss.WrongParam},
		"too many":                 {mss.MediaXML, "<ns1:MSSP_ID>", strings.Repeat("<a/>", 5000) + "<ns1:MSSP_ID>", mss.WrongParam},
		"text beside elements":     {mss.MediaXML, "<ns1:MSSP_ID>", "M-other<ns1:MSSP_ID>", mss.WrongParam},
		"SOAP 1.1":                 {mss.MediaXML, mss.EnvelopeSpace, "http://schemas.xmlsoap.org/soap/envelope/", mss.IncompatibleInterf},
		"a header to understand":   {mss.MediaXML, "<soapenv:Body>", `<soapenv:Header><x soapenv:mustUnderstand="true"/></soapenv:Header><soapenv:Body>`, mss.IncompatibleInterf},
		"an answer":                {mss.MediaXML, "MSS_StatusReq", "MSS_SignatureResp", mss.WrongParam},
		"no password":              {mss.MediaXML, "AP_PWD=", "AP_XWD=", mss.MissingParam},
		"no transaction":           {mss.MediaXML, "ns1:MSSP_TransID", "ns1:TransID", mss.MissingParam},
		"no time":                  {mss.MediaXML, "2026-11-22T12:00:10", "yesterday", mss.WrongParam},
		"no NCName":                {mss.MediaXML, `AP_TransID="_9`, `AP_TransID="9`, mss.WrongParam},
		"no version":               {mss.MediaXML, `MajorVersion="1"`, ``, mss.MissingParam},
		"a member twice":           {mss.MediaJSON, `"MajorVersion":"1"`, `"MajorVersion":"1","MajorVersion":"2"`, mss.WrongParam},
		"two members":              {mss.MediaJSON, `{"MSS_StatusReq"`, `{"a":1,"MSS_StatusReq"`, mss.WrongParam},
		"something after it":       {mss.MediaJSON, `"MinorVersion":"1"}}`, `"MinorVersion":"1"}} {}`, mss.WrongParam},
		"a list of AP_Info":        {mss.MediaJSON, `"AP_Info":`, `"AP_Info":[{}],"x":`, mss.MissingParam},
		"too deep in JSON":         {mss.MediaJSON, `"MajorVersion":"1"`, `"a":` + strings.Repeat("[", 60) + strings.Repeat("]", 60), mss.WrongParam},
	} {
		body := string(soap)
		if c.media == mss.MediaJSON {
			body = string(json)
		}
		if !strings.Contains(body, c.from) {
			t.Fatalf("%s: %q is not in the request", name, c.from)
		}
		_, err := mss.ReadRequest(c.media, []byte(strings.ReplaceAll(body, c.from, c.to)))
		if f := (*mss.Fault)(nil); !errors.As(err, &f) || f.Code != c.code {
			t.Errorf("%s: %v, want %d", name, err, c.code)
		}
	}
}

// TestWhatIsSignedHasOneReading: what the phone shows is not what another reader of the message sees elsewhere in it.
func TestWhatIsSignedHasOneReading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ recorded, from, to string }{
		"text and an element":   {"laverca-signature", "</mss:DataToBeSigned>", "<mss:Data>Pay 1000</mss:Data></mss:DataToBeSigned>"},
		"an element and text":   {"laverca-signature", `Encoding="UTF-8">`, `Encoding="UTF-8"><mss:Data>Pay 1000</mss:Data>`},
		"two members":           {"swisscom-signature", `"Data":`, `"Value":"Pay 1000","Data":`},
		"one element twice":     {"laverca-signature", "</mss:DataToBeSigned>", "</mss:DataToBeSigned><mss:DataToBeSigned>Pay 1000</mss:DataToBeSigned>"},
		"of another name space": {"laverca-signature", "</mss:DataToBeSigned>", `</mss:DataToBeSigned><DataToBeSigned xmlns="urn:x">Pay 1000</DataToBeSigned>`},
		"a list":                {"swisscom-signature", `"DataToBeSigned":`, `"DataToBeSigned":[{"Data":"Pay 1000"},{"Data":"Pay 1"}],"x":`},
	} {
		m, body := recorded(t, c.recorded)
		if !bytes.Contains(body, []byte(c.from)) {
			t.Fatalf("%s: %q is not in the request", name, c.from)
		}
		_, err := mss.ReadRequest(m, bytes.ReplaceAll(body, []byte(c.from), []byte(c.to)))
		if f := (*mss.Fault)(nil); !errors.As(err, &f) || f.Code != mss.WrongParam {
			t.Errorf("%s: %v", name, err)
		}
	}
	m, body := recorded(t, "laverca-signature") // a comment is no part of a text, wherever it stands
	e, err := mss.ReadRequest(m, bytes.Replace(body, []byte("</mss:DataToBeSigned>"), []byte("<!-- x --> and more</mss:DataToBeSigned>"), 1))
	if err != nil || !strings.HasSuffix(e.Message.(*mss.SignatureRequest).Data.Text, " and more") {
		t.Errorf("%+v, %v", e.Message, err)
	}
}

func TestRoamingHeaderIsNoticed(t *testing.T) {
	t.Parallel()
	m, body := recorded(t, "valimo-status")
	with := strings.Replace(string(body), "<soapenv:Body>", `<soapenv:Header><r:RoamingHeader xmlns:r="`+mss.RoamingSpace+`" soapenv:mustUnderstand="true"/></soapenv:Header><soapenv:Body>`, 1)
	e, err := mss.ReadRequest(m, []byte(with))
	if err != nil || !e.Roaming {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestPasswordsDoNotShowThemselves(t *testing.T) {
	t.Parallel()
	_, body := recorded(t, "laverca-status")
	e, err := mss.ReadRequest(mss.MediaSOAP, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if s := cmp.Diff(strings.Contains(sprint(format, e.Message), "sixteen"), false); s != "" {
			t.Errorf("%s shows the password", format)
		}
	}
}
