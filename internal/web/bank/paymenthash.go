package bank

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// paymentHash computes the hash of a payment from the orders that the bank is
// about to execute, by Countersign's published rule (its package payment):
//
//	canonical = "countersign payment v1\n" str(currency) str(total) u32(n) item{n}
//	item      = str(str(amount) str(scheme) str(account) str(name) str(reference))
//
// The bank does not take the hash of an answer for that of its own payment: it
// compares them. So nothing that happened to either on the way can make it
// execute what the customer has not approved.
func paymentHash(orders []Order) string {
	if len(orders) == 0 {
		return ""
	}
	items := make([]string, 0, len(orders))
	for _, o := range orders {
		var b []byte
		for _, s := range [...]string{strconv.FormatInt(o.Amount, 10), ibanScheme, o.Account, o.Payee, o.Reference} {
			b = appendText(b, s)
		}
		items = append(items, string(b))
	}
	slices.SortFunc(items, strings.Compare)
	b := []byte("countersign payment v1\n")
	b = appendText(b, orders[0].Currency)
	b = appendText(b, strconv.FormatInt(total(orders), 10))
	b = binary.BigEndian.AppendUint32(b, uint32(len(items))) //nolint:gosec // at most maxOrders
	for _, s := range items {
		b = appendText(b, s)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...) //nolint:gosec // texts are bounded
}
