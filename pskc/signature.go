package pskc

// Verified is a file whose signature was verified.
type Verified struct {
	Digest [32]byte // SHA-256 of the whole file
}
