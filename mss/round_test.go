package mss_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/mss"
)

// media of a dialect without its charset.
func media(d mss.Dialect) string {
	switch {
	case d.JSON:
		return mss.MediaJSON
	case d.Text:
		return mss.MediaXML
	}
	return mss.MediaSOAP
}

// request draws any request.
func request(t *rapid.T) (mss.Operation, mss.Message) {
	b := drawBase(t)
	switch op := rapid.SampledFrom(mss.Operations()).Draw(t, "operation"); op {
	case mss.Signature:
		q := &mss.SignatureRequest{
			Base: b, User: drawUser(t), Data: drawData(t), Mode: rapid.SampledFrom([]mss.Mode{mss.Synch, mss.AsynchClientServer, mss.AsynchServerServer}).Draw(t, "mode"),
			TimeOut: time.Duration(rapid.IntRange(0, 600).Draw(t, "timeout")) * time.Second, Profile: uri.Draw(t, "profile"),
			Comparison: rapid.SampledFrom([]mss.Comparison{mss.Exact, mss.Minimum, mss.Better}).Draw(t, "comparison"), Format: rapid.SampledFrom([]string{"", mss.FormatCMS, mss.FormatPKCS1}).Draw(t, "format"),
		}
		if rapid.Bool().Draw(t, "display") {
			q.Display = drawData(t)
		}
		if rapid.Bool().Draw(t, "valid") {
			q.Valid = instant.Draw(t, "until")
		}
		if rapid.Bool().Draw(t, "services") {
			q.Services = []mss.Service{{Description: mss.ServiceEventID, Value: "A123"}, {Description: mss.ServiceValidate}, {Description: mss.ServiceSpamCode, Value: text.Draw(t, "spam"), Verify: "yes"}, {Description: mss.ServiceControl, Value: "chosen"}}
		}
		return op, q
	case mss.StatusQuery:
		return op, &mss.StatusRequest{Base: b, TransID: name.Draw(t, "mssp")}
	case mss.Receipt:
		return op, &mss.ReceiptRequest{Base: b, TransID: name.Draw(t, "mssp"), User: drawUser(t), Status: drawStatus(t), Message: drawData(t), UserAck: rapid.Bool().Draw(t, "ack"), Language: rapid.SampledFrom([]string{"", "de"}).Draw(t, "language")}
	case mss.Registration:
		return op, &mss.RegistrationRequest{Base: b, User: drawUser(t), ICCID: rapid.SampledFrom([]string{"", "8943012345678901234"}).Draw(t, "iccid")}
	case mss.ProfileQuery:
		return op, &mss.ProfileRequest{Base: b, User: drawUser(t), Params: rapid.SampledFrom([][]string{nil, {"certs"}, {"sscds", "state"}}).Draw(t, "params")}
	default:
		return op, &mss.HandshakeRequest{Base: b, Secure: mss.Secure{Signature: rapid.Bool().Draw(t, "secure")}, Certificates: [][]byte{octets.Draw(t, "der")}, RootCAs: []string{"CN=Root"}, Algorithms: []string{uri.Draw(t, "algorithm")}}
	}
}

// response draws any answer.
func response(t *rapid.T) (mss.Operation, mss.Message) {
	b := drawBase(t)
	b.AP.Password = ""
	switch op := rapid.SampledFrom(append(mss.Operations(), mss.Notification)).Draw(t, "operation"); op {
	case mss.Signature:
		return op, &mss.SignatureResponse{Base: b, TransID: name.Draw(t, "mssp"), User: drawUser(t), Signed: drawSigned(t), Profile: uri.Draw(t, "profile"), Status: drawStatus(t)}
	case mss.StatusQuery:
		return op, &mss.StatusResponse{Base: b, User: drawUser(t), Signed: drawSigned(t), Status: drawStatus(t)}
	case mss.Receipt:
		return op, &mss.ReceiptResponse{Base: b, Status: drawStatus(t).Acknowledged(true, false)}
	case mss.Registration:
		return op, &mss.RegistrationResponse{Base: b, Status: drawStatus(t), Certificate: octets.Draw(t, "der"), PublicKey: octets.Draw(t, "key")}
	case mss.ProfileQuery:
		blocked := true
		return op, &mss.ProfileResponse{Base: b, Profiles: []string{uri.Draw(t, "one"), uri.Draw(t, "two")}, Status: drawStatus(t).WithCard(mss.Card{State: "ACTIVE", PINBlocked: &blocked, Certificates: []mss.CardCertificate{{DER: octets.Draw(t, "der"), Subject: "CN=A", State: "ACTIVE", Algorithm: "ECC"}}})}
	case mss.Handshake:
		return op, &mss.HandshakeResponse{Base: b, TransID: name.Draw(t, "mssp"), APCertificates: [][]byte{octets.Draw(t, "der")}, Algorithms: []string{uri.Draw(t, "algorithm")}}
	default:
		return op, &mss.ReceiptRequest{Base: b, TransID: name.Draw(t, "mssp"), User: drawUser(t), Status: drawStatus(t)}
	}
}

