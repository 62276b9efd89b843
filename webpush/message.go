package webpush

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes in bytes.
const (
	AuthSize   = 16   // of an authentication secret (RFC 8291, section 3.2)
	MaxBody    = 4096 // of an encrypted message that every push service takes (RFC 8030, section 7.2)
	MaxMessage = MaxBody - headerSize - 1 - tagSize

	recordSize = 4096
	saltSize   = 16
	keySize    = 65 // of an uncompressed point
	headerSize = saltSize + 4 + 1 + keySize
	tagSize    = 16
	lastRecord = 0x02 // delimiter of the last record (RFC 8188, section 2)
)

// Encoding is the content coding of messages, the only one (RFC 8291, section 4).
const Encoding = "aes128gcm"

// Errors of a message. None says more: who sent rubbish learns nothing of the key.
var (
	ErrReceiver = errors.New("webpush: p256dh is not a point of P-256, or auth is not 16 bytes, in base64url")
	ErrTooLong  = fmt.Errorf("webpush: a message has at most %d bytes", MaxMessage)
	ErrMessage  = errors.New("webpush: the message was not encrypted for this subscriber")
)

var text = base64.RawURLEncoding.Strict()

// Receiver is what a sender knows of a subscription's keys.
type Receiver struct {
	key  *ecdh.PublicKey
	auth [AuthSize]byte
}

// ParseReceiver reads the keys of a subscription, in the form in which browsers have them
// (PushSubscription.toJSON).
func ParseReceiver(p256dh, auth string) (r Receiver, err error) {
	point, err := text.DecodeString(p256dh)
	if err != nil {
		return r, ErrReceiver
	}
	secret, err := text.DecodeString(auth)
	if err != nil || len(secret) != AuthSize {
		return r, ErrReceiver
	}
	if r.key, err = ecdh.P256().NewPublicKey(point); err != nil {
		return r, ErrReceiver
	}
	copy(r.auth[:], secret)
	return r, nil
}

// String keeps the secret out of logs.
func (Receiver) String() string { return "webpush.Receiver(secret)" }

// Encrypt encrypts a message of at most MaxMessage bytes for the receiver (RFC 8291, section
// 3). The key pair of the message is from the system's randomness, its salt from random.
func (r Receiver) Encrypt(message []byte, random io.Reader) ([]byte, error) {
	sender, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	var salt [saltSize]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return nil, err
	}
	return r.seal(message, sender, salt)
}

func (r Receiver) seal(message []byte, sender *ecdh.PrivateKey, salt [saltSize]byte) ([]byte, error) {
	if len(message) > MaxMessage {
		return nil, ErrTooLong
	}
	shared, err := sender.ECDH(r.key)
	if err != nil {
		return nil, err
	}
	aead, nonce, err := derive(shared, r.auth, r.key, sender.PublicKey(), salt)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, MaxBody), salt[:]...)
	out = binary.BigEndian.AppendUint32(out, recordSize)
	out = append(append(out, keySize), sender.PublicKey().Bytes()...)
	return aead.Seal(out, nonce, append(bytes.Clone(message), lastRecord), nil), nil
}

// derive makes the key and the nonce of the only record (RFC 8291, section 3.4).
func derive(shared []byte, auth [AuthSize]byte, receiver, sender *ecdh.PublicKey, salt [saltSize]byte) (cipher.AEAD, []byte, error) {
	info := "WebPush: info\x00" + string(receiver.Bytes()) + string(sender.Bytes())
	ikm, err := hkdf.Key(sha256.New, shared, auth[:], info, 32)
	if err != nil {
		return nil, nil, err
	}
	prk, err := hkdf.Extract(sha256.New, ikm, salt[:])
	if err != nil {
		return nil, nil, err
	}
	key, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, nil, err
	}
	nonce, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, nonce, err
}

// Subscriber is the user agent's side of a subscription.
type Subscriber struct {
	key  *ecdh.PrivateKey
	auth [AuthSize]byte
}

// NewSubscriber makes the keys of a subscription: the pair from the system's randomness, the
// authentication secret from random.
func NewSubscriber(random io.Reader) (s Subscriber, err error) {
	if s.key, err = ecdh.P256().GenerateKey(rand.Reader); err == nil {
		_, err = io.ReadFull(random, s.auth[:])
	}
	return s, err
}

// Keys returns what senders are told, as ParseReceiver reads it.
func (s Subscriber) Keys() (p256dh, auth string) {
	return text.EncodeToString(s.key.PublicKey().Bytes()), text.EncodeToString(s.auth[:])
}

// String keeps the secrets out of logs.
func (Subscriber) String() string { return "webpush.Subscriber(secret)" }

// Decrypt opens a message. Whatever is wrong with it is ErrMessage.
func (s Subscriber) Decrypt(body []byte) ([]byte, error) {
	if len(body) < headerSize+1+tagSize || body[saltSize+4] != keySize {
		return nil, ErrMessage
	}
	record := body[headerSize:]
	size := binary.BigEndian.Uint32(body[saltSize:])
	if uint64(len(record)) > uint64(size) { // more than one record (RFC 8291, section 4)
		return nil, ErrMessage
	}
	sender, err := ecdh.P256().NewPublicKey(body[saltSize+5 : headerSize])
	if err != nil {
		return nil, ErrMessage
	}
	shared, err := s.key.ECDH(sender)
	if err != nil {
		return nil, ErrMessage
	}
	aead, nonce, err := derive(shared, s.auth, s.key.PublicKey(), sender, [saltSize]byte(body))
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, ErrMessage
	}
	plain = bytes.TrimRight(plain, "\x00")
	if len(plain) == 0 || plain[len(plain)-1] != lastRecord {
		return nil, ErrMessage
	}
	return plain[:len(plain)-1], nil
}
