package iso8583

import (
	"errors"
	"fmt"
	"io"
)

// Framing is what stands before each message on a connection.
type Framing uint8

// Framings: the length of the message behind them, without themselves.
const (
	Binary2 Framing = iota + 1 // two octets, big-endian
	BCD2                       // two octets of packed decimal
	ASCII4                     // four digits
	VMLH                       // two octets, big-endian, and two zeros
)

func framingNames() map[string]Framing {
	return map[string]Framing{"binary2": Binary2, "bcd2": BCD2, "ascii4": ASCII4, "vmlh": VMLH}
}

// UnmarshalText reads the name of a framing.
func (f *Framing) UnmarshalText(b []byte) error {
	x, ok := framingNames()[string(b)]
	if !ok {
		return fmt.Errorf("iso8583: %.20q is no framing: binary2, bcd2, ascii4 or vmlh", b)
	}
	*f = x
	return nil
}

func (f Framing) valid() bool { return f >= Binary2 && f <= VMLH }

// size is how many octets the framing has.
func (f Framing) size() int {
	if f == Binary2 || f == BCD2 {
		return 2
	}
	return 4
}

// ErrFrame says that a connection does not carry messages of this framing: it cannot be read on.
var ErrFrame = errors.New("iso8583: this is no length of a message")

// Append writes a message of 0 to [Limit] octets with its framing behind dst. One without octets is a heartbeat.
func (f Framing) Append(dst, message []byte) ([]byte, error) {
	n := len(message)
	if n > Limit {
		return dst, ErrFrame
	}
	switch f {
	case Binary2:
		dst = append(dst, byte(n>>8), byte(n)) //nolint:gosec // at most Limit
	case VMLH:
		dst = append(dst, byte(n>>8), byte(n), 0, 0) //nolint:gosec // at most Limit
	case BCD2:
		dst = append(dst, byte(n/1000%10<<4|n/100%10), byte(n/10%10<<4|n%10)) //nolint:gosec // digits
	case ASCII4:
		dst = fmt.Appendf(dst, "%04d", n)
	default:
		return dst, ErrFrame
	}
	return append(dst, message...), nil
}

// Read reads the next message into buf, which grows if it must. It returns io.EOF at the end of a connection between messages,
// io.ErrUnexpectedEOF within one, and [ErrFrame] for a length that is none or above [Limit].
func (f Framing) Read(r io.Reader, buf []byte) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:f.size()]); err != nil {
		return nil, err
	}
	n, ok := f.length(head)
	if !ok || n > Limit {
		return nil, ErrFrame
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if _, err := io.ReadFull(r, buf); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return buf, nil
}

// length reads what stands before a message.
func (f Framing) length(h [4]byte) (int, bool) {
	switch f {
	case Binary2:
		return int(h[0])<<8 | int(h[1]), true
	case VMLH:
		return int(h[0])<<8 | int(h[1]), h[2] == 0 && h[3] == 0
	case BCD2:
		n := 0
		for _, c := range h[:2] {
			if c>>4 > 9 || c&0xF > 9 {
				return 0, false
			}
			n = n*100 + int(c>>4)*10 + int(c&0xF)
		}
		return n, true
	case ASCII4:
		n := 0
		for _, c := range h {
			if c < '0' || c > '9' {
				return 0, false
			}
			n = n*10 + int(c-'0')
		}
		return n, true
	}
	return 0, false
}
