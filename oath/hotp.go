package oath

import (
	"fmt"
	"math"
)

// HOTPOptions says how a token makes codes. The zero value is RFC 4226:
// SHA-1 and six digits.
type HOTPOptions struct {
	Hash   Hash // SHA1 unless set
	Digits int  // 6 to 10; 0 means 6
}

// HOTP computes and checks the event-based codes of one key (RFC 4226). It
// keeps working memory, so it serves one goroutine at a time. Formatting it
// shows its options, never its key.
type HOTP struct {
	mac  *mac
	hash Hash
	out  format
}

// NewHOTP prepares a key. It fails for an empty key, an unknown hash or a
// number of digits outside 6 to 10. Short keys are accepted: see CheckKey.
func NewHOTP(key []byte, o HOTPOptions) (*HOTP, error) {
	if o.Digits == 0 {
		o.Digits = 6
	}
	switch err := usableKey(key); {
	case err != nil:
		return nil, err
	case !o.Hash.valid():
		return nil, fmt.Errorf("oath: unknown hash %d: use SHA1, SHA256 or SHA512", uint8(o.Hash))
	case o.Digits < 6 || o.Digits > MaxDigits:
		return nil, fmt.Errorf("oath: a code cannot have %d digits: use 6 to %d", o.Digits, MaxDigits)
	}
	return &HOTP{mac: newMAC(o.Hash, key), hash: o.Hash, out: newFormat(o.Digits)}, nil
}

// Code returns the code for a counter (RFC 4226, section 5.3).
func (h *HOTP) Code(counter uint64) string {
	var buf [MaxDigits]byte
	return string(h.Append(buf[:0], counter))
}

// Append appends the code for a counter to dst and returns it.
func (h *HOTP) Append(dst []byte, counter uint64) []byte {
	return h.out.append(dst, h.mac.counter(counter))
}

// Find searches the look-ahead window from, from+1, … from+n-1 for a canonical
// code (RFC 4226, section 7.4). It returns the lowest counter that gives the
// code; the caller consumes it by moving the stored counter to one above it.
//
// All n counters are always computed and compared in constant time, so the
// time depends on n and on nothing else: not on where the code matches, not on
// whether it does, not on whether it is well formed. Nothing is allocated. The
// window ends at the last counter, 2^64-1; it does not wrap around.
//
// The bound n, at most MaxWindow, is the caller's policy: the chance of a guess
// grows with it.
func (h *HOTP) Find(code string, from uint64, n int) (counter uint64, ok bool) {
	return h.Resync([]string{code}, from, n)
}

// Resync searches for one to three codes that the token gave directly one
// after another, the first of them in from … from+n-1. It returns the counter
// of the last code; the caller moves the stored counter to one above it, so
// that the codes used here are spent. It always computes n+len(codes)-1
// counters, as Find does. No codes, or more than three, match nothing.
func (h *HOTP) Resync(codes []string, from uint64, n int) (last uint64, ok bool) {
	last, places := h.Locate(codes, from, n)
	return last, places > 0
}

// Locate is Resync, and says at how many places of the window the codes stand.
// In a wide window one code may well stand at two: which of them the token is at
// is known only with a further code.
func (h *HOTP) Locate(codes []string, from uint64, n int) (last uint64, places int) {
	seq, valid := newSequence(codes, h.out, h.hash.Size())
	if !valid || n <= 0 || n > MaxWindow {
		return 0, 0
	}
	var found, count, inside uint64 = 0, 0, 1
	c := from
	for range n + len(codes) - 1 {
		hit := seq.step(h.mac.counter(c)) & inside
		last = pick(hit&(found^1), c, last)
		found |= hit
		count += hit
		inside &= nonzero(c ^ math.MaxUint64) // no wrapping past the end
		c++
	}
	return last, int(count)
}

// String describes the token without its key.
func (h *HOTP) String() string { return fmt.Sprintf("HOTP-%v-%d", h.hash, h.out.digits) }

// Format is String for every verb, so that no key reaches a log.
func (h *HOTP) Format(s fmt.State, _ rune) { redact(s, h.String()) }

// redact writes a description that names no secret.
func redact(s fmt.State, text string) { _, _ = s.Write([]byte(text)) }
