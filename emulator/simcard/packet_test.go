package simcard_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
)

func statusCommand() []byte { return []byte("\x01\x05\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08") }

// TestReplaysAndOrder: a counter is taken once, and never a lower one, also after a restart.
func TestReplaysAndOrder(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.counter = 7
	seven := w.packet(7, statusCommand())
	w.card.Receive(bank(), seven)
	w.answer(applet.Done)
	for name, again := range map[string]func(){"at once": func() {}, "after a restart": w.restart} {
		again()
		w.card.Receive(bank(), seven)
		if r := w.response(); r.Status != ota.CounterLow || len(r.Data) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	w.counter = 9
	w.card.Receive(bank(), w.packet(9, statusCommand()))
	w.answer(applet.Done)
	w.counter = 8
	w.card.Receive(bank(), w.packet(8, statusCommand()))
	if r := w.response(); r.Status != ota.CounterLow {
		t.Errorf("8 after 9: %+v", r)
	}
	w.counter = ota.MaxCounter
	w.card.Receive(bank(), w.packet(ota.MaxCounter, statusCommand()))
	w.answer(applet.Done)
	w.card.Receive(bank(), w.packet(ota.MaxCounter, statusCommand()))
	if r := w.response(); r.Status != ota.CounterBlocked {
		t.Errorf("after the last counter: %+v", r)
	}
}

// TestTampering: no bit of a packet can be changed, and nothing moves when one is.
func TestTampering(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	c := sign(applet.Signing)
	b, err := c.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	good := w.packet(w.counter+1, b)
	before := w.stored
	for i := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		w.card.Receive(bank(), bad)
		if i/8 < 2 || ota.SPI(uint16(bad[3])<<8|uint16(bad[4])).Asked() == ota.Never {
			w.quiet() // no packet, or one that wants no answer
		} else if s := w.hint(); s == ota.OK || s == ota.MoreTime {
			t.Fatalf("bit %d: status %s", i, s)
		}
		if s := w.card.Look(); s.Kind == simcard.Consent {
			t.Fatalf("bit %d: %+v", i, s)
		}
	}
	if diff := cmp.Diff(string(before), string(w.stored)); diff != "" {
		t.Error(diff)
	}
	for n := range good {
		w.card.Receive(bank(), good[:n])
		w.quiet()
	}
	w.asked(c) // with the very counter
}

// TestThirdParty has the steps of ota-vectors.md, section 4, with its keys.
func TestThirdParty(t *testing.T) {
	t.Parallel()
	kic, err1 := hex.DecodeString("00112233445566778899aabbccddeeff")
	kid, err2 := hex.DecodeString("0123456789abcdef0123456701234567")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	w := open(t)
	m := *w.first
	m.Keys = []simcard.KeySet{{Number: 3, Algorithm: simcard.TripleDES, KIc: kic, KID: kid}}
	w.insert(&m)
	w.first = &m
	for _, x := range []struct {
		step      string
		spi       ota.SPI
		alg       ota.Algorithm
		counter   uint64
		last      byte // flipped in the last octet
		want      ota.Status
		authentic bool
	}{
		{"LIVE-1", 0x1619, ota.TripleDES2, 5, 0, ota.OK, true},
		{"LIVE-2", 0x1619, ota.TripleDES2, 5, 0, ota.CounterLow, true},
		{"LIVE-3", 0x1619, ota.TripleDES2, 4, 0, ota.CounterLow, true},
		{"LIVE-4", 0x1619, ota.AES, 6, 0, ota.OK, true},
		{"LIVE-5", 0x1E19, ota.AES, 8, 0, ota.CounterHigh, true},
		{"LIVE-6", 0x1E19, ota.AES, 7, 0, ota.OK, true},
		{"LIVE-7", 0x1619, ota.AES, 9, 1, ota.ChecksumFailed, false},
		{"LIVE-8", 0x0001, ota.Implicit, 0, 0, ota.LevelTooLow, false},
	} {
		if x.step == "LIVE-4" { // our card's keys are of one algorithm
			m := &simcard.Memory{}
			if err := json.Unmarshal(w.stored, m); err != nil {
				t.Fatal(err)
			}
			m.Keys[0].Algorithm = simcard.AES
			w.insert(m)
		}
		set := 3
		if x.alg == ota.Implicit {
			set = 0
		}
		s := ota.Security{SPI: x.spi, KIc: ota.NewIndicator(set, x.alg), KID: ota.NewIndicator(set, x.alg)}
		c := ota.Command{Security: s, TAR: ota.SignatureTAR, Counter: x.counter, Data: []byte("\x00\xA4\x00\x04\x02\x2F\xE2")}
		b, err := c.Pack(w.keys())
		if err != nil {
			t.Fatal(x.step, err)
		}
		b[len(b)-1] ^= x.last
		w.card.Receive(bank(), b)
		if !x.authentic {
			if got := w.hint(); got != x.want {
				t.Errorf("%s: %s", x.step, got)
			}
			continue
		}
		p, err := ota.ParseResponse(w.out[w.opened].Octets)
		if err != nil {
			t.Fatal(err)
		}
		w.opened++
		if r, err := p.Open(s, w.keys()); err != nil || r.Status != x.want || r.Counter != x.counter {
			t.Errorf("%s: %+v, %v", x.step, r, err)
		}
	}
}

