package pskc_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

// container writes n packages as a vendor's file has them.
func container(t testing.TB, n int, o pskc.WriterOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	o.Rand = rand.NewChaCha8([32]byte{1})
	w, err := pskc.NewWriter(&out, o)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.NewChaCha8([32]byte{2})
	for i := range n {
		secret := make([]byte, 20)
		_, _ = seed.Read(secret)
		p := &pskc.KeyPackage{
			Device:         pskc.Device{Manufacturer: "oath.CS", SerialNo: fmt.Sprintf("%010d", i), Model: "one-button"},
			CryptoModuleID: "CM_ID_001",
			Key: pskc.Key{
				ID: fmt.Sprintf("K%010d", i), Algorithm: pskc.AlgorithmTOTP, Issuer: "Example Bank",
				Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 8},
				Secret:   pskc.NewSecret(secret), Time: pskc.Some(0), Interval: pskc.Some(30),
			},
		}
		if err := w.WritePackage(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var benchKey = bytes.Repeat([]byte{0x5a}, 16)

func BenchmarkReadEncrypted(b *testing.B) {
	const n = 10_000
	file := container(b, n, pskc.WriterOptions{Key: benchKey, KeyName: "transport"})
	benchRead(b, file, n, pskc.Options{Key: benchKey})
}

func BenchmarkReadPlain(b *testing.B) {
	const n = 10_000
	benchRead(b, container(b, n, pskc.WriterOptions{InsecurePlain: true}), n, pskc.Options{})
}

func benchRead(b *testing.B, file []byte, n int, o pskc.Options) {
	b.Helper()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := pskc.NewReader(bytes.NewReader(file), o)
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			rows++
		}
		if rows != n {
			b.Fatalf("read %d of %d", rows, n)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "packages/s")
}

// BenchmarkEncodingXML only takes the tokens of the same file: the yardstick of
// our own scanner.
func BenchmarkEncodingXML(b *testing.B) {
	const n = 10_000
	file := container(b, n, pskc.WriterOptions{Key: benchKey, KeyName: "transport"})
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(file))
		for {
			if _, err := d.Token(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "packages/s")
}

func BenchmarkReadCSV(b *testing.B) {
	const n = 10_000
	var file bytes.Buffer
	for i := range n {
		fmt.Fprintf(&file, "%010d,%040x,totp,8,30,sha1\r\n", i, i)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := pskc.NewCSVReader(bytes.NewReader(file.Bytes()), pskc.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if ok, _, err := drain(r); err != nil || len(ok) != n {
			b.Fatal(len(ok), err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
