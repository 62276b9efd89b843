package httpapi

import (
	"crypto/aes"
	"crypto/cipher"
	"io"
	"os"
)

// spool keeps an upload that must be read twice in a file. There may be seeds in
// it, so what lies on the disk is encrypted under a key that only this memory has:
// AES-256-CTR; nobody who could change the file is a threat that the upload's own
// protection would not meet. The file has no name as soon as it is open.
type spool struct {
	file  *os.File
	block cipher.Block
}

func newSpool(dir string, random io.Reader) (*spool, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "countersign-upload-*")
	if err != nil {
		return nil, err
	}
	return &spool{f, block}, os.Remove(f.Name())
}

// stream starts at the beginning; one key encrypts one file, so the counter may
// start at zero.
func (s *spool) stream() cipher.Stream {
	return cipher.NewCTR(s.block, make([]byte, aes.BlockSize)) //nolint:gosec // see above
}

// fill writes all of r.
func (s *spool) fill(r io.Reader) error {
	_, err := io.Copy(cipher.StreamWriter{S: s.stream(), W: s.file}, r)
	return err
}

// open reads from the beginning.
func (s *spool) open() (io.ReadCloser, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.NopCloser(cipher.StreamReader{S: s.stream(), R: s.file}), nil
}

// Close gives the file's room back.
func (s *spool) Close() error { return s.file.Close() }
