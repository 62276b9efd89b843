package envelope

import (
	"encoding/binary"
	"errors"
	"time"
)

// Bounds of messages and answers, in octets.
const (
	MaxBytes    = 64 << 10 // of a whole message, or answer
	MaxBody     = 251*step - 1
	headerBytes = 51
	headBytes   = 5
	tagBytes    = 16
	step        = 256 // to which bodies are padded
)

const (
	magic       = "CSE\x01"
	answerMagic = "CSA\x01"
)

// What is wrong with a message. None says more: whoever sends what cannot be read learns nothing of why.
var (
	ErrForm  = errors.New("envelope: this is no message of version 1")
	ErrSuite = errors.New("envelope: unknown suite")
	ErrSize  = errors.New("envelope: too large")
	ErrOpen  = errors.New("envelope: it does not open with this key")
)

// Kind says what a message is for.
type Kind uint8

// The kinds.
const (
	Enroll    Kind = iota + 1 // registers the device; its device id is zero
	Report                    // tells what was met
	Poll                      // asks what to do
	Challenge                 // answers questions of the server
	Devices                   // names secondaries
	Ready                     // asks whether the application may become active
	Wallet                    // asks for something about payment credentials
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Enroll, Report, Poll, Challenge, Devices, Ready, Wallet} }

// String returns the word of logs and metrics.
func (k Kind) String() string {
	switch k {
	case Enroll:
		return "enroll"
	case Report:
		return "report"
	case Poll:
		return "poll"
	case Challenge:
		return "challenge"
	case Devices:
		return "devices"
	case Ready:
		return "ready"
	case Wallet:
		return "wallet"
	}
	return "unknown"
}

// DeviceID is what the server calls a device: its requestor id.
type DeviceID [16]byte

// Header is the open part of a message. It is authenticated twice: by the encryption and by the signature.
type Header struct {
	Suite     Suite
	Scheme    Scheme
	Recipient KeyID
	Device    DeviceID // zero where a device enrolls
	Epoch     uint32   // one more whenever the application is installed or restored
	Seq       uint64   // from 1 in each epoch
	SentAt    time.Time
	Kind      Kind
}

// append writes the header.
func (h *Header) append(b []byte) []byte {
	b = append(b, magic...)
	b = append(b, byte(h.Suite), byte(h.Scheme))
	b = append(b, h.Recipient[:]...)
	b = append(b, h.Device[:]...)
	b = binary.BigEndian.AppendUint32(b, h.Epoch)
	b = binary.BigEndian.AppendUint64(b, h.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(h.SentAt.UnixMilli()))
	return append(b, byte(h.Kind))
}

// readHeader reads the first octets of a message.
func readHeader(b []byte) (h Header, err error) {
	if len(b) < headerBytes || string(b[:4]) != magic {
		return h, ErrForm
	}
	h = Header{
		Suite: Suite(b[4]), Scheme: Scheme(b[5]), Recipient: KeyID(b[6:14]), Device: DeviceID(b[14:30]),
		Epoch: binary.BigEndian.Uint32(b[30:34]), Seq: binary.BigEndian.Uint64(b[34:42]), Kind: Kind(b[50]),
	}
	ms := binary.BigEndian.Uint64(b[42:50])
	if ms > maxMilli {
		return h, ErrForm
	}
	h.SentAt = time.UnixMilli(int64(ms)).UTC()
	return h, h.check()
}

// maxMilli is the last millisecond of the year 9999.
const maxMilli = 253402300799999

// check refuses what no version 1 has.
func (h *Header) check() error {
	ms := h.SentAt.UnixMilli()
	switch {
	case !h.Suite.known():
		return ErrSuite
	case h.Scheme.bytes() == 0, h.Kind < Enroll || h.Kind > Wallet, h.Seq == 0, ms < 0 || ms > maxMilli:
		return ErrForm
	case (h.Kind == Enroll) != (h.Device == DeviceID{}):
		return ErrForm
	}
	return nil
}

// info is what the encryption is bound to beside the header (RFC 9180, section 5.1).
func (h *Header) info() []byte {
	return append(append([]byte("countersign/v1"), byte(h.Kind)), h.Recipient[:]...)
}

// Spans of time.
const (
	LiveSkew = 5 * time.Minute // between the clocks of a device and the server
	MaxLate  = 72 * time.Hour  // a report may be late by, when the device had no network
)

// Timing says how the time of a message stands to the server's.
type Timing uint8

// The timings.
const (
	Live   Timing = iota + 1 // sent now, as far as clocks can tell
	Late                     // at most MaxLate old: a report may be
	Stale                    // older
	Future                   // from a clock that is wrong
)

// Timing compares the time of a message with the server's.
func (h *Header) Timing(now time.Time) Timing {
	switch age := now.Sub(h.SentAt); {
	case age < -LiveSkew:
		return Future
	case age <= LiveSkew:
		return Live
	case age <= MaxLate:
		return Late
	default:
		return Stale
	}
}
