package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// maxKeyFile bounds what is read of a key file: far more than 16 keys need.
const maxKeyFile = 16 << 10

// LoadFile reads a key file. The file must be readable by its owner only (mode
// 0600 or less). Rand gives the nonces of later wrapping.
func LoadFile(path string, rand io.Reader) (*Local, error) {
	keys, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return NewLocal(rand, keys...)
}

// CreateFile writes a new key file with one fresh key and mode 0600. It never
// overwrites: a lost key file is a lost database.
func CreateFile(path string, rand io.Reader) (*Local, error) {
	key, err := newKey(rand)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fault.Conflictf("keyring.file_exists", "The key file %s exists and was left as it is. To replace the key in it, run `countersign keys rotate --kek`.", path)
	}
	if err != nil {
		return nil, fault.Unavailablef(err, "keyring.file_write", "The key file %s cannot be written. Check that its directory exists and belongs to the user who runs Countersign.", path)
	}
	if err := writeAndSync(f, formatFile([]Key{key})); err != nil {
		return nil, fault.Unavailablef(err, "keyring.file_write", "The key file %s cannot be written.", path)
	}
	if err := syncDir(path); err != nil {
		return nil, fault.Unavailablef(err, "keyring.file_write", "The directory of the key file %s cannot be synced to disk.", path)
	}
	return NewLocal(rand, key)
}

// AddToFile puts a fresh key first in an existing key file, atomically. Then
// [Ring.Rewrap] moves the data keys under it; afterwards [TrimFile] removes the
// old ones.
func AddToFile(path string, rand io.Reader) (*Local, error) {
	keys, err := readFile(path)
	if err != nil {
		return nil, err
	}
	key, err := newKey(rand)
	if err != nil {
		return nil, err
	}
	return replaceFile(path, rand, append([]Key{key}, keys...))
}

// TrimFile leaves only the first key in a key file. Call it when no row is
// wrapped by another key ([Status.Rewrap] is 0) on any node.
func TrimFile(path string, rand io.Reader) (*Local, error) {
	keys, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return replaceFile(path, rand, keys[:1])
}

// ParseEnv reads key-encryption keys from an environment value: one to sixteen
// keys of 32 bytes in base64, separated by commas; the first one wraps.
func ParseEnv(value string, rand io.Reader) (*Local, error) {
	var keys []Key
	for part := range strings.SplitSeq(value, ",") {
		k, err := parseKey(strings.TrimSpace(part))
		if err != nil {
			return nil, fault.Invalidf("keyring.env_form", "The environment value with the key-encryption key is not 32 bytes in base64 (44 characters); several keys are separated by commas. Make one with `openssl rand -base64 32`.")
		}
		keys = append(keys, k)
	}
	return NewLocal(rand, keys...)
}

func readFile(path string) ([]Key, error) {
	f, err := os.Open(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Unavailable, "keyring.no_file",
			"The key file %s does not exist. A new installation makes it with `countersign keys init`; for an existing database restore the file from the safe copy, because nothing else opens the sealed values.", path)
	}
	if err != nil {
		return nil, fault.Unavailablef(err, "keyring.file_read", "The key file %s cannot be read. It must belong to the user who runs Countersign.", path)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Unavailablef(err, "keyring.file_read", "The key file %s cannot be read.", path)
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o077 != 0 {
		return nil, fault.Deniedf("keyring.file_mode", "The key file %s has mode %04o, so others than its owner may read it. Run `chmod 600 %s`; if others had access, replace the key with `countersign keys rotate --kek`.", path, mode.Perm(), path)
	}
	keys, err := parseFile(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fault.Invalidf("keyring.file_form", "The key file %s is damaged: %v. Restore it from the safe copy.", path, err)
	}
	return keys, nil
}

func newKey(rand io.Reader) (k Key, err error) {
	if _, err = io.ReadFull(rand, k[:]); err != nil {
		return k, fmt.Errorf("make a key: no randomness: %w", err)
	}
	return k, nil
}

// replaceFile writes a file beside path and renames it, so that a crash leaves
// the old keys or the new ones, never a part.
func replaceFile(path string, rand io.Reader, keys []Key) (*Local, error) {
	l, err := NewLocal(rand, keys...)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err == nil {
		defer os.Remove(f.Name()) //nolint:errcheck // gone already after the rename
		err = writeAndSync(f, formatFile(keys))
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(path)
	}
	if err != nil {
		return nil, fault.Unavailablef(err, "keyring.file_write", "The key file %s cannot be replaced. The old file is still in place.", path)
	}
	return l, nil
}

func writeAndSync(f *os.File, b []byte) error {
	_, err := f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
