package pskc_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/pskc"
)

var update = flag.Bool("update", false, "write what was read into the vectors, to be reviewed")

// A vector is a file in testdata/vectors: header lines, "---", and the
// container. Every "want" line is a line of the report of reading it, and "is"
// names the error that it must wrap.
type vector struct {
	path    string
	header  []string // without want
	want    []string
	is      string
	options pskc.Options
	input   []byte
}

func loadVector(t testing.TB, name string) vector {
	t.Helper()
	v := vector{path: filepath.Join("testdata", "vectors", name+".txt")}
	b, err := os.ReadFile(v.path)
	if err != nil {
		t.Fatal(err)
	}
	head, input, ok := strings.Cut(string(b), "---\n")
	if !ok {
		t.Fatalf("%s has no ---", v.path)
	}
	v.input = []byte(input)
	for line := range strings.Lines(head) {
		line = strings.TrimSuffix(line, "\n")
		key, value, _ := strings.Cut(line, ": ")
		if key == "want" {
			v.want = append(v.want, value)
			continue
		}
		v.header = append(v.header, line)
		v.set(t, key, value)
	}
	return v
}

func (v *vector) set(t testing.TB, key, value string) {
	t.Helper()
	switch key {
	case "about":
	case "is":
		v.is = value
	case "key":
		v.options.Key = unhex(t, value)
	case "mac-key":
		v.options.MACKey = unhex(t, value)
	case "password":
		v.options.Password = []byte(value)
	case "recipient":
		v.options.Recipient = privateKey(t, value)
	case "hash":
		v.options.Hash = pskc.Hash(value)
	case "option":
		v.option(t, value)
	default:
		t.Fatalf("%s: unknown header %q", v.path, key)
	}
}

func (v *vector) option(t testing.TB, value string) {
	t.Helper()
	name, arg, _ := strings.Cut(value, "=")
	switch name {
	case "legacy":
		v.options.Legacy = true
	case "insecure-no-mac":
		v.options.InsecureNoMAC = true
	case "encryption-key-as-mac-key":
		v.options.EncryptionKeyAsMACKey = true
	case "strict-manufacturer":
		v.options.StrictManufacturer = true
	case "strict-profile":
		v.options.StrictProfile = true
	case "max-iterations":
		v.options.MaxIterations, _ = strconv.Atoi(arg)
	default:
		t.Fatalf("%s: unknown option %q", v.path, value)
	}
}

func privateKey(t testing.TB, name string) crypto.Decrypter {
	t.Helper()
	block, _ := pem.Decode(readFile(t, "keys", name))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(crypto.Decrypter)
}

