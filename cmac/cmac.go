package cmac

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// Size is how many octets a whole code has. Protocols cut it to as few as four.
const Size = aes.BlockSize

// Sum returns the code of a message of any length, none included, under an AES key of any length (RFC 4493,
// section 2.4). It panics if the cipher's blocks are not of 16 octets.
func Sum(block cipher.Block, message []byte) [Size]byte {
	if block.BlockSize() != Size {
		panic("cmac: the cipher's blocks are not of 16 octets")
	}
	var key, mac, last [Size]byte
	block.Encrypt(key[:], key[:])
	double(&key)
	for ; len(message) > Size; message = message[Size:] {
		subtle.XORBytes(mac[:], mac[:], message[:Size])
		block.Encrypt(mac[:], mac[:])
	}
	if n := copy(last[:], message); n < Size {
		last[n] = 0x80
		double(&key)
	}
	subtle.XORBytes(mac[:], mac[:], last[:])
	subtle.XORBytes(mac[:], mac[:], key[:])
	block.Encrypt(mac[:], mac[:])
	return mac
}

// double multiplies by x in GF(2^128), in constant time (RFC 4493, section 2.3).
func double(k *[Size]byte) {
	hi, lo := binary.BigEndian.Uint64(k[:8]), binary.BigEndian.Uint64(k[8:])
	carry := hi >> 63
	binary.BigEndian.PutUint64(k[:8], hi<<1|lo>>63)
	binary.BigEndian.PutUint64(k[8:], lo<<1^carry*0x87)
}
