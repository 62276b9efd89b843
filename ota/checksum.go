package ota

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"encoding/binary"
	"hash/crc32"

	"github.com/countersign-auth/countersign/cmac"
)

// checksumSize is how many octets a checksum takes in a packet.
func checksumSize(i Integrity, kid Indicator) (int, error) {
	switch {
	case i == NoChecksum:
		return 0, nil
	case i == Redundancy && kid.Algorithm() == crc16:
		return 2, nil
	case i == Redundancy && kid.Algorithm() == crc32Algorithm:
		return 4, nil
	case i == Keyed && KeySizes(kid.Algorithm()) != nil && kid.Algorithm() != DESECB:
		return 8, nil
	}
	return 0, &Error{SecurityError, "the KID names no checksum that is supported"}
}

// checksum computes that of the parts, one behind the other.
func checksum(i Integrity, kid Indicator, key []byte, parts ...[]byte) ([]byte, error) {
	size, err := checksumSize(i, kid)
	if err != nil || size == 0 {
		return nil, err
	}
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	all := make([]byte, 0, n+des.BlockSize)
	for _, p := range parts {
		all = append(all, p...)
	}
	switch size {
	case 2:
		return binary.BigEndian.AppendUint16(nil, sum16(all)), nil
	case 4:
		return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(all)), nil
	}
	block, err := newBlock(kid, key)
	if err != nil {
		return nil, err
	}
	if block.BlockSize() == aes.BlockSize {
		mac := cmac.Sum(block, all)
		return mac[:8], nil
	}
	return lastBlock(block, all), nil
}

// sum16 is the CRC-16 of ISO/IEC 13239 (TS 102 225, annex B).
func sum16(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			odd := crc & 1
			crc = crc>>1 ^ odd*0x8408
		}
	}
	return ^crc
}

// lastBlock is the last block of a CBC encryption with a zero vector, the data
// filled with zeros that are not sent (TS 102 225, section 5.1.3.1).
func lastBlock(block cipher.Block, b []byte) []byte {
	size := block.BlockSize()
	b = append(b, make([]byte, -len(b)&(size-1))...)
	mac := make([]byte, size)
	for ; len(b) > 0; b = b[size:] {
		subtle.XORBytes(mac, mac, b[:size])
		block.Encrypt(mac, mac)
	}
	return mac
}
