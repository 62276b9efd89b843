package pskc_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/pskc"
)

// pskctool finds the tool of the OATH Toolkit. Where CI is set it must be there.
func pskctool(t *testing.T) func(args ...string) string {
	t.Helper()
	path, err := exec.LookPath("pskctool")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pskctool is missing: apt-get install pskctool")
		}
		t.Skip("pskctool is not installed")
	}
	return func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(context.Background(), path, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("pskctool %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
}

func writeTemp(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInterop_PskctoolReadsOurs: the other implementation validates our files
// against the schema and sees the same values.
func TestInterop_PskctoolReadsOurs(t *testing.T) {
	t.Parallel()
	tool := pskctool(t)
	seed := bytes.Repeat([]byte{0xA5}, 20)
	p := &pskc.KeyPackage{
		Device: pskc.Device{
			Manufacturer: "oath.EX", SerialNo: "4711", Model: "c200", IssueNo: "2", UserID: "CN=a & b",
			StartDate: noon, ExpiryDate: noon.AddDate(5, 0, 0),
		},
		CryptoModuleID: "CM",
		Key: pskc.Key{
			ID: "K1", Algorithm: pskc.AlgorithmHOTP, Issuer: "Bank <1>", FriendlyName: "Token", FriendlyNameLang: "en",
			Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 8},
			Secret:   pskc.NewSecret(seed), Counter: pskc.Some(1<<40 + 1),
			Policy: pskc.Policy{
				StartDate: noon, ExpiryDate: noon.AddDate(1, 0, 0), Usage: pskc.UseOTP | pskc.UseUnlock, Transactions: pskc.Some(99),
				PIN: &pskc.PINPolicy{KeyID: "P1", Mode: pskc.PINLocal, MaxFailedAttempts: pskc.Some(3), MinLength: pskc.Some(4), MaxLength: pskc.Some(8), Encoding: pskc.Decimal},
			},
		},
	}
	info := tool("--info", writeTemp(t, "plain.pskcxml", writeAll(t, pskc.WriterOptions{InsecurePlain: true}, []*pskc.KeyPackage{p})))
	for _, want := range []string{
		"Manufacturer: oath.EX", "SerialNo: 4711", "Model: c200", "IssueNo: 2", "Id: K1", "Issuer: Bank <1>",
		"Key Counter: 1099511627777", "Response Format Length: 8", "Response Format Encoding: DECIMAL",
		"Key Secret (base64): paWlpaWlpaWlpaWlpaWlpaWlpaU=", "OTP", "Unlock", "PIN Key Id: P1",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("pskctool does not see %q in\n%s", want, info)
		}
	}
	for name, o := range map[string]pskc.WriterOptions{
		"plain": {InsecurePlain: true}, "key": {Key: benchKey, KeyName: "n", EncryptAll: true}, "wrap": {Key: benchKey, KeyName: "n", KeyWrap: true},
		"password": {Password: []byte("p"), Iterations: 1000, PasswordName: "x"},
	} {
		out := tool("--validate", writeTemp(t, name+".pskcxml", writeAll(t, o, []*pskc.KeyPackage{p})))
		if !strings.Contains(out, "OK") {
			t.Errorf("%s does not validate against the schema:\n%s", name, out)
		}
	}
}

// TestInterop_WeReadPskctool: pskctool reads the figures and writes them signed;
// the values survive and the signature verifies, and ours verify there.
func TestInterop_WeReadPskctool(t *testing.T) {
	t.Parallel()
	tool := pskctool(t)
	key, cert := recipient(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := writeTemp(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	certFile := writeTemp(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	for _, n := range []int{3, 4, 5, 10} {
		figure := filepath.Join("testdata", "rfc6030", fmt.Sprintf("figure%02d.xml", n))
		signed := []byte(tool("--sign", "--sign-key", keyFile, "--sign-crt", certFile, figure))
		o := pskc.SignatureOptions{Certificates: []*x509.Certificate{cert}, At: time.Unix(1_900_000_000, 0), InsecureSHA1: true}
		v, err := pskc.VerifySignature(bytes.NewReader(signed), o)
		if err != nil {
			t.Fatalf("figure %d: %v\n%s", n, err, signed)
		}
		o.InsecureSHA1 = false
		if _, err := pskc.VerifySignature(bytes.NewReader(signed), o); !errors.Is(err, pskc.ErrSignature) {
			t.Errorf("SHA-1 was accepted unasked: %v", err)
		}
		got := reportOf(t, signed, pskc.Options{Signature: pskc.SignatureRequire, Verified: v})
		want := reportOf(t, readFile(t, "rfc6030", filepath.Base(figure)), pskc.Options{})
		if got != want {
			t.Errorf("figure %d:\ngot  %s\nwant %s", n, got, want)
		}
	}
}

func reportOf(t *testing.T, file []byte, o pskc.Options) string {
	t.Helper()
	v := vector{input: file, options: o}
	report, errs := v.read()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return strings.Join(report, "\n")
}
