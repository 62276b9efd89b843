package mssserver_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

func TestAskAndAskAgain(t *testing.T) {
	t.Parallel()
	for _, d := range []mss.Dialect{{}, {Qualified: true}, {Wrapper: mss.WSDLNamespace}, {Text: true}, {Bare: true}, {JSON: true}} {
		each(t, nil, func(t *testing.T, w *world) {
			q := w.order()
			m, err := w.callIn(d, mss.Signature, q)
			if err != nil {
				t.Fatalf("%+v: %v", d, err)
			}
			first := m.(*mss.SignatureResponse)
			if first.Status.Code != mss.RequestOK || first.TransID == "" || first.AP.TransID != q.AP.TransID || first.AP.Password != "" || first.MSSP.ID.URI != "https://mss.bank.example" {
				t.Errorf("%+v: %+v", d, first)
			}
			ask := func() *mss.StatusResponse {
				m, err := w.callIn(d, mss.StatusQuery, &mss.StatusRequest{Base: w.base(), TransID: first.TransID})
				if err != nil {
					t.Fatalf("%+v: %v", d, err)
				}
				return m.(*mss.StatusResponse)
			}
			if got := ask(); got.Status.Code != mss.OutstandingTransaction || got.Signed.CMS != nil || got.User.MSISDN != q.User.MSISDN {
				t.Errorf("%+v: outstanding: %+v", d, got)
			}
			w.people.end(first.TransID, valid)
			for range 2 { // a lost answer is asked for again
				if got := ask(); got.Status.Code != mss.ValidSignature || string(got.Signed.CMS) != "cms" {
					t.Errorf("%+v: signed: %+v", d, got)
				}
			}
		})
	}
}

func TestTheCodeOfSuccessIsTheProviders(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Success = provider.SuccessMade }, func(t *testing.T, w *world) {
		handle := w.begun().TransID
		w.people.end(handle, valid)
		if got, err := w.status(handle); err != nil || got.Status.Code != mss.SignatureMade {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestASynchronousCallIsHeld(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		q := w.order()
		q.Mode, q.Format = mss.Synch, mss.FormatPKCS1
		go func() {
			w.people.end(<-w.people.begun, valid)
		}()
		m, err := w.call(mss.Signature, q)
		if err != nil {
			t.Fatal(err)
		}
		got := m.(*mss.SignatureResponse)
		if got.Status.Code != mss.ValidSignature || string(got.Signed.PKCS1) != "signature" || string(got.Signed.Certificate) != "certificate" || got.Signed.CMS != nil {
			t.Errorf("%+v", got)
		}
	})
}

func TestAHeldCallEndsWithTheNode(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		close(w.stopping)
		q := w.order()
		q.Mode = mss.Synch
		_, err := w.call(mss.Signature, q)
		wantFault(t, "a node that stops", err, mss.InternalError, mss.ServerError)
	})
}

