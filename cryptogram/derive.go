package cryptogram

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/countersign-auth/countersign/cmac"
)

// AccountKey derives the key of an account (UDK, ICC master key) from an issuer's master key.
//
// With TDES the master key has 16 octets, and this is option A of EMV Book 2, A1.4.1: the rightmost 16 digits of PAN and sequence
// number; the result has odd parity. With AES it has 16, 24 or 32 octets, and this is option C of A1.4.3: all digits, and a result of
// 32 octets. The PAN has 12 to 19 digits; the sequence number is 0 to 99. A token stands where the PAN does.
func AccountKey(s Suite, master []byte, pan string, sequence int) ([]byte, error) {
	if len(pan) < 12 || len(pan) > 19 || strings.Trim(pan, "0123456789") != "" {
		return nil, errors.New("cryptogram: a PAN has 12 to 19 digits")
	}
	if sequence < 0 || sequence > 99 {
		return nil, fmt.Errorf("cryptogram: %d is no sequence number of a PAN: they are 0 to 99", sequence)
	}
	block, err := deriving(s, master)
	if err != nil {
		return nil, err
	}
	y := digits(fmt.Sprintf("%s%02d", pan, sequence), block.BlockSize())
	out := make([]byte, 2*len(y))
	left, right := out[:len(y)], out[len(y):]
	block.Encrypt(left, y)
	for i := range y {
		y[i] ^= 0xFF
	}
	block.Encrypt(right, y)
	if s == TDES {
		oddParity(out)
	}
	return out, nil
}

// deriving makes the cipher of a key that derives others.
func deriving(s Suite, key []byte) (cipher.Block, error) {
	if err := s.Available(); err != nil {
		return nil, err
	}
	if s == AES {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("cryptogram: a key that derives others has 16, 24 or 32 octets with the suite aes, not %d", len(key))
		}
		return block, nil
	}
	if len(key) != 2*des.BlockSize {
		return nil, fmt.Errorf("cryptogram: a key that derives others has 16 octets with the suite emv-tdes, not %d", len(key))
	}
	var whole [3 * des.BlockSize]byte
	copy(whole[copy(whole[:], key):], key)
	return des.NewTripleDESCipher(whole[:]) //nolint:gosec // EMV demands it
}

// digits packs the rightmost 2n digits into n octets, with zeros in front.
func digits(s string, n int) []byte {
	s = strings.Repeat("0", max(0, 2*n-len(s))) + s
	s = s[len(s)-2*n:]
	out := make([]byte, n)
	for i := range out {
		out[i] = (s[2*i]-'0')<<4 | (s[2*i+1] - '0')
	}
	return out
}

// oddParity sets the lowest bit of each octet so that it has an odd number of ones.
func oddParity(key []byte) {
	for i, b := range key {
		if key[i] = b &^ 1; bits.OnesCount8(key[i])%2 == 0 {
			key[i] |= 1
		}
	}
}

// SessionKey is the EMV common session key of a transaction counter (EMV Book 2, A1.3.1): from an account key of 16 octets with
// TDES, with odd parity, or of 32 with AES.
func SessionKey(s Suite, account []byte, atc uint16) ([]byte, error) {
	block, err := deriving(s, account)
	if err != nil {
		return nil, err
	}
	n := block.BlockSize()
	out := make([]byte, 2*n)
	for i, mark := range []byte{0xF0, 0x0F} {
		half := out[i*n : (i+1)*n]
		binary.BigEndian.PutUint16(half, atc)
		half[2] = mark
		block.Encrypt(half, half)
	}
	if s == TDES {
		oddParity(out)
	}
	return out, nil
}

// limitedLabel separates limited-use keys from whatever else the account's key may be asked for.
const limitedLabel = "countersign/v1 LUK"

// LimitedKey derives a limited-use key (LUK) from an account's key and an index.
//
// With TDES each half is the triple DES encryption of '1' or '2' and the seven digits of the index as nibbles, padded by 80 00 …; parity
// is left as it comes. With AES it is the counter mode of NIST SP 800-108, section 4.1, over AES-CMAC: a counter of one octet, a
// label, 00, the eight nibbles of the index, and the length in bits in two octets.
func LimitedKey(s Suite, account []byte, x Index) ([]byte, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	block, err := deriving(s, account)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 2*s.Half())
	for i := range 2 {
		if s == TDES {
			half := pad(digits(fmt.Sprintf("%d%s", i+1, x), 4), des.BlockSize)
			block.Encrypt(half, half)
			out = append(out, half...)
			continue
		}
		in := append([]byte{byte(i + 1)}, limitedLabel...)
		in = append(append(in, 0), digits(x.String(), 4)...)
		half := cmac.Sum(block, binary.BigEndian.AppendUint16(in, 256))
		out = append(out, half[:]...)
	}
	return out, nil
}
