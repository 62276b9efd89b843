package apptest_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// soap is a client that zeep has made from the WSDL, in a process of its own.
type soap struct {
	*testing.T
	in     io.WriteCloser
	out    *bufio.Scanner
	id     string
	secret string
	serial int
}

type fields = map[string]any

type reply struct {
	Answer fields `json:"answer"`
	Fault  struct{ Code, Detail string }
}

// newSOAP starts zeep (Debian package python3-zeep; scripts/deps installs it).
func newSOAP(t *testing.T, base, ca, cert, key, id, secret string) *soap {
	t.Helper()
	const python, here = "/usr/bin/python3", "../../mssserver/testdata/"
	if err := exec.CommandContext(t.Context(), python, "-c", "import zeep").Run(); err != nil {
		t.Fatalf("zeep is needed: scripts/deps installs it (%v)", err)
	}
	c := exec.CommandContext(t.Context(), python, here+"zeep_client.py", base, here+"ts102204/etsi204-kiuru.wsdl", ca, cert, key)
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
	s := &soap{T: t, in: in, out: bufio.NewScanner(out), id: id, secret: secret}
	s.out.Buffer(nil, 1<<20)
	if !s.out.Scan() {
		t.Fatal("zeep did not start")
	}
	return s
}

func (s *soap) call(op string, args fields) (r reply) {
	s.Helper()
	s.serial++
	all := fields{
		"MajorVersion": 1, "MinorVersion": 1, "MSSP_Info": fields{"MSSP_ID": fields{}},
		"AP_Info": fields{"AP_ID": s.id, "AP_TransID": fmt.Sprint("A", s.serial), "AP_PWD": s.secret, "Instant": time.Now().UTC().Format(time.RFC3339)},
	}
	for k, v := range args {
		all[k] = v
	}
	line, err := json.Marshal(fields{"op": op, "args": all})
	if err != nil {
		s.Fatal(err)
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil || !s.out.Scan() {
		s.Fatalf("zeep has ended: %v, %v", err, s.out.Err())
	}
	if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
		s.Fatalf("%v: %s", err, s.out.Text())
	}
	return r
}

// sign asks a number for a signature, and returns the answer with its MSSP_TransID.
func (s *soap) sign(number, mode, text, profile string, more fields) (reply, string) {
	s.Helper()
	args := fields{
		"MobileUser": fields{"MSISDN": number}, "MessagingMode": mode, "TimeOut": 120, "SignatureProfile": fields{"mssURI": profile},
		"DataToBeSigned": fields{"_value_1": text, "MimeType": "text/plain", "Encoding": "UTF-8"},
	}
	for k, v := range more {
		args[k] = v
	}
	r := s.call("MSS_Signature", args)
	handle, _ := r.Answer["MSSP_TransID"].(string)
	return r, handle
}

func (r reply) code() string {
	status, _ := r.Answer["Status"].(fields)
	code, _ := status["StatusCode"].(fields)
	return fmt.Sprint(r.Fault.Code, code["Value"])
}

// until asks for the status until there is another one than outstanding.
func (s *soap) until(handle string) reply {
	s.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // as a client asks
		r := s.call("MSS_StatusQuery", fields{"MSSP_TransID": handle})
		if r.code() != "<nil>504" && r.code() != "504" || time.Now().After(deadline) {
			return r
		}
	}
}

func (s *soap) want(name string, r reply, code string) {
	s.Helper()
	if got := strings.TrimSuffix(r.code(), "<nil>"); got != code {
		s.Errorf("%s: %s (%+v), want %s", name, got, r, code)
	}
}

// selfSigned makes a key with a certificate for this machine that it signed by itself; the files.
func selfSigned(t *testing.T, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, x, x, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return inFile(t, name+".pem", "CERTIFICATE", der), inFile(t, name+".key", "PRIVATE KEY", private)
}

