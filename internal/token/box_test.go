package token_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// A box is a PSKC file under construction.
type box []*pskc.KeyPackage

// add appends a key of a device; change may be nil.
func (b *box) add(serial, id string, change func(*pskc.KeyPackage)) *pskc.KeyPackage {
	p := &pskc.KeyPackage{
		Device: pskc.Device{Manufacturer: "oath.TEST", SerialNo: serial},
		Key: pskc.Key{
			ID: id, Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(key(serial)),
			Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
		},
	}
	if change != nil {
		change(p)
	}
	*b = append(*b, p)
	return p
}

// ocra makes the key one of an OCRA suite.
func ocra(suite string) func(*pskc.KeyPackage) {
	return func(p *pskc.KeyPackage) {
		p.Key.Algorithm, p.Key.Profile, p.Key.Suite, p.Key.Hash, p.Key.Response = pskc.AlgorithmOCRA, pskc.ProfileOCRA, suite, "", nil
	}
}

// pinKey adds a PIN as a key of its own (RFC 6030, section 10.2).
func (b *box) pinKey(serial, id, pin string) {
	b.add(serial, id, func(p *pskc.KeyPackage) {
		p.Key = pskc.Key{
			ID: id, Algorithm: pskc.AlgorithmPIN, Profile: pskc.ProfilePIN, Secret: pskc.NewSecret([]byte(pin)),
			Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: len(pin)},
		}
	})
}

func (b *box) file(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	p, err := pskc.NewWriter(&out, pskc.WriterOptions{InsecurePlain: true})
	for _, k := range *b {
		if err == nil {
			err = p.WritePackage(k)
		}
	}
	if err == nil {
		err = p.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// of prepares the import of a file and keeps its report in rows.
func (w *world) of(file []byte, rows *[]token.Row) token.Import {
	return token.Import{
		Name: "box", Set: w.set, Now: w.clock.Now(),
		Open: func() (io.ReadCloser, error) {
			*rows = nil
			return io.NopCloser(bytes.NewReader(file)), nil
		},
		Sink: func(r token.Row) error { *rows = append(*rows, r); return nil },
	}
}

// load imports a box row by row and returns the report.
func (w *world) load(b box) (rows []token.Row) {
	w.t.Helper()
	if _, err := w.tokens.ImportFile(w.t.Context(), by(), w.of(b.file(w.t), &rows)); err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// owned loads a box with one token and gives it to a customer of its own.
func (w *world) owned(serial string, change func(*pskc.KeyPackage)) ident.ID {
	w.t.Helper()
	var b box
	b.add(serial, "k", change)
	if rows := w.load(b); len(rows) != 1 || rows[0].Result != token.Imported {
		w.t.Fatalf("not imported: %+v", rows)
	}
	c := ident.Derive("customer", serial)
	w.assign(serial, c)
	return c
}

func (w *world) device(serial string) device.Device {
	w.t.Helper()
	return w.item(serial).Device
}

func (w *world) item(serial string) token.Item {
	w.t.Helper()
	all, err := w.tokens.BySerial(context.Background(), serial)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d tokens %s, %v", len(all), serial, err)
	}
	return all[0]
}

// challenge asks for a number to type into the token.
func (w *world) challenge(c ident.ID) (ch authenticator.Challenge) {
	w.t.Helper()
	err := w.d.Settle(context.Background(), c, func(tx *db.Tx) (err error) {
		ch, err = w.tokens.Begin(tx, w.request(c))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ch
}

// respond is what a challenge-response token shows.
func respond(serial, suite string, in oath.Input, pin string) string {
	s, err := oath.ParseSuite(suite)
	if err != nil {
		panic(err)
	}
	if pin != "" {
		in.PIN = s.HashPIN(pin)
	}
	o, err := oath.NewOCRA(s, key(serial))
	if err != nil {
		panic(err)
	}
	code, err := o.Code(in)
	if err != nil {
		panic(err)
	}
	return code
}

// answer verifies a response to a challenge.
func (w *world) answer(c ident.ID, code string, ch authenticator.Challenge) authenticator.Reason {
	w.t.Helper()
	r, err := w.tryVerify(c, code, ch)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// assignOne gives a token to a customer of its own.
func (w *world) assignOne(it token.Item) ident.ID {
	w.t.Helper()
	c := ident.Derive("customer", it.Device.Manufacturer, it.Device.Serial)
	w.write(func(tx *db.Tx) error {
		if _, err := device.Assign(tx, it.Device.ID, c, 0); err != nil {
			return err
		}
		return authenticator.Enroll(tx, by(), c, w.policy)
	})
	return c
}
