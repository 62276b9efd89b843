package cryptogram

import (
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// CodeDigits is how many digits a dynamic verification value has.
const CodeDigits = 3

// Code is the dynamic card verification value of a magnetic-stripe or remote payment: three digits under a limited-use key, of the
// transaction counter and the type of the device. The type has 16 hexadecimal digits, whose first four the counter takes; with
// AES eight zero octets follow. Letters of what comes out count as their value less ten, behind the digits, as in a CVV.
func (k *Key) Code(atc uint16, device [8]byte) string {
	x := make([]byte, k.k1.BlockSize())
	copy(x, device[:])
	binary.BigEndian.PutUint16(x, atc)
	k.block(x)
	var numbers, letters strings.Builder
	for _, c := range hex.EncodeToString(x) {
		if c >= 'a' {
			letters.WriteRune(c - 'a' + '0')
		} else {
			numbers.WriteRune(c)
		}
	}
	return (numbers.String() + letters.String())[:CodeDigits]
}

// VerifyCode tells in constant time whether a code is that of a counter and a type of device.
func (k *Key) VerifyCode(atc uint16, device [8]byte, code string) bool {
	return subtle.ConstantTimeCompare([]byte(k.Code(atc, device)), []byte(code)) == 1
}

// Input is what a cryptogram is made of where there are no data of EMV: the data that the access device gave, or else a text that was
// agreed on, with the count of requests.
type Input struct {
	Dynamic []byte // what the access device gave; at most 65,535 octets
	Static  string // stands in for them when there are none; at most 64 octets
	Count   uint32 // of the primary's requests, from 1; 0 if none are counted
}

// Data is the input in octets. No two inputs have the same.
func (i Input) Data() ([]byte, error) {
	kind, text := byte('D'), i.Dynamic
	if len(text) == 0 {
		kind, text = 'S', []byte(i.Static)
		if len(text) == 0 || len(text) > 64 {
			return nil, fmt.Errorf("cryptogram: without dynamic data there is a static text of 1 to 64 octets, not of %d", len(text))
		}
	}
	if len(text) > 0xFFFF {
		return nil, fmt.Errorf("cryptogram: %d octets of dynamic data, of at most 65,535", len(text))
	}
	out := append(make([]byte, 0, 7+len(text)), kind)
	out = binary.BigEndian.AppendUint32(out, i.Count)
	out = binary.BigEndian.AppendUint16(out, uint16(len(text))) //nolint:gosec // bounded above
	return append(out, text...), nil
}
