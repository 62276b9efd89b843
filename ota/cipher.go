package ota

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"slices"
)

// newBlock makes the block cipher that an indicator names.
func newBlock(i Indicator, key []byte) (cipher.Block, error) {
	a := i.Algorithm()
	sizes := KeySizes(a)
	switch {
	case sizes == nil:
		return nil, &Error{SecurityError, "the algorithm is not supported"}
	case !slices.Contains(sizes, len(key)):
		return nil, &Error{SecurityError, "a key has the wrong length"}
	}
	switch a { //nolint:exhaustive // KeySizes left those below
	case AES:
		return aes.NewCipher(key)
	case DES, DESECB:
		return des.NewCipher(key) //nolint:gosec // decodable for diagnosis; refused by Security.Refused
	case TripleDES2:
		key = slices.Concat(key, key[:des.BlockSize])
	}
	return des.NewTripleDESCipher(key) //nolint:gosec // for old cards, by explicit setting
}

// crypt enciphers or deciphers whole blocks in place, with a zero vector.
func crypt(i Indicator, key, b []byte, decrypt bool) error {
	block, err := newBlock(i, key)
	if err != nil {
		return err
	}
	size := block.BlockSize()
	if len(b)%size != 0 {
		return &Error{CipherError, "what is ciphered is no number of whole blocks"}
	}
	if i.Algorithm() == DESECB {
		for ; len(b) > 0; b = b[size:] {
			if decrypt {
				block.Decrypt(b, b)
			} else {
				block.Encrypt(b, b)
			}
		}
		return nil
	}
	zero := make([]byte, size)
	mode := cipher.NewCBCEncrypter(block, zero) //nolint:gosec // TS 102 225, section 5.1.2: the counter comes first and makes every packet differ
	if decrypt {
		mode = cipher.NewCBCDecrypter(block, zero)
	}
	mode.CryptBlocks(b, b)
	return nil
}

// blockSize is the size of the blocks that packets are filled to.
func blockSize(i Indicator) int {
	if i.Algorithm() == AES {
		return aes.BlockSize
	}
	return des.BlockSize
}
