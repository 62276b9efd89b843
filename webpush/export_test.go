package webpush

import "crypto/ecdh"

// SealWith encrypts with the sender's key and the salt of an example.
func (r Receiver) SealWith(message []byte, sender *ecdh.PrivateKey, salt [16]byte) ([]byte, error) {
	return r.seal(message, sender, salt)
}

// SubscriberOf is the subscriber with the keys of an example.
func SubscriberOf(key *ecdh.PrivateKey, auth [16]byte) Subscriber { return Subscriber{key, auth} }
