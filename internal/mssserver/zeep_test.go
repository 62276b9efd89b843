package mssserver_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// python is the interpreter of Debian, which has python3-zeep.
const python = "/usr/bin/python3"

// zeep is a client that is generated from the WSDL, in a process of its own.
type zeep struct {
	*testing.T
	in  io.WriteCloser
	out *bufio.Scanner
}

type result struct {
	Ready  string         `json:"ready"`
	Answer map[string]any `json:"answer"`
	Fault  struct {
		Code, Reason, Detail string
	} `json:"fault"`
}

// newZeep starts it (Debian package python3-zeep; scripts/deps installs it).
func newZeep(t *testing.T, base, ca, cert, key string) *zeep {
	t.Helper()
	if err := exec.CommandContext(t.Context(), python, "-c", "import zeep").Run(); err != nil {
		t.Fatalf("zeep is needed: scripts/deps installs it (%v)", err)
	}
	c := exec.CommandContext(t.Context(), python, "testdata/zeep_client.py", base, "testdata/ts102204/etsi204-kiuru.wsdl", ca, cert, key)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	z := &zeep{t, in, bufio.NewScanner(out)}
	z.out.Buffer(nil, 1<<20)
	if r := z.read(); r.Ready == "" {
		t.Fatal("zeep did not start")
	}
	return z
}

func (z *zeep) read() (r result) {
	z.Helper()
	if !z.out.Scan() {
		z.Fatalf("zeep has ended: %v", z.out.Err())
	}
	if err := json.Unmarshal(z.out.Bytes(), &r); err != nil {
		z.Fatalf("%v: %s", err, z.out.Text())
	}
	return r
}

type object = map[string]any

func (z *zeep) call(op string, args object) result {
	z.Helper()
	line, err := json.Marshal(object{"op": op, "args": args})
	if err != nil {
		z.Fatal(err)
	}
	if _, err := z.in.Write(append(line, '\n')); err != nil {
		z.Fatal(err)
	}
	return z.read()
}

// code is the status code of an answer, or the subcode of a fault.
func (r result) code() any {
	if r.Fault.Code != "" {
		return r.Fault.Code
	}
	status, _ := r.Answer["Status"].(object)
	code, _ := status["StatusCode"].(object)
	return code["Value"]
}

// identity is a key with a certificate that it signed by itself, in files.
func identity(t *testing.T) (cert, key string, pin provider.Pin) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop"}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(10, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, x, x, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "CERTIFICATE", der), file(t, "PRIVATE KEY", private), sha256.Sum256(spki)
}

