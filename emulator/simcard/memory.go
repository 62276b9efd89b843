package simcard

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Memory is what a card keeps without power. It is stored as JSON.
type Memory struct {
	ICCID  string   `json:"iccid"`
	Number string   `json:"number"` // that the network gave it: "+436641000009"; may be empty
	Label  string   `json:"label"`  // whose it is; for those who look at it
	TAR    Hex      `json:"tar"`    // of the application, 3 octets
	Keys   []KeySet `json:"key_sets"`
	PUK    PUKLock  `json:"puk"`
	Slots  [2]Slot  `json:"slots"` // of applet.Authentication and applet.Signing
}

// KeySet is a set of keys for secured packets, and its counter.
type KeySet struct {
	Number    byte   `json:"number"`    // 1 to 15
	Algorithm string `json:"algorithm"` // AES or TripleDES
	KIc       Hex    `json:"kic"`       // for ciphering
	KID       Hex    `json:"kid"`       // for checksums
	Counter   uint64 `json:"counter"`   // the highest that was taken
}

// Algorithms of key sets.
const (
	AES       = "aes"
	TripleDES = "3des"
)

// Hex is octets that JSON writes in hexadecimal.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// errMemory says that a card's memory is none.
var errMemory = errors.New("simcard: this is not the memory of a card")

// check says whether a card can work with the memory.
func (m *Memory) check() error {
	if len(m.TAR) != 3 || len(m.ICCID) < 18 || len(m.ICCID) > 20 || strings.Trim(m.ICCID, "0123456789") != "" {
		return errMemory
	}
	seen := map[byte]bool{}
	for _, k := range m.Keys {
		if k.Number < 1 || k.Number > 15 || seen[k.Number] || !k.good() {
			return fmt.Errorf("%w: key set %d", errMemory, k.Number)
		}
		seen[k.Number] = true
	}
	return nil
}

func (k *KeySet) good() bool {
	for _, x := range []Hex{k.KIc, k.KID} {
		switch n := len(x); {
		case k.Algorithm == AES && (n == 16 || n == 32):
		case k.Algorithm == TripleDES && (n == 16 || n == 24):
		default:
			return false
		}
	}
	return true
}

func (m *Memory) slot(r applet.Role) *Slot { return &m.Slots[r-1] }

// keySet is the one of a number; nil when there is none.
func (m *Memory) keySet(n byte) *KeySet {
	for i := range m.Keys {
		if m.Keys[i].Number == n {
			return &m.Keys[i]
		}
	}
	return nil
}

// Order is what a card maker is asked for.
type Order struct {
	ICCID  string // 18 digits without the check digit; drawn when empty
	Number string
	Label  string
	TAR    ota.TAR // ota.SignatureTAR when zero
	KeySet byte    // 1 when 0
	Bits   int     // of its AES keys: 128 when 0, or 256
	PUK    string  // 8 digits; drawn when empty
}

// Make makes a card: its keys for packets and its PUK, which the maker hands over by letter and
// forgets. Random is where they come from.
func Make(random io.Reader, o Order) (m *Memory, puk string, err error) {
	if o.TAR == (ota.TAR{}) {
		o.TAR = ota.SignatureTAR
	}
	if o.KeySet == 0 {
		o.KeySet = 1
	}
	if o.Bits == 0 {
		o.Bits = 128
	}
	if o.PUK == "" {
		if o.PUK, err = digits(random, applet.PUKDigits); err != nil {
			return nil, "", err
		}
	}
	if o.ICCID == "" {
		serial, err := digits(random, 10)
		if err != nil {
			return nil, "", err
		}
		o.ICCID = "89430299" + serial // 89: telecom; 43: Austria; 0299: an issuer that there is not
	}
	k := KeySet{Number: o.KeySet, Algorithm: AES, KIc: make([]byte, o.Bits/8), KID: make([]byte, o.Bits/8)}
	for _, b := range []Hex{k.KIc, k.KID} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, "", err
		}
	}
	m = &Memory{ICCID: o.ICCID + luhn(o.ICCID), Number: o.Number, Label: o.Label, TAR: o.TAR[:], Keys: []KeySet{k}}
	if m.PUK, err = newPUKLock(random, o.PUK); err != nil {
		return nil, "", err
	}
	return m, o.PUK, m.check()
}

// digits draws n decimal digits, all alike.
func digits(random io.Reader, n int) (string, error) {
	var s strings.Builder
	one := make([]byte, 1)
	for s.Len() < n {
		if _, err := io.ReadFull(random, one); err != nil {
			return "", err
		}
		if one[0] < 250 {
			s.WriteByte('0' + one[0]%10)
		}
	}
	return s.String(), nil
}

// luhn is the check digit of an ICCID (ITU-T E.118, section 4).
func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return string(rune('0' + (10-sum%10)%10))
}
