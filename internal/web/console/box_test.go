package console_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const (
	unlockSuite = "OCRA-1:HOTP-SHA256-8:QN08"
	signSuite   = "OCRA-1:HOTP-SHA256-8:C-QN64"
)

// keypads imports tokens with a keypad: a counter for codes, one for signatures, and
// a key to unlock them.
func (w *world) keypads(serials ...string) {
	w.Helper()
	var b bytes.Buffer
	out, err := pskc.NewWriter(&b, pskc.WriterOptions{InsecurePlain: true})
	for _, s := range serials {
		for _, k := range keypadKeys(s) {
			if err == nil {
				err = out.WritePackage(&pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.ALDR", Model: "k400", SerialNo: s}, Key: k})
			}
		}
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		w.Fatal(err)
	}
	w.load("keypads.xml", b.Bytes(), 3*len(serials))
}

func keypadKeys(serial string) []pskc.Key {
	ocra := func(id, suite string, usage pskc.Usage) pskc.Key {
		return pskc.Key{ID: serial + id, Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: suite, Secret: pskc.NewSecret(long(serial)), Counter: pskc.Some(0), Policy: pskc.Policy{Usage: usage}}
	}
	code := pskc.Key{
		ID: serial + "code", Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(seed(serial)),
		Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
	}
	unlock := ocra("unlock", unlockSuite, pskc.UseUnlock)
	unlock.Challenge = &pskc.ChallengeFormat{Encoding: pskc.Decimal, Min: 8, Max: 8, CheckDigit: true}
	return []pskc.Key{code, ocra("sign", signSuite, pskc.UseIntegrity), unlock}
}

// load imports a file whose keys are all good.
func (w *world) load(name string, file []byte, keys int) {
	w.Helper()
	s, err := w.cfg.Tokens.ImportFile(w.Context(), cli, token.Import{
		Name: name, Set: w.cfg.Policies.Active(), Now: w.clock.Now(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil },
		Sink: func(r token.Row) error {
			if r.Result != token.Imported {
				w.Errorf("%+v", r)
			}
			return nil
		},
	})
	if err != nil || s.Imported != int64(keys) {
		w.Fatalf("import of %s: %+v, %v", name, s, err)
	}
}

// clocks imports tokens with a clock, steps of 30 seconds.
func (w *world) clocks(serials ...string) {
	w.Helper()
	var b strings.Builder
	for _, s := range serials {
		fmt.Fprintf(&b, "%s,%x,TOTP\n", s, seed(s))
	}
	text := b.String()
	s, err := w.cfg.Tokens.ImportFile(w.Context(), cli, token.Import{
		Name: "clocks.csv", Set: w.cfg.Policies.Active(), Now: w.clock.Now(), Options: pskc.Options{Hash: pskc.SHA1},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	})
	if err != nil || s.Imported != int64(len(serials)) {
		w.Fatalf("import: %+v, %v", s, err)
	}
}

// long is the seed of a token's keys of SHA-256.
func long(serial string) []byte { return []byte(fmt.Sprintf("%-32s", serial))[:32] }

// responds is what a key of SHA-256 answers.
func responds(t testing.TB, serial, suite string, in oath.Input) string {
	t.Helper()
	s, err := oath.ParseSuite(suite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(s, long(serial))
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Code(in)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// path is the page of the token with a serial number.
func (w *world) path(serial string) string { return "/tokens/" + w.item(serial).Device.ID.String() }

func (w *world) item(serial string) token.Item {
	w.Helper()
	all, err := w.cfg.Tokens.BySerial(w.Context(), serial)
	if err != nil || len(all) != 1 {
		w.Fatalf("%d tokens %s, %v", len(all), serial, err)
	}
	return all[0]
}

// desk is a help desk, and a customer with the token of a keypad that they have
// identified.
func (w *world) caller(p *person, number, name, serial string) customer.Customer {
	w.Helper()
	c := w.customer(number, name)
	w.register(c, serial)
	p.identifies(c, "")
	return c
}

// buttons imports tokens of a model with one button.
func (w *world) buttons(model string, serials ...string) {
	w.Helper()
	var b bytes.Buffer
	out, err := pskc.NewWriter(&b, pskc.WriterOptions{InsecurePlain: true})
	for _, s := range serials {
		if err == nil {
			err = out.WritePackage(&pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.ALDR", Model: model, SerialNo: s}, Key: keypadKeys(s)[0]})
		}
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		w.Fatal(err)
	}
	w.load(model+".xml", b.Bytes(), len(serials))
}
