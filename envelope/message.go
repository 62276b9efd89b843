package envelope

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
)

// Labels of what is signed and exported.
const (
	signLabel   = "countersign/v1 sig"
	answerLabel = "countersign/v1 answer"
	secretLabel = "countersign/v1 answer secret"
)

// Digest is SHA-256 of a whole message.
type Digest [sha256.Size]byte

// Message is a message that was read, and not yet verified or opened.
type Message struct {
	Header

	raw []byte
}

// Parse reads a message. The errors are [ErrForm], [ErrSuite] and [ErrSize]. The message keeps b.
func Parse(b []byte) (*Message, error) {
	if len(b) > MaxBytes {
		return nil, ErrSize
	}
	h, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	body := len(b) - headerBytes - h.Suite.encBytes() - tagBytes - h.Scheme.bytes()
	if body < step || body%step != 0 {
		return nil, ErrForm
	}
	return &Message{h, b}, nil
}

// Digest returns what names the message: equal for an exact repeat only.
func (m *Message) Digest() Digest { return sha256.Sum256(m.raw) }

// signed is the part under the signature.
func (m *Message) signed() []byte { return m.raw[:len(m.raw)-m.Scheme.bytes()] }

// Verify reports whether the key signed the message. A key of another scheme did not.
func (m *Message) Verify(v *Verifier) bool {
	s := m.signed()
	return v.scheme == m.Scheme && v.Verify(append([]byte(signLabel), s...), m.raw[len(s):])
}

// Open returns the body, and what the answer is sealed with. [ErrOpen] says that the message is not for this
// key, or was changed.
func (m *Message) Open(k *PrivateKey) (body []byte, a *Answerer, err error) {
	if k.public.suite != m.Suite || k.public.id != m.Recipient {
		return nil, nil, ErrOpen
	}
	rest := m.signed()[headerBytes:]
	enc := m.Suite.encBytes()
	r, err := hpke.NewRecipient(rest[:enc], k.key, hpke.HKDFSHA256(), m.Suite.aead(), m.info())
	if err != nil {
		return nil, nil, ErrOpen
	}
	padded, err := r.Open(m.raw[:headerBytes], rest[enc:])
	if err != nil {
		return nil, nil, ErrOpen
	}
	if body, err = unpad(padded); err != nil {
		return nil, nil, ErrOpen
	}
	secret, err := r.Export(secretLabel, 32)
	return body, &Answerer{m.Digest(), secret}, err
}

// Seal makes the message of a header and a body of at most [MaxBody] octets, sealed to a recipient and signed by the device.
// Suite, scheme and recipient of the header are set here. It returns the octets and what opens the answer.
func Seal(h Header, body []byte, to *PublicKey, by *Signer) (message []byte, q *Question, err error) {
	h.Suite, h.Recipient, h.Scheme = to.suite, to.id, by.scheme
	if err := h.check(); err != nil {
		return nil, nil, err
	}
	if len(body) > MaxBody {
		return nil, nil, ErrSize
	}
	enc, s, err := hpke.NewSender(to.key, hpke.HKDFSHA256(), h.Suite.aead(), h.info())
	if err != nil {
		return nil, nil, err
	}
	head := h.append(nil)
	ct, err := s.Seal(head, pad(body))
	if err != nil {
		return nil, nil, err
	}
	secret, err := s.Export(secretLabel, 32)
	if err != nil {
		return nil, nil, err
	}
	signed := bytes.Join([][]byte{[]byte(signLabel), head, enc, ct}, nil)
	sig, err := by.Sign(signed)
	if err != nil {
		return nil, nil, err
	}
	message = append(signed[len(signLabel):], sig...)
	return message, &Question{sha256.Sum256(message), secret}, nil
}

// pad adds 80 00 … up to the next step (ISO/IEC 7816-4).
func pad(body []byte) []byte {
	out := make([]byte, (len(body)/step+1)*step)
	copy(out, body)
	out[len(body)] = 0x80
	return out
}

// unpad takes the padding away, which has one form.
func unpad(b []byte) ([]byte, error) {
	body := bytes.TrimRight(b, "\x00")
	n := len(body) - 1
	if n < 0 || body[n] != 0x80 || len(b)-n > step {
		return nil, ErrForm
	}
	return body[:n], nil
}
