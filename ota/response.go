package ota

import "encoding/binary"

// responseHead is the octets of a response packet in front of the counter.
const responseHead = 6

// responsePrefix is the header of a response in one short message; the checksum counts it.
var responsePrefix = [...]byte{2, byte(Responses), 0}

// Response is what an application on the card answers: a proof of receipt, with data or
// without.
type Response struct {
	TAR     TAR
	Counter uint64 // that of the command
	Status  Status
	Data    []byte
}

// Pack returns the packet, from its RPL on, without a user data header. S is the
// protection of the command: its SPI says how the response is protected. An error that
// a card answers before it could check anything is packed with [NoSecurity].
func (r *Response) Pack(s Security, k Keys) ([]byte, error) {
	if r.Counter > MaxCounter {
		return nil, &Error{CounterBlocked, "the counter has more than 40 bits"}
	}
	head := make([]byte, responseHead)
	copy(head[3:], r.TAR[:])
	e, err := s.answer(k, head)
	if err != nil {
		return nil, err
	}
	return e.seal(r.Counter, []byte{byte(r.Status)}, r.Data)
}

func (s Security) answer(k Keys, head []byte) (e envelope, err error) {
	if s.SPI.AnswerIntegrity() == Signature {
		return e, &Error{SecurityError, "digital signatures are not supported"}
	}
	return envelope{
		integrity: s.SPI.AnswerIntegrity(), ciphered: s.SPI.AnswerCiphered(), kic: s.KIc, kid: s.KID, keys: k,
		prefix: responsePrefix[:], head: head, extra: 1,
	}, nil
}

// ResponsePacket is a packet of which only the part that is never ciphered was read.
type ResponsePacket struct {
	TAR TAR

	headLength int
	raw        []byte
}

// ParseResponse reads a packet from its RPL on. Errors: *Error. B is kept.
func ParseResponse(b []byte) (p ResponsePacket, err error) {
	if len(b) < responseHead+counterSize+pcntrSize+1 || int(binary.BigEndian.Uint16(b)) != len(b)-2 {
		return p, &Error{SecurityError, "the packet does not have the length that it names"}
	}
	return ResponsePacket{TAR(b[3:6]), int(b[2]), b}, nil
}

// Open deciphers the packet and checks it; s is the protection of the command. A response
// is trusted only if s.Answers(). Errors: *Error.
func (p ResponsePacket) Open(s Security, k Keys) (Response, error) {
	e, err := s.answer(k, p.raw[:responseHead])
	if err != nil {
		return Response{}, err
	}
	o, err := e.open(p.headLength, p.raw[responseHead:])
	if err != nil {
		return Response{}, err
	}
	return Response{TAR: p.TAR, Counter: o.counter, Status: Status(o.extra[0]), Data: o.data}, nil
}

// Unprotected reads a packet that has no protection at all, as cards send when they could not
// check the command; ok is false for any other. It proves nothing: anybody can make it.
func (p ResponsePacket) Unprotected() (r Response, ok bool) {
	r, err := p.Open(Security{SPI: NoSecurity}, Keys{})
	return r, err == nil
}
