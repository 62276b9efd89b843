package simcard_test

import (
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota"
)

// FuzzReceive: without the keys nothing that comes moves the counter, shows anything, or is answered
// with more than a status.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x00\x15\x16\x06\x19\x35\x35\xb0\x00\x11\xae\x73\x32\x56\x91\x8d\x05\x0b\x87\xc9\x4f\xbf\xe1\x2e\x4d\xc4\x02\xf2\x62\xc4\x1c\xf6\x7f\x2f"))
	f.Add([]byte("\x00\x28\x15\x16\x39\x12\x12\xb0\x00\x11\x5a\x47\x65\x55\x27\xe9\x6e\x83\x2f\x1a\x5c\x69\x86\x55\x71\x5d\x43\x31\x45\x4a\x0d\x83\x95\x2c\x0e\xd3\x52\x45\x70\x69\x76\xb1"))
	f.Add([]byte("\x00\x0e\x0d\x00\x01\x00\x00\xb0\x00\x11\x00\x00\x00\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := open(t)
		w.card.Receive(bank(), b)
		if w.stored != nil || w.card.Look().Kind != simcard.Idle {
			t.Fatalf("%x was taken: %+v", b, w.card.Look())
		}
		for w.opened < len(w.out) {
			if s := w.hint(); s == ota.OK || s == ota.MoreTime {
				t.Errorf("%x is answered with %s", b, s)
			}
		}
	})
}

// FuzzObey: whatever a server says under the keys, the card answers once, and never with a key.
func FuzzObey(f *testing.F) {
	f.Add([]byte("\x01\x05\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08"))
	f.Add([]byte("\x01\x03\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08\x83\x02\x04\x41\x85\x02\x04\x42"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1000 {
			return
		}
		w := open(t)
		w.raw(b)
		if r := w.response(); r.Status != ota.OK && r.Status != ota.MoreTime {
			t.Errorf("%x: %s", b, r.Status)
		}
		w.quiet()
	})
}
