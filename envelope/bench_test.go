package envelope_test

import (
	"testing"

	"github.com/countersign-auth/countersign/envelope"
)

// BenchmarkTake measures what a server does for one message of 20 events.
func BenchmarkTake(b *testing.B) {
	for _, suite := range envelope.Suites() {
		for _, scheme := range envelope.Schemes() {
			b.Run(suite.String()+"/"+scheme.String(), func(b *testing.B) {
				server, by := private(b, suite, "server"), signer(b, scheme, "signer")
				v := verifier(b, by, "signer")
				raw, _ := seal(b, header(1), make([]byte, 1500), server, by)
				b.ReportAllocs()
				for b.Loop() {
					if _, _, ok := take(raw, server, v); !ok {
						b.Fatal("refused")
					}
				}
			})
		}
	}
}

// BenchmarkWindow measures a number that is taken in order, and one out of order.
func BenchmarkWindow(b *testing.B) {
	var w envelope.Window
	n := uint64(0)
	for b.Loop() {
		n += 2
		w.Take(n)
		w.Take(n - 1)
	}
}
