package report

import (
	"encoding/binary"
	"time"
)

const nonceBytes = 16

// Evidence is what a device that was met says of itself.
type Evidence struct {
	Device    int    `json:"device"`
	Time      int64  `json:"t"`                // by the clock of the device, or of the primary where it has none
	Nonce     []byte `json:"nonce,omitempty"`  // of a question of the server; none: it was not asked
	Signature []byte `json:"signature"`        // over the Statement
	Active    bool   `json:"active,omitempty"` // it feels a body
}

// Fresh reports whether the evidence answers a question.
func (e *Evidence) Fresh() bool { return len(e.Nonce) > 0 }

func (e *Evidence) check() *Error {
	switch {
	case e.Device < 1 || e.Device > MaxNumber:
		return wrong("/device", "short numbers are from 1 to 255")
	case e.Time <= 0:
		return wrong("/t", "say when it was signed")
	case len(e.Nonce) != 0 && len(e.Nonce) != nonceBytes:
		return wrong("/nonce", "a nonce has 16 octets")
	case len(e.Signature) == 0 || len(e.Signature) > 64:
		return wrong("/signature", "a signature has 32 or 64 octets")
	}
	return nil
}

// Statement is what a device signs to say that it is with a primary.
type Statement struct {
	Primary [16]byte // as the server calls it
	Device  int      // short number of who signs
	Time    int64
	Nonce   []byte // none, or of the question
	Active  bool
}

// Statement returns what the evidence must be a signature of.
func (e *Evidence) Statement(primary [16]byte) Statement {
	return Statement{primary, e.Device, e.Time, e.Nonce, e.Active}
}

// Bytes returns the octets that are signed:
//
//	"countersign/v1 presence" ‖ primary (16) ‖ device (1) ‖ time (8) ‖ active (1: 0 or 1) ‖ nonce (16, or none)
func (s Statement) Bytes() []byte {
	b := append([]byte("countersign/v1 presence"), s.Primary[:]...)
	b = append(b, byte(s.Device))                        //nolint:gosec // from 1 to 255
	b = binary.BigEndian.AppendUint64(b, uint64(s.Time)) //nolint:gosec // positive
	return append(append(b, s.active()), s.Nonce...)
}

func (s Statement) active() byte {
	if s.Active {
		return 1
	}
	return 0
}

// At returns when the evidence was signed.
func (e *Evidence) At() time.Time { return time.UnixMilli(e.Time).UTC() }