func inFile(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSignaturesForServiceProviders is M-03: a client from the WSDL asks, the card signs what it
// shows, openssl verifies what comes back. It goes through TLS with a certificate, the node, SMPP, the
// message center and the emulated card, in all three modes, with a refusal and a receipt.
func TestSignaturesForServiceProviders(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		notified := make(chan *mss.StatusResponse, 10)
		shop := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			e, err := mss.ReadRequest(mss.MediaSOAP, body)
			if m, ok := e.Message.(*mss.StatusResponse); ok && err == nil {
				notified <- m
			}
		}))
		t.Cleanup(shop.Close)
		cert, key := selfSigned(t, "shop")
		serverCert, serverKey := selfSigned(t, "server")
		address := apptest.FreeAddress(t)
		in.More = append(in.More, "COUNTERSIGN_MSS_ADDRESS="+address, "COUNTERSIGN_MSS_TLS_CERTIFICATE="+serverCert, "COUNTERSIGN_MSS_TLS_KEY="+serverKey,
			"COUNTERSIGN_LIMITS_REQUEST_TIMEOUT=2s", "COUNTERSIGN_LIMITS_ANSWER_TIMEOUT=1s", "COUNTERSIGN_PROVIDERS_LOOPBACK=true", "COUNTERSIGN_PROVIDERS_CA="+inFile(t, "ca.pem", "CERTIFICATE", shop.Certificate().Raw))
		var made struct {
			Password string `json:"ap_pwd"`
		}
		out := in.Must(t, "provider", "create", "urn:shop", "--name", "Shop", "--certificate", cert, "--callback", shop.URL+"/notify", "--entitled", "--rate", "1000", "--burst", "1000", "--json")
		s.check(json.Unmarshal([]byte(out), &made))
		in.Run(t)
		root := ""
		in.Open(t, func(a *app.App) {
			anchors, err := a.PKI.Anchors(t.Context())
			s.check(err)
			root = inFile(t, "root.pem", "CERTIFICATE", anchors[0].Raw)
		})
		z := newSOAP(t, "https://"+address, serverCert, cert, key, "urn:shop", made.Password)
		const nonRepudiation, digitalSignature = "http://alauda.mobi/nonRepudiation", "http://alauda.mobi/digitalSignature"

		// asynchClientServer, CMS.
		const text = "Pay 25.00 EUR to Grocer"
		first, handle := z.sign(number, "asynchClientServer", text, nonRepudiation, nil)
		z.want("asked", first, "100")
		busy, _ := z.sign(number, "asynchClientServer", text, nonRepudiation, nil)
		z.want("asked once more", busy, "_406")
		if screen := s.air.Sign(t, number, signingPIN); !strings.Contains(screen.Text, "Shop") || !strings.Contains(screen.Text, text) {
			t.Errorf("the phone showed %q", screen.Text)
		}
		done := z.until(handle)
		z.want("signed", done, "502")
		cms := octetsOf(t, done, "Base64Signature")
		if got := opensslVerifies(t, cms, root); got != text {
			t.Errorf("openssl has verified a signature over %q", got)
		}
		if user, _ := done.Answer["MobileUser"].(fields)["UserIdentifier"].(string); !strings.HasPrefix(user, "MIDCS") || len(user) != 16 {
			t.Errorf("the person is %q", user)
		}
		receipt := z.call("MSS_Receipt", fields{"MSSP_TransID": handle, "MobileUser": fields{"MSISDN": number}, "Message": fields{"_value_1": "Thank you"}})
		z.want("receipt", receipt, "100")
		s.air.Await(t, "the receipt on the phone", func([]smpp.Message) bool {
			all := s.air.Tray.Card(number).Messages()
			return len(all) == 1 && all[0].Text == "Thank you"
		})

		// synch, PKCS #1, with the other key: the call is held while the person types.
		typed := make(chan struct{})
		go func() {
			defer close(typed)
			s.air.Look(t, number, simcard.Consent)
			time.Sleep(4 * time.Second) // longer than any other request may take
			s.air.Sign(t, number, authenticationPIN)
		}()
		raw, _ := z.sign(number, "synch", "Log in", digitalSignature, fields{"MSS_Format": fields{"mssURI": mss.FormatPKCS1}})
		<-typed
		z.want("held", raw, "502")
		bare, _ := raw.Answer["MSS_Signature"].(fields)["PKCS1"].(fields)
		signature, leaf := decode(t, bare["SignatureValue"]), decode(t, bare["X509Certificate"])
		x, err := x509.ParseCertificate(leaf)
		s.check(err)
		sum := sha256.Sum256([]byte("Log in"))
		if public, ok := x.PublicKey.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(public, sum[:], signature) || x.KeyUsage != x509.KeyUsageDigitalSignature {
			t.Error("the bare signature does not verify with the certificate beside it")
		}

		// asynchServerServer.
		_, handle = z.sign(number, "asynchServerServer", text, nonRepudiation, nil)
		s.air.Sign(t, number, signingPIN)
		select {
		case m := <-notified:
			if m.TransID != handle || m.Status.Code != mss.ValidSignature || opensslVerifies(t, m.Signed.CMS, root) != text {
				t.Errorf("notified of %+v", m.Status)
			}
		case <-time.After(time.Minute): // far more than it takes
			t.Error("the service provider was not called")
		}

		// No.
		_, handle = z.sign(number, "asynchClientServer", text, nonRepudiation, nil)
		s.air.Refuse(t, number, simcard.Back)
		refused := z.until(handle)
		z.want("refused", refused, "_401")
		if !strings.HasPrefix(refused.Fault.Detail, "4011") {
			t.Errorf("refused with %+v", refused.Fault)
		}

		// Who asks again under the same name, or without a certificate, for a long text, or of a number
		// that nobody has.
		z.serial = 0 // of the first request
		again, _ := z.sign(number, "asynchClientServer", text, nonRepudiation, nil)
		z.want("the same name", again, "_101")
		z.serial = 1000
		long, _ := z.sign(number, "asynchClientServer", strings.Repeat("Ж", 120), nonRepudiation, nil)
		z.want("another alphabet", long, "_107")
		in.Must(t, "provider", "set", "urn:shop", "--unicode")
		long, _ = z.sign(number, "asynchClientServer", strings.Repeat("Ж", 120), nonRepudiation, nil)
		z.want("more than UCS-2 has room for", long, "_103")
		bidi, _ := z.sign(number, "asynchClientServer", "Pay \u202e00.52 EUR", nonRepudiation, nil)
		z.want("another direction", bidi, "_107")
		pool := x509.NewCertPool()
		pool.AddCert(certificateIn(t, serverCert))
		bareClient := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
		_, err = asks(t, bareClient, "https://"+address, mss.ProfileQuery, &mss.ProfileRequest{Base: provided("urn:shop", made.Password, "N1"), User: mss.User{MSISDN: number}})
		if f, ok := errors.AsType[*mss.Fault](err); !ok || f.Code != mss.UnauthorizedAccess {
			t.Errorf("without a certificate: %v", err)
		}
		unknown, _ := z.sign("+436649999999", "asynchClientServer", text, nonRepudiation, nil)
		z.want("a number that nobody has", unknown, "_105")
		profile := z.call("MSS_ProfileQuery", fields{"MobileUser": fields{"MSISDN": number}, "Params": "state certs"})
		z.want("profile", profile, "100")
		if all, _ := profile.Answer["SignatureProfile"].([]any); len(all) != 8 {
			t.Errorf("the profiles are %v", all)
		}

		// The certificate is revoked between question and answer: the signature comes, and does not count.
		_, handle = z.sign(number, "asynchClientServer", text, nonRepudiation, nil)
		in.Open(t, func(a *app.App) {
			all, err := a.MobileIDs.Profiles(t.Context(), s.people[number])
			s.check(err)
			for _, c := range all[0].Certificates {
				if c.Role == applet.Signing {
					s.within(func(tx *db.Tx) error { return a.MobileIDs.CA.Revoke(tx, setUp, c.Serial, mobileid.KeyLost) })
				}
			}
		})
		s.air.Sign(t, number, signingPIN)
		z.want("revoked before it was signed", z.until(handle), "501")

		// Revoked while the person is asked: nothing is signed any more.
		_, handle = z.sign(number, "asynchClientServer", "Log in", digitalSignature, nil)
		in.Open(t, func(a *app.App) {
			all, err := a.MobileIDs.Profiles(t.Context(), s.people[number])
			s.check(err)
			_, err = a.MobileIDs.Revoke(t.Context(), setUp, mobileid.Order{Customer: s.people[number], Mobile: all[0].ID, Reason: "lost"})
			s.check(err)
		})
		z.want("revoked meanwhile", z.until(handle), "_208")
		for _, secret := range []string{made.Password, signingPIN, authenticationPIN} {
			if strings.Contains(string(in.Log.Bytes()), secret) {
				t.Error("a secret is in the log")
			}
		}
		in.Verify(t)
	})
}

