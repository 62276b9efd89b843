package cryptogram

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Transaction is what a cryptogram of EMV is computed over, in the field's own forms.
type Transaction struct {
	Amount        uint64  // 9F02, in minor units, at most twelve digits
	Other         uint64  // 9F03, likewise
	Country       uint16  // 9F1A, of the terminal: ISO 3166 numeric, 0 to 999
	TVR           [5]byte // 95
	Currency      uint16  // 5F2A: ISO 4217 numeric, 0 to 999
	Date          string  // 9A: YYMMDD
	Type          byte    // 9C, two digits as nibbles
	Unpredictable [4]byte // 9F37
	AIP           [2]byte // 82
	ATC           uint16  // 9F36
	Tail          []byte  // what the version of the cryptogram ends with: the issuer's application data (CVN 18) or the CVR (CVN 43)
}

const maxAmount = 999_999_999_999

// Data is the transaction in the order of the cryptogram versions 18 and 43: 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 82 9F36 and the tail.
func (t Transaction) Data() ([]byte, error) {
	if t.Amount > maxAmount || t.Other > maxAmount {
		return nil, errors.New("cryptogram: an amount has at most twelve digits")
	}
	if t.Country > 999 || t.Currency > 999 {
		return nil, errors.New("cryptogram: codes of countries and currencies have three digits")
	}
	if len(t.Date) != 6 || strings.Trim(t.Date, "0123456789") != "" {
		return nil, fmt.Errorf("cryptogram: %.10q is no date: YYMMDD", t.Date)
	}
	out := digits(fmt.Sprintf("%012d", t.Amount), 6)
	out = append(out, digits(fmt.Sprintf("%012d", t.Other), 6)...)
	out = append(out, digits(fmt.Sprintf("%04d", t.Country), 2)...)
	out = append(out, t.TVR[:]...)
	out = append(out, digits(fmt.Sprintf("%04d", t.Currency), 2)...)
	out = append(out, digits(t.Date, 3)...)
	out = append(out, t.Type)
	out = append(out, t.Unpredictable[:]...)
	out = append(out, t.AIP[:]...)
	out = binary.BigEndian.AppendUint16(out, t.ATC)
	return append(out, t.Tail...), nil
}

// Response is the issuer's cryptogram ARPC by method 1 (EMV Book 2, section 8.2.1): of the device's cryptogram and the response
// code of DE 39, under a session key or limited-use key of the suite TDES. Another suite has blocks of another length, and an error.
func (k *Key) Response(cryptogram []byte, code [2]byte) ([]byte, error) {
	if k.k1.BlockSize() != Short {
		return nil, errors.New("cryptogram: the issuer's cryptogram by method 1 is one of the suite emv-tdes; method 2 serves both")
	}
	if len(cryptogram) != Short {
		return nil, fmt.Errorf("cryptogram: a cryptogram of %d octets, not %d", len(cryptogram), Short)
	}
	out := make([]byte, Short)
	copy(out, code[:])
	subtle.XORBytes(out, out, cryptogram)
	k.block(out)
	return out, nil
}

// ResponseStatus is the issuer's cryptogram ARPC by method 2 (EMV Book 2, section 8.2.2): the first four octets of a cryptogram over that of
// the device, the card status update and proprietary data of at most eight octets. It serves both suites.
func (k *Key) ResponseStatus(cryptogram []byte, status [4]byte, proprietary []byte) ([]byte, error) {
	if len(cryptogram) != Short || len(proprietary) > 8 {
		return nil, fmt.Errorf("cryptogram: a cryptogram of %d octets and proprietary data of %d; they have %d, and at most 8", len(cryptogram), len(proprietary), Short)
	}
	return k.Cryptogram(bytes.Join([][]byte{cryptogram, status[:], proprietary}, nil))[:4], nil
}

// Versions of cryptograms.
const (
	CVN18 = 0x12 // of a card, under a session key
	CVN43 = 0x43 // of a wallet, under a limited-use key
)

// ApplicationData is the issuer's application data (9F10) of a payment with a limited-use key, in our own order of what such data carry:
//
//	1F 43 key-set (1) CVR (5) wallet (4) index as eight nibbles (4), zeros up to 32 octets
type ApplicationData struct {
	KeySet byte    // which of the issuer's master keys, the derivation key index
	CVR    [5]byte // card verification results
	Wallet uint32  // who provided the wallet
	Index  Index   // of the limited-use key
}

// applicationData is how long they are.
const applicationData = 32

// Bytes is the value of 9F10.
func (a ApplicationData) Bytes() []byte {
	out := append(make([]byte, 0, applicationData), applicationData-1, CVN43, a.KeySet)
	out = append(out, a.CVR[:]...)
	out = binary.BigEndian.AppendUint32(out, a.Wallet)
	out = append(out, digits(a.Index.String(), 4)...)
	return out[:applicationData]
}

// ParseApplicationData reads the value of 9F10. The error says what is wrong with it.
func ParseApplicationData(b []byte) (ApplicationData, error) {
	if len(b) != applicationData || b[0] != applicationData-1 || b[1] != CVN43 {
		return ApplicationData{}, errors.New("cryptogram: the issuer's application data are not those of a limited-use key (1F 43 …)")
	}
	a := ApplicationData{KeySet: b[2], CVR: [5]byte(b[3:8]), Wallet: binary.BigEndian.Uint32(b[8:])}
	packed := hex.EncodeToString(b[12:16])
	x, err := ParseIndex(packed[1:])
	if err != nil || packed[0] != '0' || len(bytes.Trim(b[16:], "\x00")) > 0 {
		return ApplicationData{}, errors.New("cryptogram: the issuer's application data hold no index of a limited-use key")
	}
	a.Index = x
	return a, nil
}
