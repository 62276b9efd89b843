package household

import (
	"crypto/aes"
	"encoding/binary"
	"time"
)

// period is how long a rotating address stays, the recommended 15 minutes
// (Bluetooth Core Specification 5.4, Vol 3, Part C, appendix A).
const period = 15 * time.Minute

// Address is what the device sends on the air at a time: its fixed address, or a
// resolvable private one (Bluetooth Core Specification 5.4, Vol 6, Part B, 1.3.2.2).
func (d Device) Address(at time.Time) [6]byte {
	if !d.Rotates {
		return d.fixed
	}
	r := stream(binary.BigEndian.Uint64(d.Key[:]), uint64(at.UnixNano()/int64(period)))
	var a [6]byte
	r.fill(a[:3])
	a[0] = a[0]&0x3f | 0x40
	h := hash(d.Key, [3]byte(a[:3]))
	copy(a[3:], h[:])
	return a
}

// Resolves reports whether an address was made with an identity resolving key.
func Resolves(key [16]byte, address [6]byte) bool {
	return address[0]>>6 == 1 && hash(key, [3]byte(address[:3])) == [3]byte(address[3:])
}

// hash is the function ah (Bluetooth Core Specification 5.4, Vol 3, Part H, 2.2.2).
func hash(key [16]byte, prand [3]byte) (out [3]byte) {
	var b [16]byte
	copy(b[13:], prand[:])
	c, _ := aes.NewCipher(key[:]) // sixteen octets are a key
	c.Encrypt(b[:], b[:])
	copy(out[:], b[13:])
	return out
}
