package smpp

import (
	"math/big"
	"strings"
)

// IDForm says how a center writes the id of one message in the response to
// submit_sm and in the receipt. Which one a center has must be known: the
// hexadecimal id of one message may be the decimal id of another.
type IDForm byte

// The forms.
const (
	SameIDs    IDForm = iota // alike but for case and leading zeros
	HexThenDec               // hexadecimal in the response, decimal in the receipt
	DecThenHex               // decimal in the response, hexadecimal in the receipt
)

// FromResponse brings the id of a response to the form in which ids are compared.
func (f IDForm) FromResponse(id string) string {
	return canonical(id, f == HexThenDec, f == DecThenHex)
}

// FromReceipt brings the id of a receipt to the form in which ids are compared.
func (f IDForm) FromReceipt(id string) string { return canonical(id, f == DecThenHex, f == HexThenDec) }

// canonical writes a number in decimal, and what is no such number in lower case.
func canonical(id string, hex, dec bool) string {
	id = strings.ToLower(strings.TrimSpace(id))
	base := 0
	switch {
	case hex:
		base, id = 16, strings.TrimPrefix(id, "0x")
	case dec:
		base = 10
	}
	if n, ok := new(big.Int), base > 0 && len(id) <= 64 && !strings.ContainsAny(id, "+-_"); ok {
		if _, ok := n.SetString(id, base); ok {
			return n.String()
		}
	}
	if trimmed := strings.TrimLeft(id, "0"); trimmed != "" {
		return trimmed
	}
	return id
}
