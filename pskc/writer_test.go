package pskc_test

import (
	"bytes"
	"crypto"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/pskc"
)

// text draws what an element may hold; the reader trims blanks at the ends.
func text(max int) *rapid.Generator[string] {
	runes := []rune("abcXYZ0189 -_.:,;&<>\"'äß€漢\t\n]]>😀")
	return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(runes), 0, max), func(r []rune) string { return strings.TrimSpace(string(r)) })
}

func optInt(t *rapid.T, label string, least, most int64) pskc.Int {
	if !rapid.Bool().Draw(t, label+" set") {
		return pskc.Int{}
	}
	return pskc.Some(rapid.Int64Range(least, most).Draw(t, label))
}

func date(t *rapid.T, label string) time.Time {
	if !rapid.Bool().Draw(t, label+" set") {
		return time.Time{}
	}
	return time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, label)).UTC()
}

func drawPackage(t *rapid.T, i int) *pskc.KeyPackage {
	k := pskc.Key{
		ID: fmt.Sprintf("K%d", i), Issuer: text(10).Draw(t, "issuer"), FriendlyName: text(10).Draw(t, "name"),
		UserID: text(10).Draw(t, "user"), ProfileID: text(5).Draw(t, "profile id"),
		Counter: optInt(t, "counter", 0, math.MaxInt64), Time: optInt(t, "time", 0, math.MaxInt64),
		Interval: optInt(t, "interval", 1, math.MaxInt32), Drift: optInt(t, "drift", math.MinInt32, math.MaxInt32),
	}
	if k.FriendlyName != "" {
		k.FriendlyNameLang = rapid.SampledFrom([]string{"en", "de-CH"}).Draw(t, "lang")
	}
	drawAlgorithm(t, &k)
	if rapid.IntRange(0, 9).Draw(t, "reference") == 0 {
		k.Reference = "master"
	} else {
		k.Secret = pskc.NewSecret(rapid.SliceOfN(rapid.Byte(), 16, 100).Draw(t, "secret"))
	}
	k.Policy = pskc.Policy{
		StartDate: date(t, "start"), ExpiryDate: date(t, "expiry"), Usage: pskc.Usage(rapid.Uint16Range(0, 1<<11-1).Draw(t, "usage")),
		Transactions: optInt(t, "transactions", 0, 1<<40),
	}
	if rapid.Bool().Draw(t, "pin") {
		k.Policy.PIN = &pskc.PINPolicy{
			KeyID: "K0", Mode: rapid.SampledFrom([]pskc.PINMode{pskc.PINLocal, pskc.PINPrepend, pskc.PINAppend}).Draw(t, "mode"),
			MaxFailedAttempts: optInt(t, "attempts", 0, 99), MinLength: optInt(t, "min", 0, 99), MaxLength: optInt(t, "max", 0, 99),
			Encoding: rapid.SampledFrom([]pskc.Encoding{"", pskc.Decimal, pskc.Binary}).Draw(t, "pin encoding"),
		}
	}
	d := pskc.Device{
		Manufacturer: text(8).Draw(t, "manufacturer"), SerialNo: text(12).Draw(t, "serial"), Model: text(5).Draw(t, "model"),
		IssueNo: text(3).Draw(t, "issue"), DeviceBinding: text(8).Draw(t, "binding"), UserID: text(5).Draw(t, "device user"),
		StartDate: date(t, "device start"), ExpiryDate: date(t, "device expiry"),
	}
	return &pskc.KeyPackage{Device: d, CryptoModuleID: text(5).Draw(t, "module"), Key: k}
}

func drawAlgorithm(t *rapid.T, k *pskc.Key) {
	k.Response = &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: rapid.IntRange(6, 9).Draw(t, "digits"), CheckDigit: rapid.Bool().Draw(t, "check")}
	switch k.Profile = rapid.SampledFrom([]pskc.Profile{pskc.ProfileHOTP, pskc.ProfileTOTP, pskc.ProfileOCRA, pskc.ProfilePIN}).Draw(t, "profile"); k.Profile {
	case pskc.ProfileHOTP:
		k.Algorithm, k.Hash = pskc.AlgorithmHOTP, pskc.SHA1
	case pskc.ProfileTOTP:
		k.Algorithm = pskc.AlgorithmTOTP
		k.Hash = rapid.SampledFrom([]pskc.Hash{pskc.SHA1, pskc.SHA256, pskc.SHA512}).Draw(t, "hash")
		k.Suite = "HMAC-" + string(k.Hash)
	case pskc.ProfileOCRA:
		k.Algorithm, k.Hash, k.Suite = pskc.AlgorithmOCRA, pskc.SHA256, "OCRA-1:HOTP-SHA256-8:C-QN08"
		k.Challenge = &pskc.ChallengeFormat{Encoding: pskc.Alphanumeric, Min: 4, Max: 64}
	case pskc.ProfilePIN:
		k.Algorithm = pskc.AlgorithmPIN
	}
}