func TestWhatIsWrittenIsReadInAllDialects(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDialect(t)
		op, q := request(t)
		body := (&mss.Envelope{Operation: op, Dialect: d, Message: q}).WriteRequest()
		got, err := mss.ReadRequest(media(d), body)
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if got.Operation != op || got.Dialect != d {
			t.Fatalf("read as %s in %+v, written as %s in %+v: %s", got.Operation, got.Dialect, op, d, body)
		}
		if diff := compare(q, got.Message); diff != "" {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}

func TestAnswersAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDialect(t)
		op, p := response(t)
		body := (&mss.Envelope{Operation: op, Dialect: d, Message: p}).WriteResponse()
		got, err := mss.ReadResponse(media(d), body)
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if diff := compare(p, got.Message); diff != "" || got.Operation != op {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}

func TestFaultsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDialect(t)
		f := &mss.Fault{
			Code:   rapid.SampledFrom([]int{mss.WrongParam, mss.UserCancel, mss.ExpiredTransaction, mss.InternalError}).Draw(t, "code"),
			Second: rapid.SampledFrom([]int{0, mss.WrongPIN, mss.InvalidSpamCode}).Draw(t, "second"), Detail: text.Draw(t, "detail"),
		}
		_, err := mss.ReadResponse(media(d), f.Write(d))
		if diff := compare(f, err); diff != "" {
			t.Fatalf("%s\n%s", diff, f.Write(d))
		}
	})
}

func FuzzReadRequest(f *testing.F) {
	for _, b := range []string{`{"MSS_StatusReq":{"AP_Info":{}}}`, `<a/>`, `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><MSS_StatusQuery><MSS_StatusReq/></MSS_StatusQuery></e:Body></e:Envelope>`} {
		f.Add(true, []byte(b))
		f.Add(false, []byte(b))
	}
	for _, file := range recordings {
		m, body := recordedFuzz(f, file)
		f.Add(m == mss.MediaJSON, body)
	}
	f.Fuzz(func(t *testing.T, json bool, body []byte) {
		m := mss.MediaSOAP
		if json {
			m = mss.MediaJSON
		}
		e, err := mss.ReadRequest(m, body)
		if err != nil {
			return
		}
		again, err := mss.ReadRequest(m, e.WriteRequest())
		if err != nil {
			t.Fatalf("%v: %s", err, e.WriteRequest())
		}
		if diff := compare(e.Message, again.Message); diff != "" {
			t.Fatalf("%s\n%s", diff, e.WriteRequest())
		}
	})
}

func TestServicesAreAnswered(t *testing.T) {
	t.Parallel()
	want := []mss.ServiceResult{{Description: mss.ServiceControl, Code: mss.RequestOK, Message: "0815"}, {Description: mss.ServiceValidate, Code: mss.ValidSignature, Message: "VALID_SIGNATURE"}}
	for _, d := range []mss.Dialect{{}, {JSON: true}} {
		p := &mss.SignatureResponse{Base: mss.Base{AP: mss.AP{ID: "urn:a", TransID: "A", Instant: time.Unix(1, 0)}}, TransID: "m", Status: mss.Status{Code: mss.RequestOK}.Serviced(want)}
		e, err := mss.ReadResponse(media(d), (&mss.Envelope{Operation: mss.Signature, Dialect: d, Message: p}).WriteResponse())
		if err != nil {
			t.Fatal(err)
		}
		got, ok := e.Message.(*mss.SignatureResponse)
		if !ok {
			t.Fatalf("%T", e.Message)
		}
		if diff := cmp.Diff(want, got.Status.Results()); diff != "" {
			t.Error(diff)
		}
	}
}
