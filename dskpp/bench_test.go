package dskpp_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
)

// BenchmarkRun is a whole run, client and server, by variant; BenchmarkKAC is the
// PBKDF2 that each side does once in the variants with a public key.
func BenchmarkRun(b *testing.B) {
	for name, client := range map[string]func(testing.TB, *world) *dskpp.Client{
		"four-pass-oaep": func(t testing.TB, w *world) *dskpp.Client { return w.client(t) },
		"four-pass-xor":  xorClient,
		"wrap":           wrapClient,
		"transport": func(t testing.TB, w *world) *dskpp.Client {
			c := w.client(t)
			c.FourPass, c.Method, c.Private = false, dskpp.Transport, rsaKey(t, "client")
			return c
		},
		"passphrase": func(t testing.TB, w *world) *dskpp.Client {
			c := w.client(t)
			c.FourPass, c.Method, c.Passphrase = false, dskpp.PassphraseWrap, passphrase
			return c
		},
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			c := client(b, w)
			for b.Loop() {
				if _, err := w.run(b, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkKAC(b *testing.B) {
	rc, k := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 294)
	for b.Loop() {
		if _, err := dskpp.DeriveKAC("3582AF0C3E9D41B7722C", rc, k, dskpp.MinIterations); err != nil {
			b.Fatal(err)
		}
	}
}
