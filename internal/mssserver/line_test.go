package mssserver_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/mss"
)

// line is the connection of a client, over which it writes its requests octet for octet.
type line struct {
	*testing.T

	conn net.Conn
	r    *bufio.Reader
}

// listening has the server behind TLS, as mutual as the client wants it.
func (w *world) listening() (dial func(*testing.T, ...tls.Certificate) *line) {
	w.Helper()
	server := httptest.NewUnstartedServer(w.server)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	w.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return func(t *testing.T, own ...tls.Certificate) *line {
		t.Helper()
		conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: "example.com", Certificates: own, MinVersion: tls.VersionTLS12}}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return &line{t, conn, bufio.NewReader(conn)}
	}
}

// plays sends a recorded request with some words of its body replaced, in pairs, and in the framing of its client:
// laverca's body comes in chunks. It returns the answer as it came.
func (l *line) plays(name string, change ...string) (status int, media, body string) {
	l.Helper()
	recording, err := os.ReadFile("../../mss/testdata/requests/" + name + ".http")
	if err != nil {
		l.Fatal(err)
	}
	head, text, _ := strings.Cut(string(recording), "\r\n\r\n")
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			l.Fatalf("%s has no %q", name, change[i])
		}
		text = strings.ReplaceAll(text, change[i], change[i+1])
	}
	framed := fmt.Sprintf("%s\r\nHost: mss.bank.example\r\nContent-Length: %d\r\n\r\n%s", head, len(text), text)
	if strings.Contains(head, "Transfer-Encoding: chunked") {
		half := len(text) / 2
		framed = fmt.Sprintf("%s\r\nHost: mss.bank.example\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", head, half, text[:half], len(text)-half, text[half:])
	}
	if _, err := io.WriteString(l.conn, framed); err != nil {
		l.Fatal(err)
	}
	got, err := http.ReadResponse(l.r, nil)
	if err != nil {
		l.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read
	b, err := io.ReadAll(got.Body)
	if err != nil {
		l.Fatal(err)
	}
	return got.StatusCode, got.Header.Get("Content-Type"), string(b)
}

const nobodys = "M-nobody-has-begun-this"

var transID = regexp.MustCompile(`"?MSSP_TransID"?[=:]"([^"]+)"`)

// begun is the MSSP_TransID in an answer.
func (l *line) begun(answer string) string {
	l.Helper()
	m := transID.FindStringSubmatch(answer)
	if m == nil {
		l.Fatalf("no MSSP_TransID in %s", answer)
	}
	return m[1]
}

// holds fails unless an answer has all words, in their order.
func (l *line) holds(what, answer string, words ...string) {
	l.Helper()
	rest := answer
	for _, x := range words {
		_, after, found := strings.Cut(rest, x)
		if !found {
			l.Fatalf("%s: %q is not there, or not in its place, in %s", what, x, answer)
		}
		rest = after
	}
}

// leaf is the certificate of a person.
func leaf(t *testing.T, serial string) []byte {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{SerialNumber: serial, CommonName: "Maria"}, NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, x, x, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// want reads an answer of JSON: that of an operation, or a fault, whose names are as the client wants them.
func want(t *testing.T, what string, status int, media, answer string, code int, key string) map[string]any {
	t.Helper()
	if status != code || !strings.EqualFold(strings.ReplaceAll(media, " ", ""), "application/json;charset=utf-8") {
		t.Errorf("%s: status %d, %s: %s", what, status, media, answer)
	}
	var all map[string]map[string]any
	d := json.NewDecoder(strings.NewReader(answer))
	if err := d.Decode(&all); err != nil || len(all) != 1 {
		t.Fatalf("%s: %v in %s", what, err, answer)
	}
	for _, members := range all {
		if !onlyStrings(members) {
			t.Errorf("%s: a value is no string in %s", what, answer)
		}
	}
	if !strings.HasPrefix(key, "_") {
		if all[key] == nil {
			t.Fatalf("%s: no %s in %s", what, key, answer)
		}
		return all[key]
	}
	delete(all["Fault"], "Reason")
	if detail, ok := all["Fault"]["Detail"].(string); !ok || detail == "" {
		t.Errorf("%s: there is no detail in %s", what, answer)
	}
	delete(all["Fault"], "Detail")
	side := map[bool]string{true: "Sender", false: "Receiver"}[key == "_104"]
	shape := map[string]any{"Code": map[string]any{"SubCode": map[string]any{"Value": key, "ValueNs": mss.Namespace}, "Value": side, "ValueNs": mss.EnvelopeSpace}}
	if diff := cmp.Diff(shape, all["Fault"]); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
	return all["Fault"]
}

// onlyStrings reports whether all values are strings, as the client reads them.
func onlyStrings(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for _, y := range x {
			if !onlyStrings(y) {
				return false
			}
		}
		return true
	case []any:
		return !slices.ContainsFunc(x, func(y any) bool { return !onlyStrings(y) })
	}
	_, ok := v.(string)
	return ok
}

// value is the status code of an answer.
func value(answer map[string]any) any {
	status, _ := answer["Status"].(map[string]any)
	code, _ := status["StatusCode"].(map[string]any)
	return code["Value"]
}