func file(t *testing.T, kind string, der []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestZeep drives all operations in all modes from the WSDL, over TLS with a client certificate.
func TestZeep(t *testing.T) {
	t.Parallel()
	calling(t, reach.Reach{Loopback: true}, func(t *testing.T, w *world, called *called, deliver func() int) {
		server := httptest.NewUnstartedServer(w.server)
		server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
		server.StartTLS()
		t.Cleanup(server.Close)
		cert, key, pin := identity(t)
		if _, err := w.providers.Update(t.Context(), officer, w.shop.ID, func(x *provider.Terms) {
			x.PasswordOnly, x.Pins, x.Registrar = false, []provider.Pin{pin}, true
		}); err != nil {
			t.Fatal(err)
		}
		z := newZeep(t, server.URL, file(t, "CERTIFICATE", server.Certificate().Raw), cert, key)
		base := func(more object) object {
			b := w.base()
			o := object{
				"MajorVersion": 1, "MinorVersion": 1,
				"AP_Info":   object{"AP_ID": shop, "AP_TransID": b.AP.TransID, "AP_PWD": password, "Instant": noon.Format(time.RFC3339), "AP_URL": called.URL + "/notify"},
				"MSSP_Info": object{"MSSP_ID": object{}}, "MobileUser": object{"MSISDN": "+436641234567"},
			}
			for k, v := range more {
				o[k] = v
			}
			return o
		}
		order := func(mode string, more object) object {
			o := base(object{
				"MessagingMode": mode, "TimeOut": 60, "DataToBeSigned": object{"_value_1": "Pay 25.00 EUR to Grocer", "MimeType": "text/plain", "Encoding": "UTF-8"},
				"SignatureProfile": object{"mssURI": alauda + "nonRepudiation"},
			})
			for k, v := range more {
				o[k] = v
			}
			return o
		}
		want := func(name string, r result, code any) result {
			t.Helper()
			if n, ok := code.(int); ok {
				code = float64(n)
			}
			if r.code() != code {
				t.Errorf("%s: %+v, want %v", name, r, code)
			}
			return r
		}

		asked := want("asynchClientServer", z.call("MSS_Signature", order("asynchClientServer", nil)), mss.RequestOK)
		handle, _ := asked.Answer["MSSP_TransID"].(string)
		status := func() result { return z.call("MSS_StatusQuery", base(object{"MSSP_TransID": handle})) }
		want("outstanding", status(), mss.OutstandingTransaction)
		w.people.end(<-w.people.begun, valid)
		if got := want("signed", status(), mss.ValidSignature); got.Answer["MSS_Signature"].(object)["Base64Signature"] != "Y21z" {
			t.Errorf("%+v", got)
		}
		want("receipt", z.call("MSS_Receipt", base(object{"MSSP_TransID": handle, "Message": object{"_value_1": "Thank you"}})), mss.RequestOK)
		if len(w.people.shown) != 1 {
			t.Error("the receipt was not shown")
		}

		go func() { w.people.end(<-w.people.begun, valid) }()
		raw := want("synch, PKCS1", z.call("MSS_Signature", order("synch", object{"MSS_Format": object{"mssURI": mss.FormatPKCS1}})), mss.ValidSignature)
		if got, _ := raw.Answer["MSS_Signature"].(object)["PKCS1"].(object); got["SignatureValue"] != "c2lnbmF0dXJl" {
			t.Errorf("%+v", raw)
		}

		want("asynchServerServer", z.call("MSS_Signature", order("asynchServerServer", nil)), mss.RequestOK)
		w.people.end(<-w.people.begun, valid)
		if deliver(); len(called.got) != 1 || called.got[0].Status.Code != mss.ValidSignature {
			t.Errorf("notified: %+v", called.got)
		}

		service := object{"Description": object{"mssURI": mss.ServiceEventID}, "EventID": "A123"}
		want("with an event id", z.call("MSS_Signature", order("asynchClientServer", object{"AdditionalServices": object{"Service": []object{service}}})), mss.RequestOK)
		if got := w.people.last().Event; got != "A123" {
			t.Errorf("the event id is %q", got)
		}

		w.people.profile = mobileid.Profile{MobileID: mobileid.MobileID{State: mobileid.StateActive}, Certificates: []mobileid.Certificate{{Role: applet.Signing}}}
		if got := want("profile", z.call("MSS_ProfileQuery", base(object{"Params": "state"})), mss.RequestOK); len(got.Answer["SignatureProfile"].([]any)) != 4 {
			t.Errorf("%+v", got)
		}
		secure := object{}
		for _, name := range []string{"MSS_Signature", "MSS_Registration", "MSS_Notification", "MSS_ProfileQuery", "MSS_Receipt", "MSS_Status"} {
			secure[name] = false
		}
		hello := base(object{"SecureMethods": secure, "Certificates": object{}, "RootCAs": object{}, "SignatureAlgList": object{"Algorithm": []object{{"mssURI": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"}}}})
		delete(hello, "MobileUser")
		if got := z.call("MSS_Handshake", hello); len(got.Answer["MatchingSigAlgList"].(object)["Algorithm"].([]any)) != 1 {
			t.Errorf("handshake: %+v", got)
		}
		want("registration", z.call("MSS_Registration", base(object{"MobileUser": object{"MSISDN": "+436641234567", "UserIdentifier": "10000001"}})), mss.RequestOK)
		w.people.registration.State = mobileid.StateActive
		want("registered", z.call("MSS_Registration", base(object{"MobileUser": object{"MSISDN": "+436641234567", "UserIdentifier": "10000001"}})), mss.RegistrationOK)

		for state, code := range map[mobileid.Status]string{
			mobileid.Canceled: "_401", mobileid.PINBlocked: "_402", mobileid.TimedOut: "_208", mobileid.Undelivered: "_209", mobileid.Withdrawn: "_208", mobileid.WrongPIN: "_401",
		} {
			r := z.call("MSS_Signature", order("asynchClientServer", nil))
			handle, _ = r.Answer["MSSP_TransID"].(string)
			w.people.end(handle, func(x *mobileid.Transaction) { x.Status = state })
			if got := want(string(state), status(), code); got.Fault.Reason == "" || got.Fault.Detail == "" {
				t.Errorf("%+v", got)
			}
		}
		want("an unknown profile", z.call("MSS_Signature", order("synch", object{"SignatureProfile": object{"mssURI": "urn:none"}})), "_109")
		elsewhere := order("asynchServerServer", nil)
		elsewhere["AP_Info"].(object)["AP_URL"] = "https://elsewhere.example/"
		want("an unregistered address", z.call("MSS_Signature", elsewhere), "_405")
	})
}