func writeAll(t rapid.TB, o pskc.WriterOptions, packages []*pskc.KeyPackage) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if err := w.WritePackage(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestP43_RoundTrip: what is written in any of the ways reads back the same.
func TestP43_RoundTrip(t *testing.T) {
	t.Parallel()
	key, cert := recipient(t)
	rapid.Check(t, func(t *rapid.T) {
		var packages []*pskc.KeyPackage
		for i := range rapid.IntRange(1, 3).Draw(t, "packages") {
			packages = append(packages, drawPackage(t, i))
		}
		w := pskc.WriterOptions{
			ID: "C1", EncryptAll: rapid.Bool().Draw(t, "encrypt all"), KeyWrap: rapid.Bool().Draw(t, "key wrap"),
			Rand: rand.NewChaCha8([32]byte{rapid.Uint8().Draw(t, "seed")}),
		}
		r := pskc.Options{}
		switch rapid.SampledFrom([]string{"plain", "key", "key", "password", "certificate"}).Draw(t, "protection") {
		case "plain":
			w.InsecurePlain = true
		case "key":
			w.Key, w.KeyName = make([]byte, rapid.SampledFrom([]int{16, 24, 32}).Draw(t, "key length")), "transport"
			r.Key = w.Key
		case "password":
			w.Password, w.Iterations, w.PasswordName = []byte("correct horse"), 1000, "phrase 1"
			r.Password = w.Password
		case "certificate":
			w.Certificate, w.KeyWrap = cert, false
			r.Recipient = key
		}
		file := writeAll(t, w, packages)
		rd, err := pskc.NewReader(bytes.NewReader(file), r)
		if err != nil {
			t.Fatal(err)
		}
		got, bad, err := drain(rd)
		if err != nil || len(bad) > 0 {
			t.Fatalf("%v, %v\n%s", bad, err, file)
		}
		ignore := cmpopts.IgnoreFields(pskc.KeyPackage{}, "Row", "Line", "Offset", "Warnings")
		if d := cmp.Diff(packages, got, ignore, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(-written +read)\n%s\n%s", d, file)
		}
		if !w.InsecurePlain {
			exportHasMAC(t, file, packages)
		}
	})
}

// exportHasMAC: every encrypted value has its ValueMAC, and no secret is plain.
func exportHasMAC(t rapid.TB, file []byte, packages []*pskc.KeyPackage) {
	t.Helper()
	if n := bytes.Count(file, []byte("<EncryptedValue>")); n != bytes.Count(file, []byte("<ValueMAC>")) {
		t.Fatalf("%d encrypted values have not as many MACs", n)
	}
	for _, p := range packages {
		if s := p.Key.Secret; s.Len() > 0 && bytes.Contains(file, []byte(base64.StdEncoding.EncodeToString(s.Bytes()))) {
			t.Fatal("a secret stands in the file")
		}
	}
}

// TestBug_PrivacyIDEA1663_ExportWithoutMAC: there is no way to ask for it.
func TestBug_PrivacyIDEA1663_ExportWithoutMAC(t *testing.T) {
	t.Parallel()
	file := container(t, 3, pskc.WriterOptions{Key: benchKey, KeyName: "transport", EncryptAll: true})
	exportHasMAC(t, file, nil)
	if !bytes.Contains(file, []byte("<MACMethod")) || bytes.Count(file, []byte("<ValueMAC>")) != 9 {
		t.Errorf("the export has no MAC:\n%s", file)
	}
}

func recipient(t *testing.T) (crypto.Decrypter, *x509.Certificate) {
	t.Helper()
	key := privateKey(t, "rsa.pem")
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		t.Fatal("not an RSA key")
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1e10, 0)}
	der, err := x509.CreateCertificate(crand.Reader, tmpl, tmpl, &rsaKey.PublicKey, rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// TestP26_IVsAreNeverRepeated: all IVs of a file differ, and a random source that
// repeats itself is noticed.
func TestP26_IVsAreNeverRepeated(t *testing.T) {
	t.Parallel()
	file := container(t, 200, pskc.WriterOptions{Key: benchKey, KeyName: "transport"})
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`<xenc:CipherValue>([^<]+)<`).FindAllSubmatch(file, -1) {
		b, err := base64.StdEncoding.DecodeString(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		if iv := string(b[:16]); seen[iv] {
			t.Fatal("an IV occurs twice")
		} else {
			seen[iv] = true
		}
	}
	if len(seen) != 201 { // the MAC key and 200 secrets
		t.Errorf("%d IVs", len(seen))
	}
	w, err := pskc.NewWriter(io.Discard, pskc.WriterOptions{Key: benchKey, KeyName: "n", Rand: constant{}})
	if err != nil {
		t.Fatal(err)
	}
	p := &pskc.KeyPackage{Key: pskc.Key{ID: "a", Algorithm: pskc.AlgorithmTOTP, Secret: pskc.NewSecret(make([]byte, 20))}}
	if err := w.WritePackage(p); err == nil {
		t.Error("a random source that repeats itself was not noticed")
	}
	if err := w.Close(); err == nil {
		t.Error("the container was closed as if nothing had happened")
	}
}

type constant struct{}

func (constant) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]pskc.WriterOptions{
		"nothing":          {},
		"two ways":         {Key: benchKey, KeyName: "n", Password: []byte("p")},
		"P-27 no name":     {Key: benchKey},
		"key length":       {Key: benchKey[:15], KeyName: "n"},
		"few iterations":   {Password: []byte("p"), Iterations: 10},
		"random too short": {Key: benchKey, KeyName: "n", Rand: strings.NewReader("short")},
	} {
		if _, err := pskc.NewWriter(io.Discard, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ok := pskc.Key{ID: "a", Algorithm: pskc.AlgorithmHOTP, Secret: pskc.NewSecret(make([]byte, 20))}
	for name, change := range map[string]func(*pskc.KeyPackage){
		"no id":            func(p *pskc.KeyPackage) { p.Key.ID = "" },
		"no secret":        func(p *pskc.KeyPackage) { p.Key.Secret = pskc.Secret{} },
		"short secret":     func(p *pskc.KeyPackage) { p.Key.Secret = pskc.NewSecret([]byte("x")) },
		"algorithm":        func(p *pskc.KeyPackage) { p.Key.Algorithm = "urn:x" },
		"suite and hash":   func(p *pskc.KeyPackage) { p.Key.Hash, p.Key.Suite = pskc.SHA1, "HMAC-SHA256" },
		"negative counter": func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(-1) },
		"control":          func(p *pskc.KeyPackage) { p.Device.SerialNo = "a\x00b" },
		"not UTF-8":        func(p *pskc.KeyPackage) { p.Device.SerialNo = "a\xff" },
		"blank":            func(p *pskc.KeyPackage) { p.Device.SerialNo = " a" },
		"policy":           func(p *pskc.KeyPackage) { p.Key.Policy.Unknown = []string{"x"} },
		"date":             func(p *pskc.KeyPackage) { p.Device.StartDate = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		var file bytes.Buffer
		w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
		if err != nil {
			t.Fatal(err)
		}
		p := &pskc.KeyPackage{Key: ok}
		change(p)
		if err := w.WritePackage(p); !errors.Is(err, pskc.ErrInvalid) && !errors.Is(err, pskc.ErrAlgorithm) {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.Close(); !errors.Is(err, pskc.ErrEmpty) {
			t.Errorf("P-02: an empty container was closed: %v", err)
		}
	}
}

// TestWriterFails: an error of the writer below comes out, once and for all.
func TestWriterFails(t *testing.T) {
	t.Parallel()
	w, err := pskc.NewWriter(full{}, pskc.WriterOptions{InsecurePlain: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &pskc.KeyPackage{Key: pskc.Key{ID: "a", Algorithm: pskc.AlgorithmTOTP, Secret: pskc.NewSecret(make([]byte, 20))}}
	for range 1000 {
		if err = w.WritePackage(p); err != nil {
			break
		}
	}
	if !errors.Is(err, errFull) || !errors.Is(w.Close(), errFull) {
		t.Errorf("got %v", err)
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestP42_MediaType: the names of section 12.1.
func TestP42_MediaType(t *testing.T) {
	t.Parallel()
	if !slices.Equal([]string{pskc.MediaType, pskc.Extension}, []string{"application/pskc+xml", ".pskcxml"}) {
		t.Error(pskc.MediaType, pskc.Extension)
	}
}
