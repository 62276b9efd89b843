package companion

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/envelope/report"
)

// Recognize returns the short numbers of the registered devices among those whose identifiers are on the air, lowest first. A Bluetooth
// address that rotates is resolved with the identity resolving keys of the plan. Who is not recognized is told to nobody.
func (d *Device) Recognize(onAir []report.Identifier) (numbers []int) {
	for _, w := range d.Memory.Plan.Watch {
		if slices.ContainsFunc(onAir, func(i report.Identifier) bool { return d.is(w, i) }) {
			numbers = append(numbers, w.Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}

func (d *Device) is(w report.Watch, i report.Identifier) bool {
	for _, n := range w.Identifiers {
		if n.Kind == "irk" && i.Kind == "mac" && resolves(n.Key, i.Value) {
			return true
		}
		m := hmac.New(sha256.New, d.Memory.Plan.Salt)
		m.Write([]byte(i.Kind + "\x00" + i.Value))
		if n.Kind == i.Kind && bytes.Equal(m.Sum(nil)[:16], n.Hash) {
			return true
		}
	}
	return false
}

// resolves reports whether a resolvable private address was made with an identity resolving key (Bluetooth Core
// Specification, vol. 3, part H, section 2.2.2: the lower 24 bits are e(IRK, the upper 24 bits)).
func resolves(irk []byte, address string) bool {
	a, err := hex.DecodeString(strings.ReplaceAll(address, ":", ""))
	if err != nil || len(a) != 6 || a[0]>>6 != 1 {
		return false
	}
	h := hashOf(irk, a[:3])
	return h != nil && bytes.Equal(h, a[3:])
}

// Rotate makes a resolvable private address of three random octets, as a Bluetooth device shows it.
func Rotate(irk []byte, random [3]byte) string {
	random[0] = random[0]&0x3f | 0x40
	a := append(random[:], hashOf(irk, random[:])...)
	parts := make([]string, len(a))
	for n, b := range a {
		parts[n] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

func hashOf(irk, random []byte) []byte {
	c, err := aes.NewCipher(irk)
	if err != nil || len(irk) != 16 {
		return nil
	}
	block := make([]byte, 16)
	copy(block[13:], random)
	c.Encrypt(block, block)
	return block[13:]
}