func TestWhatIsAskedForArrives(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Prefix, x.Limit, x.Unicode = "Shop: ", 7, true }, func(t *testing.T, w *world) {
		document := []byte("a contract of many pages")
		sum := sha256.Sum256(document)
		for name, c := range map[string]struct {
			change func(*mss.SignatureRequest)
			want   func(*mobileid.Request)
		}{
			"a text": {func(*mss.SignatureRequest) {}, func(*mobileid.Request) {}},
			"two texts": {func(q *mss.SignatureRequest) { q.Display = data("Grocer", "text/plain", "UTF-8") }, func(in *mobileid.Request) {
				in.Text, in.Content.Text = "Grocer", "Pay 25.00 EUR to Grocer"
			}},
			"the same twice": {func(q *mss.SignatureRequest) { q.Display = q.Data }, func(*mobileid.Request) {}},
			"base64":         {func(q *mss.SignatureRequest) { q.Data = data("R3LDvMOfZQ==", "text/plain", "base64") }, func(in *mobileid.Request) { in.Text = "Grüße" }},
			"a document": {func(q *mss.SignatureRequest) {
				q.Data, q.Display = data("YSBjb250cmFjdCBvZiBtYW55IHBhZ2Vz", "application/octet-stream", "base64"), data("Contract 7", "", "")
			}, func(in *mobileid.Request) {
				in.Text, in.Content = "Contract 7", mobileid.Content{Document: true, Digest: sum, MIME: "application/octet-stream"}
			}},
			"a digest": {func(q *mss.SignatureRequest) {
				q.Data, q.Display = data(hexOf(sum[:]), "application/x-sha256", ""), data("Contract 7", "", "")
			}, func(in *mobileid.Request) {
				in.Text, in.Content = "Contract 7", mobileid.Content{Document: true, Digest: sum, MIME: "application/x-sha256"}
			}},
			"authentication": {func(q *mss.SignatureRequest) { q.Profile = ficom + "authentication-profile.xml" }, func(in *mobileid.Request) { in.Role = applet.Authentication }},
			"better":         {func(q *mss.SignatureRequest) { q.Profile, q.Comparison = alauda+"digitalSignature", mss.Better }, func(*mobileid.Request) {}},
			"services": {func(q *mss.SignatureRequest) {
				q.Services = []mss.Service{{Description: mss.ServiceEventID, Value: "A123"}, {Description: mss.ServiceLanguage, Value: "de"}, {Description: mss.ServiceSpamCode, Value: "maria1"}, {Description: mss.ServiceControl, Value: "chosen"}, {Description: mss.ServiceValidate}}
			}, func(in *mobileid.Request) {
				in.Event, in.Language, in.Spam, in.Control = "A123", "de", "maria1", applet.ChosenControl
			}},
			"a short time":       {func(q *mss.SignatureRequest) { q.TimeOut = time.Second }, func(in *mobileid.Request) { in.TTL = 30 * time.Second }},
			"a long time":        {func(q *mss.SignatureRequest) { q.TimeOut = time.Hour }, func(in *mobileid.Request) { in.TTL = 10 * time.Minute }},
			"until a time":       {func(q *mss.SignatureRequest) { q.TimeOut, q.Valid = 2*time.Minute, noon.Add(time.Minute) }, func(in *mobileid.Request) { in.TTL = time.Minute }},
			"a person":           {func(q *mss.SignatureRequest) { q.User = mss.User{Identifier: "MIDCS12345678901"} }, func(in *mobileid.Request) { in.User = mobileid.User{Person: "MIDCS12345678901"} }},
			"a bare signature":   {func(q *mss.SignatureRequest) { q.Format = mss.FormatPKCS1Kiuru }, func(in *mobileid.Request) { in.Form = applet.Plain }},
			"a number without +": {func(q *mss.SignatureRequest) { q.User.MSISDN = "436641234567" }, func(in *mobileid.Request) { in.User.Number = "436641234567" }},
		} {
			q := w.order()
			c.change(q)
			if _, err := w.call(mss.Signature, q); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want := mobileid.Request{
				Provider: mobileid.Provider{Code: shop, Name: "Shop", Prefix: "Shop: ", Entitled: true, Rate: 7}, User: mobileid.User{Number: "+436641234567"}, Role: applet.Signing,
				Text: "Pay 25.00 EUR to Grocer", Form: applet.Attributed, TTL: 5 * time.Minute, Ref: q.AP.TransID, Purpose: "signature",
			}
			c.want(&want)
			if diff := cmp.Diff(want, w.people.last(), cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "hub" }, cmp.Ignore())); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func TestTheControlCodeIsToldWhenItIsAskedFor(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		q := w.order()
		q.Services = []mss.Service{{Description: mss.ServiceControl}}
		m, err := w.call(mss.Signature, q)
		if err != nil {
			t.Fatal(err)
		}
		want := []mss.ServiceResult{{Description: mss.ServiceControl, Code: mss.RequestOK, Message: "0815"}}
		if diff := cmp.Diff(want, m.(*mss.SignatureResponse).Status.Results()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATransactionBelongsToItsProvider(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		other := w.register("urn:other", nil)
		handle := w.begun().TransID
		q := &mss.StatusRequest{Base: w.base(), TransID: handle}
		q.AP.ID = other.Code
		_, err := w.call(mss.StatusQuery, q)
		wantFault(t, "another's transaction", err, mss.WrongParam, 0)
		q.TransID = "m-nobody"
		_, none := w.call(mss.StatusQuery, q)
		if none == nil || none.Error() != err.Error() {
			t.Errorf("another's transaction is told from none: %v, %v", err, none)
		}
	})
}

