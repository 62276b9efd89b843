package sim

import "github.com/countersign-auth/countersign/ota"

// Unwrap is unwrap, for the vectors of RFC 3394.
func Unwrap(transport, in []byte) ([]byte, error) { return unwrap(transport, in) }

// Combine is combine.
func Combine(s ota.Segment, all []ota.Segment) [][]byte { return combine(s, all) }

// Exhausted is the last counter that packets have.
const Exhausted = lastCounter
