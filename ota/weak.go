package ota

import (
	"bytes"
	"crypto/des"
)

// Weak reports whether a key of the algorithm protects nothing: one whose octets are all the same, in
// 3DES one with equal parts next to each other, which is single DES (NIST SP 800-67, section 3.2), and
// every key of single DES. Parity bits do not count. Whoever sends asks it beside [Security.Refused].
func (a Algorithm) Weak(key []byte) bool {
	if a == DES || a == DESECB {
		return true
	}
	k := bytes.Clone(key)
	defer clear(k)
	if a == TripleDES2 || a == TripleDES3 {
		for i := range k {
			k[i] &^= 1
		}
	}
	return len(k) == 0 || bytes.Count(k, k[:1]) == len(k) || a != AES && repeated(k)
}

// repeated reports whether two parts of a 3DES key next to each other are the same.
func repeated(k []byte) bool {
	for i := des.BlockSize; i+des.BlockSize <= len(k); i += des.BlockSize {
		if bytes.Equal(k[i-des.BlockSize:i], k[i:i+des.BlockSize]) {
			return true
		}
	}
	return false
}