func TestAReceiptIsShown(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		handle := w.begun().TransID
		receipt := func(change func(*mss.ReceiptRequest)) (mss.Message, error) {
			q := &mss.ReceiptRequest{Base: w.base(), TransID: handle, User: mss.User{MSISDN: "+436641234567"}, Message: data("Thank you", "text/plain", "UTF-8"), Language: "de"}
			change(q)
			return w.call(mss.Receipt, q)
		}
		_, err := receipt(func(*mss.ReceiptRequest) {})
		wantFault(t, "a receipt before the signature", err, mss.PBSignatureProcess, 0)
		w.people.end(handle, valid)
		_, err = receipt(func(q *mss.ReceiptRequest) { q.Message.Text = strings.Repeat("a", 300) })
		wantFault(t, "a long receipt", err, mss.WrongDataLength, 0)
		_, err = receipt(func(q *mss.ReceiptRequest) { q.Message.MimeType = "image/png" })
		wantFault(t, "a picture", err, mss.WrongParam, mss.WrongEncoding)
		_, err = receipt(func(q *mss.ReceiptRequest) { q.AP.Password = "" })
		wantFault(t, "no password", err, mss.MissingParam, 0)
		for _, ack := range []bool{false, true} {
			if _, err := receipt(func(q *mss.ReceiptRequest) { q.UserAck = ack }); err != nil {
				t.Error(err)
			}
		}
		want := []mobileid.Message{{Text: "Thank you", Language: "de"}, {Text: "Thank you", Language: "de", Acknowledge: true}}
		if diff := cmp.Diff(want, w.people.shown); diff != "" {
			t.Error(diff)
		}
		if _, err := receipt(func(q *mss.ReceiptRequest) { q.Message = mss.Data{} }); err != nil || len(w.people.shown) != 2 {
			t.Errorf("a receipt without text: %v", err)
		}
	})
}

func TestProfilesOfANumber(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		ask := func(code string) ([]string, error) {
			q := &mss.ProfileRequest{Base: w.base(), User: mss.User{MSISDN: "+436641234567"}, Params: []string{"state", "pinstatus", "certs"}}
			q.AP.ID = code
			m, err := w.call(mss.ProfileQuery, q)
			if err != nil {
				return nil, err
			}
			return m.(*mss.ProfileResponse).Profiles, nil
		}
		stranger := w.register("urn:stranger", func(x *provider.Terms) { x.Entitled = false })
		none, err := ask(stranger.Code)
		if err != nil || len(none) != 8 {
			t.Errorf("a stranger learns %v, %v", none, err)
		}
		_, err = ask(shop)
		wantFault(t, "nobody", err, mss.UnknownClient, mss.UnknownUser)
		w.people.profile = mobileid.Profile{
			MobileID: mobileid.MobileID{State: mobileid.StateActive}, Certificates: []mobileid.Certificate{{Role: applet.Authentication}},
			Status: &mobileid.CardStatus{Keys: []mobileid.CardKey{{Algorithm: "ecdsa-p256"}}},
		}
		if got, err := ask(shop); err != nil || len(got) != 4 || got[0] != ficom+"authentication-profile.xml" {
			t.Errorf("%v, %v", got, err)
		}
		if again, err := ask(stranger.Code); err != nil || !cmp.Equal(none, again) {
			t.Errorf("a stranger learns that there is somebody: %v, %v", again, err)
		}
	})
}