// provided is what a message of a service provider begins with.
func provided(id, secret, trans string) mss.Base {
	return mss.Base{Major: 1, Minor: 1, AP: mss.AP{ID: id, Password: mss.Password(secret), TransID: trans, Instant: time.Now()}}
}

// asks sends a message, and returns the answer or the fault.
func asks(t *testing.T, c *http.Client, base string, op mss.Operation, m mss.Message) (mss.Message, error) {
	t.Helper()
	body := (&mss.Envelope{Operation: op, Message: m}).WriteRequest()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/soap/services/"+string(op)+"Port", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", mss.MediaSOAP)
	got, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read
	answer, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := mss.ReadResponse(mss.MediaSOAP, answer)
	return e.Message, err
}

func certificateIn(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	x, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestRegistrationByAProvider: a provider whose word counts orders a mobile ID, shows the control
// code, and gets the certificate once the person has chosen two PINs on the phone.
func TestRegistrationByAProvider(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		const number = "+436641000001"
		air := in.NewAir(t, number)
		s := &simSigners{t: t, in: in, air: air}
		in.Open(t, func(a *app.App) {
			s.rules(a)
			_, err := a.PKI.Init(t.Context(), setUp, pki.P256, pki.Subject{CommonName: "Test Root"}, pki.Subject{CommonName: "Test Issuing"})
			s.check(err)
			_, err = a.Customers.Create(t.Context(), setUp, customer.New{Number: "5000", Name: "Lena Test"})
			s.check(err)
		})
		address := apptest.FreeAddress(t)
		in.More = append(in.More, "COUNTERSIGN_MSS_ADDRESS="+address)
		var made struct {
			Password string `json:"ap_pwd"`
		}
		out := in.Must(t, "provider", "create", "urn:registrar", "--name", "Registrar", "--password-only", "--registrar", "--rate", "1000", "--burst", "1000", "--json")
		s.check(json.Unmarshal([]byte(out), &made))
		in.Run(t)
		client := &http.Client{Timeout: 10 * time.Second}
		ask := func(n int) *mss.RegistrationResponse {
			m, err := asks(t, client, "http://"+address, mss.Registration, &mss.RegistrationRequest{Base: provided("urn:registrar", made.Password, fmt.Sprint("R", n)), User: mss.User{MSISDN: number, Identifier: "5000"}})
			s.check(err)
			return m.(*mss.RegistrationResponse)
		}
		first := ask(0)
		control := shownCode(first)
		if first.Status.Code != mss.RequestOK || len(control) != 4 {
			t.Fatalf("ordered: %+v, control code %q", first.Status, control)
		}
		air.ChoosePIN(t, number, control, authenticationPIN)
		for n := 1; n < 2000; n++ {
			got := ask(n)
			if got.Status.Code == mss.RegistrationOK {
				x, err := x509.ParseCertificate(got.Certificate)
				s.check(err)
				if x.KeyUsage != x509.KeyUsageContentCommitment || !bytes.Equal(x.RawSubjectPublicKeyInfo, got.PublicKey) || len(x.Subject.SerialNumber) != 16 {
					t.Errorf("the certificate is of %v for %v", x.Subject, x.KeyUsage)
				}
				return
			}
			if air.Tray.Card(number).Look().Kind == simcard.Consent {
				air.ChoosePIN(t, number, shownCode(got), signingPIN)
			}
			time.Sleep(10 * time.Millisecond) // as a client asks
		}
		t.Error("the registration did not come to an end")
	})
}

// shownCode is the control code of a registration; "" when none is to be shown.
func shownCode(r *mss.RegistrationResponse) string {
	for _, x := range r.Status.Results() {
		return x.Message
	}
	return ""
}

// octetsOf is a signature of an answer.
func octetsOf(t *testing.T, r reply, name string) []byte {
	t.Helper()
	signature, _ := r.Answer["MSS_Signature"].(fields)
	return decode(t, signature[name])
}

func decode(t *testing.T, v any) []byte {
	t.Helper()
	text, _ := v.(string)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) == 0 {
		t.Fatalf("no octets in %v: %v", v, err)
	}
	return b
}

// opensslVerifies has openssl verify a signature up to a root, and returns what was signed.
func opensslVerifies(t *testing.T, cms []byte, root string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "signature.der")
	if err := os.WriteFile(name, cms, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", name, "-CAfile", root, "-purpose", "any").Output()
	if err != nil {
		var why string
		if x, ok := err.(*exec.ExitError); ok { //nolint:errorlint // of Output
			why = string(x.Stderr)
		}
		t.Errorf("openssl does not verify it: %v %s", err, why)
	}
	return string(out)
}
