package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
)

// Report hashes the rows of a report in order, as JSON lines, and hands them on.
type Report[R any] struct {
	sum  hash.Hash
	sink func(R) error
}

// NewReport returns an empty report; sink may be nil.
func NewReport[R any](sink func(R) error) *Report[R] {
	if sink == nil {
		sink = func(R) error { return nil }
	}
	return &Report[R]{sum: sha256.New(), sink: sink}
}

// Add adds a row.
func (r *Report[R]) Add(row R) error {
	line, err := json.Marshal(row)
	if err != nil {
		return err
	}
	r.sum.Write(append(line, '\n'))
	return r.sink(row)
}

// Sum returns the SHA-256 of the rows so far.
func (r *Report[R]) Sum() []byte { return r.sum.Sum(nil) }

// Digest is Sum in hexadecimal.
func (r *Report[R]) Digest() string { return hex.EncodeToString(r.Sum()) }
