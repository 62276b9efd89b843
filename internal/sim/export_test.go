package sim

// Unwrap is unwrap, for the vectors of RFC 3394.
func Unwrap(transport, in []byte) ([]byte, error) { return unwrap(transport, in) }