// check reads the named vectors and compares the report with what they want.
func check(t *testing.T, names ...string) {
	t.Helper()
	t.Parallel()
	for _, name := range names {
		v := loadVector(t, name)
		got, errs := v.read()
		if *update {
			v.write(t, got)
			continue
		}
		if len(v.want) == 0 {
			t.Errorf("%s wants nothing", name)
		}
		if d := cmp.Diff(v.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if (v.is == "") != (len(errs) == 0) {
			t.Errorf("%s: errors %v, want %q", name, errs, v.is)
		}
		for _, err := range errs {
			if want := sentinels()[v.is]; want == nil || !errors.Is(err, want) {
				t.Errorf("%s: %v is not %s", name, err, v.is)
			}
		}
	}
}

func (v *vector) write(t *testing.T, report []string) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(strings.Join(v.header, "\n") + "\n")
	for _, line := range report {
		b.WriteString("want: " + line + "\n")
	}
	b.WriteString("---\n")
	b.Write(v.input)
	if err := os.WriteFile(v.path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sentinels() map[string]error {
	return map[string]error{
		"ErrDecrypt": pskc.ErrDecrypt, "ErrMACMissing": pskc.ErrMACMissing, "ErrMACMismatch": pskc.ErrMACMismatch,
		"ErrMACMethod": pskc.ErrMACMethod, "ErrMACKeyMissing": pskc.ErrMACKeyMissing, "ErrNoKey": pskc.ErrNoKey,
		"ErrWrongKey": pskc.ErrWrongKey, "ErrAlgorithm": pskc.ErrAlgorithm, "ErrXML": pskc.ErrXML, "ErrDTD": pskc.ErrDTD,
		"ErrLimit": pskc.ErrLimit, "ErrVersion": pskc.ErrVersion, "ErrEmpty": pskc.ErrEmpty, "ErrInvalid": pskc.ErrInvalid,
		"ErrHashUnknown": pskc.ErrHashUnknown,
	}
}

// read opens the vector and reports every row.
func (v *vector) read() (report []string, errs []error) {
	s, _, err := pskc.Open(bytes.NewReader(v.input), v.options)
	if err != nil {
		return []string{"file: " + err.Error()}, []error{err}
	}
	for {
		p, err := s.Next()
		var row *pskc.RowError
		switch {
		case err == nil:
			report = append(report, describe(p)...)
			continue
		case errors.As(err, &row):
			report = append(report, "row: "+err.Error())
			errs = append(errs, err)
			continue
		case err.Error() != "EOF":
			return append(report, "file: "+err.Error()), append(errs, err)
		}
		if r, ok := s.(*pskc.Reader); ok {
			for _, w := range r.Container().Warnings {
				report = append(report, "container: "+w)
			}
		}
		return report, errs
	}
}

// describe writes what a package holds, leaving out what is empty.
func describe(p *pskc.KeyPackage) []string {
	k, d, o := &p.Key, &p.Device, &p.Key.Policy
	var b strings.Builder
	text := func(name, v string) {
		if v != "" {
			fmt.Fprintf(&b, " %s=%s", name, v)
		}
	}
	number := func(name string, i pskc.Int) {
		if i.Set {
			fmt.Fprintf(&b, " %s=%d", name, i.Value)
		}
	}
	date := func(name string, at time.Time) {
		if !at.IsZero() {
			text(name, at.Format(time.RFC3339Nano))
		}
	}
	fmt.Fprintf(&b, "key %s %s", k.ID, k.Profile)
	text("manufacturer", d.Manufacturer)
	text("serial", d.SerialNo)
	text("model", d.Model)
	text("issue", d.IssueNo)
	text("binding", d.DeviceBinding)
	date("device-start", d.StartDate)
	date("device-expiry", d.ExpiryDate)
	text("device-user", d.UserID)
	text("module", p.CryptoModuleID)
	text("issuer", k.Issuer)
	text("name", k.FriendlyName)
	text("lang", k.FriendlyNameLang)
	text("user", k.UserID)
	text("profile", k.ProfileID)
	text("reference", k.Reference)
	text("suite", k.Suite)
	text("hash", string(k.Hash))
	if f := k.Challenge; f != nil {
		fmt.Fprintf(&b, " challenge=%s,%d-%d,%t", f.Encoding, f.Min, f.Max, f.CheckDigit)
	}
	if f := k.Response; f != nil {
		fmt.Fprintf(&b, " response=%s,%d,%t", f.Encoding, f.Length, f.CheckDigit)
	}
	if k.Secret.Len() > 0 {
		fmt.Fprintf(&b, " secret=%x", k.Secret.Bytes())
	}
	number("counter", k.Counter)
	number("time", k.Time)
	number("interval", k.Interval)
	number("drift", k.Drift)
	date("start", o.StartDate)
	date("expiry", o.ExpiryDate)
	if o.Usage != 0 {
		text("usage", strings.ReplaceAll(o.Usage.String(), " ", ","))
	}
	number("transactions", o.Transactions)
	if q := o.PIN; q != nil {
		fmt.Fprintf(&b, " pin=%s,%s,%s", q.KeyID, q.Mode, q.Encoding)
		number("pin-attempts", q.MaxFailedAttempts)
		number("pin-min", q.MinLength)
		number("pin-max", q.MaxLength)
	}
	lines := []string{b.String()}
	for _, u := range o.Unknown {
		lines = append(lines, "unusable: "+u)
	}
	for _, w := range p.Warnings {
		lines = append(lines, "warning: "+w)
	}
	return lines
}
