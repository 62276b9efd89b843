package app_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/mss"
)

// TestDemoProviderAsks: the service provider that the demo prints asks a customer for a signature.
func TestDemoProviderAsks(t *testing.T) {
	t.Parallel()
	told := startDemo(t)
	number := ""
	for _, c := range told.Customers {
		if c.SigningPIN != "" {
			number = c.Phone
		}
	}
	base := mss.Base{Major: 1, Minor: 1, AP: mss.AP{ID: told.Provider.ID, Password: mss.Password(told.Provider.Password), TransID: "A1", Instant: time.Now()}}
	call := func(op mss.Operation, m mss.Message) mss.Message {
		e := &mss.Envelope{Operation: op, Dialect: mss.Dialect{JSON: true}, Message: m}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, told.URLs["mss"]+"/rest/service", bytes.NewReader(e.WriteRequest()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", mss.MediaJSON)
		got, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close() //nolint:errcheck // read
		body, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := mss.ReadResponse(mss.MediaJSON, body)
		if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return answer.Message
	}
	asked, ok := call(mss.Signature, &mss.SignatureRequest{
		Base: base, User: mss.User{MSISDN: number}, Mode: mss.AsynchClientServer, Data: mss.Data{Given: true, Text: "Pay 25.00 EUR to Corner Shop"}, Profile: "http://alauda.mobi/nonRepudiation",
	}).(*mss.SignatureResponse)
	if !ok || asked.Status.Code != mss.RequestOK {
		t.Fatalf("%+v", asked)
	}
	status, ok := call(mss.StatusQuery, &mss.StatusRequest{Base: base, TransID: asked.TransID}).(*mss.StatusResponse)
	if !ok || status.Status.Code != mss.OutstandingTransaction {
		t.Errorf("%+v", status)
	}
}