// TestWeakPackets: less than the profile is refused, and told without protection.
func TestWeakPackets(t *testing.T) {
	t.Parallel()
	w := open(t)
	for name, x := range map[string]struct {
		security ota.Security
		tar      ota.TAR
		want     ota.Status
	}{
		"not ciphered":            {ota.Security{SPI: 0x1239, KIc: 0x12, KID: 0x12}, ota.SignatureTAR, ota.LevelTooLow},
		"an answer for everybody": {ota.Security{SPI: 0x1629, KIc: 0x12, KID: 0x12}, ota.SignatureTAR, ota.LevelTooLow},
		"an answer unsigned":      {ota.Security{SPI: 0x1631, KIc: 0x12, KID: 0x12}, ota.SignatureTAR, ota.LevelTooLow},
		"no counter":              {ota.Security{SPI: 0x0639, KIc: 0x15, KID: 0x15}, ota.SignatureTAR, ota.LevelTooLow},
		"DES":                     {ota.Security{SPI: 0x1639, KIc: 0x11, KID: 0x11}, ota.SignatureTAR, ota.LevelTooLow},
		"another application":     {ota.Profile(1, ota.AES), ota.TAR{0xB0, 0, 0x12}, ota.UnknownTAR},
		"another key set":         {ota.Profile(2, ota.AES), ota.SignatureTAR, ota.SecurityError},
		"another algorithm":       {ota.Profile(1, ota.TripleDES2), ota.SignatureTAR, ota.SecurityError},
	} {
		keys := w.keys()
		if name == "DES" {
			keys = ota.Keys{KIc: keys.KIc[:8], KID: keys.KID[:8]}
		}
		c := ota.Command{Security: x.security, TAR: x.tar, Counter: 1, Data: statusCommand()}
		b, err := c.Pack(keys)
		if err != nil {
			t.Fatal(name, err)
		}
		w.card.Receive(bank(), b)
		if got := w.hint(); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
	if w.stored != nil {
		t.Error("a packet that was refused has changed the card")
	}
}

// TestAsked: the card answers when the command wants it, and says nothing to what is no command (TS 102 225,
// section 5.1.1).
func TestAsked(t *testing.T) {
	t.Parallel()
	send := func(w *world, spi ota.SPI, counter uint64) {
		c := ota.Command{Security: ota.Security{SPI: spi, KIc: 0x12, KID: 0x12}, TAR: ota.SignatureTAR, Counter: counter, Data: statusCommand()}
		b, err := c.Pack(w.keys())
		if err != nil {
			t.Fatal(err)
		}
		w.card.Receive(bank(), b)
	}
	w := open(t)
	send(w, 0x1638, 1) // never
	send(w, 0x1600, 1)
	w.card.Receive(bank(), []byte("rubbish"))
	w.card.Receive(bank(), nil)
	w.quiet()
	send(w, 0x163A, 5) // on error: there is none
	w.quiet()
	send(w, 0x163A, 5)
	w.counter = 5
	if r := w.response(); r.Status != ota.CounterLow {
		t.Errorf("%+v", r)
	}
	w.counter = 6
	send(w, 0x1639, 6)
	w.answer(applet.Done)
}

// TestStoredFirst: the counter before anything is answered; without a place for it the card is
// silent and shows nothing.
func TestStoredFirst(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	w.events = nil
	w.asked(sign(applet.Signing))
	if !slices.Equal(w.events, []string{"save", "send"}) {
		t.Error(w.events)
	}
	w.press(simcard.Back)
	w.answer(applet.Cancelled)
	w.full = true
	w.send(sign(applet.Signing))
	w.quiet()
	if s := w.card.Look(); s.Kind == simcard.Consent {
		t.Errorf("%+v", s)
	}
	w.full = false
	w.counter-- // which was not taken
	w.asked(sign(applet.Signing))
	w.press(simcard.OK)
	w.full = true
	if err := w.card.Type(w.card.Look().Serial, pin2); err == nil {
		t.Error("a PIN was tried without being counted")
	}
	w.quiet()
	w.full = false
	w.types(pin2)
	w.answer(applet.Done)
}
