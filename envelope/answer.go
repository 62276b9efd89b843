package envelope

import "crypto/hpke"

// Answerer seals the answer to a message that was opened.
type Answerer struct {
	digest Digest
	secret []byte
}

// Seal makes the answer of a body of at most [MaxBody] octets, for the device's own key.
func (a *Answerer) Seal(body []byte, to *PublicKey) ([]byte, error) {
	if len(body) > MaxBody {
		return nil, ErrSize
	}
	enc, s, err := hpke.NewSender(to.key, hpke.HKDFSHA256(), to.suite.aead(), answerInfo(a.secret))
	if err != nil {
		return nil, err
	}
	head := append([]byte(answerMagic), byte(to.suite))
	ct, err := s.Seal(answerAAD(head, a.digest), pad(body))
	if err != nil {
		return nil, err
	}
	return append(append(head, enc...), ct...), nil
}

// Question is what a device keeps of a message until the answer comes.
type Question struct {
	digest Digest
	secret []byte
}

// Open opens the answer to the message with the device's own key. [ErrOpen] says that it is none, whatever it
// is: an answer to another message, to another device, or of somebody who could not read the message.
func (q *Question) Open(answer []byte, own *PrivateKey) ([]byte, error) {
	enc := own.public.suite.encBytes()
	if len(answer) > MaxBytes || len(answer) < headBytes+enc+tagBytes+step {
		return nil, ErrOpen
	}
	head := answer[:headBytes]
	if string(head) != answerMagic+string(rune(own.public.suite)) {
		return nil, ErrOpen
	}
	r, err := hpke.NewRecipient(answer[headBytes:headBytes+enc], own.key, hpke.HKDFSHA256(), own.public.suite.aead(), answerInfo(q.secret))
	if err != nil {
		return nil, ErrOpen
	}
	padded, err := r.Open(answerAAD(head, q.digest), answer[headBytes+enc:])
	if err != nil {
		return nil, ErrOpen
	}
	body, err := unpad(padded)
	if err != nil {
		return nil, ErrOpen
	}
	return body, nil
}

// answerInfo binds an answer to the context of its message: only who sealed the message, and who could open
// it, knows the secret. So the answer is the server's without a signature.
func answerInfo(secret []byte) []byte { return append([]byte(answerLabel), secret...) }

func answerAAD(head []byte, d Digest) []byte {
	return append(append(make([]byte, 0, headBytes+len(d)), head...), d[:]...)
}
