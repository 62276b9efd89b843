package envelope

import (
	"encoding/binary"
	"errors"
)

// WindowSize is how many sequence numbers below the highest one are still told apart.
const WindowSize = 1024

const windowBytes = 8 + WindowSize/8

// Verdict says what a window knows of a sequence number.
type Verdict uint8

// The verdicts.
const (
	Fresh  Verdict = iota + 1 // not taken yet: it may take effect
	Repeat                    // taken before: a network retry, or another message with the number
	Old                       // below the window, or 0: nobody knows any more whether it was taken
)

// String returns the word of logs and explanations.
func (v Verdict) String() string {
	switch v {
	case Fresh:
		return "fresh"
	case Repeat:
		return "repeat"
	case Old:
		return "old"
	}
	return "unknown"
}

// Window is what one device has sent in one epoch: its highest sequence number, and which of
// the [WindowSize] numbers up to it were taken (as RFC 4303, section 3.4.3). Sequence numbers begin at
// 1; the zero value has taken none. It is a value: a copy is independent.
type Window struct {
	top  uint64
	bits [WindowSize / 64]uint64 // bit n of the whole stands for top-n, from the low end
}

// Top returns the highest number taken; 0 for none.
func (w *Window) Top() uint64 { return w.top }

// Check says what Take would, and changes nothing.
func (w *Window) Check(seq uint64) Verdict {
	switch {
	case seq == 0:
		return Old
	case seq > w.top:
		return Fresh
	case w.top-seq >= WindowSize:
		return Old
	}
	behind := w.top - seq
	if w.bits[behind/64]&(1<<(behind%64)) != 0 {
		return Repeat
	}
	return Fresh
}

// Take marks a number as taken and says whether it was fresh. Whoever acts upon a fresh number stores the
// window with the effect.
func (w *Window) Take(seq uint64) Verdict {
	v := w.Check(seq)
	if v != Fresh {
		return v
	}
	if seq > w.top {
		w.shift(seq - w.top)
		w.top = seq
	}
	behind := w.top - seq
	w.bits[behind/64] |= 1 << (behind % 64)
	return Fresh
}

// shift moves all marks n places down.
func (w *Window) shift(n uint64) {
	if n >= WindowSize {
		w.bits = [WindowSize / 64]uint64{}
		return
	}
	words, rest := int(n/64), n%64
	for i := len(w.bits) - 1; i >= 0; i-- {
		var b uint64
		if i >= words {
			b = w.bits[i-words] << rest
		}
		if i > words && rest > 0 {
			b |= w.bits[i-words-1] >> (64 - rest)
		}
		w.bits[i] = b
	}
}

// Append writes the window for storage: nothing for the zero value, otherwise 136 octets.
func (w *Window) Append(b []byte) []byte {
	if w.top == 0 {
		return b
	}
	b = binary.BigEndian.AppendUint64(b, w.top)
	for _, word := range w.bits {
		b = binary.BigEndian.AppendUint64(b, word)
	}
	return b
}

// ReadWindow reads what Append wrote. It fails for anything else: a window that was damaged must
// not let messages in a second time.
func ReadWindow(b []byte) (w Window, err error) {
	if len(b) == 0 {
		return w, nil
	}
	if len(b) != windowBytes {
		return w, errors.New("envelope: a replay window has 136 octets")
	}
	w.top, b = binary.BigEndian.Uint64(b), b[8:]
	for i := range w.bits {
		w.bits[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	if w.top == 0 || w.bits[0]&1 == 0 || w.beyond() {
		return Window{}, errors.New("envelope: a replay window contradicts itself")
	}
	return w, nil
}

// beyond reports whether a number below 1 is marked.
func (w *Window) beyond() bool {
	if w.top >= WindowSize {
		return false
	}
	for n := w.top; n < WindowSize; n++ {
		if w.bits[n/64]&(1<<(n%64)) != 0 {
			return true
		}
	}
	return false
}