func TestHandshakeMatchesWhatBothSidesCanDo(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		const ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
		m, err := w.call(mss.Handshake, &mss.HandshakeRequest{Base: w.base(), Secure: mss.Secure{Signature: true}, Algorithms: []string{"http://www.w3.org/2000/09/xmldsig#rsa-sha1", ecdsa}})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.(*mss.HandshakeResponse); len(got.Algorithms) != 1 || got.Algorithms[0] != ecdsa || got.Secure.Signature || got.TransID == "" {
			t.Errorf("%+v", got)
		}
		_, err = w.call(mss.Handshake, &mss.HandshakeRequest{Base: w.base(), Certificates: [][]byte{{1}}})
		wantFault(t, "no certificate", err, mss.WrongParam, 0)
	})
}

func TestRegistrationOnAProvidersWord(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Registrar = true }, func(t *testing.T, w *world) {
		ask := func(id string) (*mss.RegistrationResponse, error) {
			q := &mss.RegistrationRequest{Base: w.base(), User: mss.User{MSISDN: "+436641234567", Identifier: "10000001"}}
			if id != "" {
				q.AP.ID = id
			}
			m, err := w.call(mss.Registration, q)
			got, _ := m.(*mss.RegistrationResponse)
			return got, err
		}
		w.register("urn:other", nil)
		_, err := ask("urn:other")
		wantFault(t, "a provider that may not", err, mss.UnauthorizedAccess, 0)
		_, err = w.call(mss.Registration, &mss.RegistrationRequest{Base: w.base(), User: mss.User{MSISDN: "+436641234567"}})
		wantFault(t, "nobody's number", err, mss.MissingParam, mss.MalformedUser)
		got, err := ask("")
		if err != nil || got.Status.Code != mss.RequestOK || got.Status.Results()[0].Message != "4711" {
			t.Errorf("ordered: %+v, %v", got, err)
		}
		w.people.registration.State = mobileid.StateActive
		if got, err = ask(""); err != nil || got.Status.Code != mss.RegistrationOK {
			t.Errorf("registered: %+v, %v", got, err)
		}
		for _, s := range []mobileid.State{mobileid.StateRefused, mobileid.StateFailed, mobileid.StateSuspended} {
			w.people.registration.State = s
			_, err = ask("")
			wantFault(t, string(s), err, mss.RegistrationNOK, mss.RegistrationCard)
		}
		w.people.registration.State = mobileid.StateFailed
		w.clock.Advance(11 * time.Minute)
		if got, err = ask(""); err != nil || got.Status.Code != mss.RequestOK {
			t.Errorf("ordered anew: %+v, %v", got, err)
		}
	})
}

// TestClientsAreAnswered replays the requests of clients octet for octet.
func TestClientsAreAnswered(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../mss/testdata/requests/*.http")
	if err != nil || len(names) != 10 {
		t.Fatalf("%v, %v", names, err)
	}
	each(t, nil, func(t *testing.T, w *world) {
		w.people.profile.State = mobileid.StateActive
		for _, name := range names {
			recording, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			head, body, _ := bytes.Cut(recording, []byte("\r\n\r\n"))
			head = bytes.Replace(head, []byte("\r\nTransfer-Encoding: chunked"), nil, 1)
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(append(head, "\r\nHost: mss\r\nContent-Length: 0\r\n\r\n"...), body...))))
			if err != nil {
				t.Fatal(err)
			}
			r.Body, r.RemoteAddr = http.MaxBytesReader(nil, readCloser{bytes.NewReader(body)}, 1<<20), "192.0.2.1:1"
			m, err := w.read(w.send(r.WithContext(t.Context())))
			switch kind := strings.SplitN(strings.TrimSuffix(filepath.Base(name), ".http"), "-", 2)[1]; kind {
			case "signature":
				if got, ok := m.(*mss.SignatureResponse); err != nil || !ok || got.Status.Code != mss.RequestOK {
					t.Errorf("%s: %+v, %v", name, m, err)
				}
			case "status", "receipt":
				wantFault(t, name, err, mss.WrongParam, 0) // of a transaction that there is not
			default:
				if got, ok := m.(*mss.ProfileResponse); err != nil || !ok || got.Status.Code != mss.RequestOK {
					t.Errorf("%s: %+v, %v", name, m, err)
				}
			}
		}
	})
}
