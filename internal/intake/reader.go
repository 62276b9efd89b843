package intake

import (
	"crypto/sha256"
	"hash"
	"io"
)

// Reader counts and hashes what is read from a file.
type Reader struct {
	r   io.Reader
	sum hash.Hash
	n   int64
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: r, sum: sha256.New()} }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.sum.Write(p[:n])
	r.n += int64(n)
	return n, err
}

// Offset returns how many bytes were read.
func (r *Reader) Offset() int64 { return r.n }

// Sum reads what is left, and returns the SHA-256 of all of it.
func (r *Reader) Sum() ([]byte, error) {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	}
	return r.sum.Sum(nil), nil
}
