package sim

import (
	"io"

	"github.com/countersign-auth/countersign/ota"
)

// Unwrap is unwrap, for the vectors of RFC 3394.
func Unwrap(transport, in []byte) ([]byte, error) { return unwrap(transport, in) }

// Combine is combine.
func Combine(s ota.Segment, all []ota.Segment) [][]byte { return combine(s, all) }

// Exhausted is the last counter that packets have.
const Exhausted = lastCounter

// Taken is a card of a file.
type Taken struct {
	ICCID string
	Keys  []ota.Keys
}

// Rows reads a file as an import does.
func Rows(f io.Reader, transport []byte) (taken []Taken, refused []Row, err error) {
	r, err := newRows(f, transport)
	if err != nil {
		return nil, nil, err
	}
	for {
		e, err := r.next()
		if err != nil {
			return taken, refused, err
		}
		if e.row.Reason != "" {
			refused = append(refused, e.row)
			continue
		}
		c := Taken{ICCID: e.row.ICCID}
		for _, s := range e.sets {
			c.Keys = append(c.Keys, s.keys)
		}
		taken = append(taken, c)
	}
}
