package estclient_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/pki"
)

// server is an EST server whose messages openssl writes: `openssl x509 -req` certifies, `openssl crl2pkcs7` makes "certs-only",
// `openssl ocsp` and `openssl ca` tell the status.
type server struct {
	*testing.T

	dir  string
	http *httptest.Server
	root *x509.Certificate

	mu     sync.Mutex
	status int // to answer with instead; 0: none
	usage  string
	orders int
	// simplereenroll: how often it was asked for, and the status to answer with; 0: it renews
	renewed, renewals int
	ocsp              bool // the responder answers
	logins            []string
}

func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{T: t, dir: t.TempDir(), usage: "nonRepudiation", ocsp: true}
	s.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Another Root", "-days", "3650", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
	s.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.csr", "-subj", "/CN=Another CA")
	s.write("ca.ext", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
	s.openssl("x509", "-req", "-in", "ca.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "3000", "-extfile", "ca.ext", "-out", "ca.pem")
	s.root = s.certificate("root.pem")
	s.write("index.txt", "")
	s.write("index.txt.attr", "unique_subject = no\n")
	s.write("ca.cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncertificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\ndefault_crl_days=3000\ncrlnumber=number\nunique_subject=no\n")
	s.write("number", "01")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /.well-known/est/simpleenroll", s.enroll)
	mux.HandleFunc("POST /.well-known/est/simplereenroll", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		status := s.renewals
		s.renewed++
		s.mu.Unlock()
		if status != 0 {
			http.Error(w, "not here", status)
			return
		}
		s.enroll(w, r)
	})
	mux.HandleFunc("GET /.well-known/est/cacerts", func(w http.ResponseWriter, _ *http.Request) { s.certsOnly(w, "ca.pem", "root.pem") })
	mux.HandleFunc("POST /ocsp", s.respond)
	mux.HandleFunc("GET /ca.crl", s.list)
	s.http = httptest.NewUnstartedServer(mux)
	s.http.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.http.StartTLS()
	t.Cleanup(s.http.Close)
	return s
}

func (s *server) openssl(args ...string) []byte {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), "openssl", args...)
	cmd.Dir = s.dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		s.Errorf("openssl %v: %v\n%s", args, err, said.String())
	}
	return out.Bytes()
}

func (s *server) write(name, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

func (s *server) read(name string) []byte {
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.Error(err)
	}
	return b
}

func (s *server) certificate(name string) *x509.Certificate {
	s.Helper()
	block, _ := pem.Decode(s.read(name))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// enroll is simpleenroll.
func (s *server) enroll(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, password, _ := r.BasicAuth()
	s.logins = append(s.logins, user+":"+password)
	if s.status != 0 {
		w.Header().Set("Retry-After", "90")
		http.Error(w, "not now", s.status)
		return
	}
	text, _ := io.ReadAll(r.Body)
	der, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || r.Header.Get("Content-Type") != "application/pkcs10" {
		s.Errorf("a request of type %q: %v", r.Header.Get("Content-Type"), err)
	}
	s.orders++
	s.write("leaf.csr", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})))
	s.write("leaf.ext", "basicConstraints=CA:FALSE\nkeyUsage=critical,"+s.usage+"\nauthorityInfoAccess=OCSP;URI:"+s.http.URL+"/ocsp\ncrlDistributionPoints=URI:"+s.http.URL+"/ca.crl\n")
	s.openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1000", "-extfile", "leaf.ext", "-out", "leaf.pem")
	c := s.certificate("leaf.pem")
	line := strings.Join([]string{"V", c.NotAfter.UTC().Format("060102150405Z"), "", strings.ToUpper(pki.SerialText(c.SerialNumber)), "unknown", "/serialNumber=" + c.Subject.SerialNumber}, "\t") + "\n"
	s.write("index.txt", string(s.read("index.txt"))+line)
	s.certsOnly(w, "leaf.pem")
}

// certsOnly answers with certificates, in lines of base64.
func (s *server) certsOnly(w http.ResponseWriter, names ...string) {
	args := []string{"crl2pkcs7", "-nocrl", "-outform", "DER"}
	for _, n := range names {
		args = append(args, "-certfile", n)
	}
	w.Header().Set("Content-Type", "application/pkcs7-mime; smime-type=certs-only")
	w.Header().Set("Content-Transfer-Encoding", "base64")
	text := base64.StdEncoding.EncodeToString(s.openssl(args...))
	const line = 64
	for len(text) > line {
		_, _ = io.WriteString(w, text[:line]+"\r\n")
		text = text[line:]
	}
	_, _ = io.WriteString(w, text+"\r\n")
}

// respond is the OCSP responder: the authority itself signs.
func (s *server) respond(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ocsp {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	q, _ := io.ReadAll(r.Body)
	s.write("q.der", string(q))
	s.openssl("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-reqin", "q.der", "-respout", "r.der", "-ndays", "1000")
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(s.read("r.der"))
}

func (s *server) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openssl("ca", "-config", "ca.cnf", "-gencrl", "-out", "ca.crl")
	_, _ = w.Write(s.read("ca.crl"))
}

// revoke revokes the last certificate.
func (s *server) revoke() {
	s.Helper()
	s.openssl("ca", "-config", "ca.cnf", "-revoke", "leaf.pem", "-crl_reason", "keyCompromise")
}

// client is a TLS client's certificate.
func clientCertificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Fjord Bank RA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
