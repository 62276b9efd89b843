package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// fileAnchor keeps the newest checkpoint of the audit log in a file of this node.
type fileAnchor string

// Load implements audit.Anchor.
func (f fileAnchor) Load() ([]byte, error) {
	b, err := os.ReadFile(filepath.Clean(string(f)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// Store implements audit.Anchor: the file is replaced as a whole, and is on the
// disk when Store returns.
func (f fileAnchor) Store(note []byte) error {
	dir := filepath.Dir(string(f))
	tmp, err := os.CreateTemp(dir, ".anchor-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone after the rename
	_, err = tmp.Write(note)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), string(f)); err != nil {
		return err
	}
	d, err := os.Open(dir) //nolint:gosec // the operator names the directory
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
