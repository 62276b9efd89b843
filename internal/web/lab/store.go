package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Store keeps the memory of tokens between runs.
type Store interface {
	// Load returns what was saved for a serial number, or nil.
	Load(serial string) ([]byte, error)
	// Save keeps a state; when it returns, a later Load gets it.
	Save(serial string, state []byte) error
}

// Memory is a Store that forgets with the process.
type Memory struct {
	mu     sync.Mutex
	states map[string][]byte
}

// Load implements Store.
func (m *Memory) Load(serial string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[serial], nil
}

// Save implements Store.
func (m *Memory) Save(serial string, state []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states == nil {
		m.states = map[string][]byte{}
	}
	m.states[serial] = append([]byte(nil), state...)
	return nil
}

// Dir is a Store of one file for each token in a directory, which must exist.
type Dir string

// Load implements Store.
func (d Dir) Load(serial string) ([]byte, error) {
	name, err := d.name(serial)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(name) //nolint:gosec // the serial number was checked
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// Save implements Store. A file is replaced as a whole: a crash leaves the old
// state or the new one.
func (d Dir) Save(serial string, state []byte) error {
	name, err := d.name(serial)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), ".token-*")
	if err != nil {
		return fmt.Errorf("lab: keep the state of %s: %w", serial, err)
	}
	_, err = f.Write(state)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name) //nolint:gosec // name checked the serial number
	}
	if err != nil {
		_ = os.Remove(f.Name()) //nolint:gosec // as above
		return fmt.Errorf("lab: keep the state of %s: %w", serial, err)
	}
	return nil
}

func (d Dir) name(serial string) (string, error) {
	if !goodSerial(serial) {
		return "", fmt.Errorf("lab: %q is no serial number", serial)
	}
	return filepath.Join(string(d), "token-"+serial+".json"), nil
}

// goodSerial reports a number that may be part of an address and a file name.
func goodSerial(s string) bool {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
	return s != "" && len(s) <= 64 && strings.Trim(s, alphabet) == ""
}
