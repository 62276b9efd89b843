package bank

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// sealer seals what waits for a customer's second factor under the name of their own
// session, of which the bank keeps a digest only: without the browser nobody reads it.
func sealer(name string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(name), nil, "bank: what waits for a proof", sha256.Size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (b *bank) seal(name, text string) ([]byte, error) {
	a, err := sealer(name)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, a.NonceSize())
	if _, err := io.ReadFull(b.rand, nonce); err != nil {
		return nil, fmt.Errorf("bank: no randomness: %w", err)
	}
	return a.Seal(nonce, nonce, []byte(text), nil), nil
}

func unseal(name string, sealed []byte) (string, error) {
	a, err := sealer(name)
	switch {
	case err != nil:
		return "", err
	case len(sealed) < a.NonceSize():
		return "", errors.New("bank: nothing waits")
	}
	text, err := a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], nil)
	return string(text), err
}
