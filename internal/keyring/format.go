package keyring

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// fileHeader is the first line of a key file. Another version gets another line.
const fileHeader = "countersign-keys v1"

const fileComment = `# Key-encryption keys of Countersign. Whoever reads this file and the database reads
# every secret in it. Keep a copy in a safe, and never beside the database backups.
# The first key wraps the data keys, the others only unwrap.
`

// parseFile reads the text form. Its errors never repeat the content.
func parseFile(r io.Reader) ([]Key, error) {
	var keys []Key
	header := false
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(s.Text())
		switch {
		case line == "" || line[0] == '#':
		case !header && line != fileHeader:
			return nil, fmt.Errorf("line %d should be %q", n, fileHeader)
		case !header:
			header = true
		default:
			k, err := parseLine(line)
			if err != nil {
				return nil, fmt.Errorf("line %d %w", n, err)
			}
			keys = append(keys, k)
		}
	}
	if err := s.Err(); err != nil {
		return nil, errors.New("it cannot be read to its end")
	}
	if len(keys) == 0 {
		return nil, errors.New("it holds no key")
	}
	return keys, nil
}

// parseLine reads "key FINGERPRINT BASE64". The fingerprint catches a slip in a
// key that was typed from paper.
func parseLine(line string) (Key, error) {
	f := strings.Fields(line)
	if len(f) != 3 || f[0] != "key" {
		return Key{}, errors.New("is not of the form: key FINGERPRINT BASE64")
	}
	k, err := parseKey(f[2])
	if err != nil {
		return Key{}, err
	}
	if id := k.fingerprint(); f[1] != hex.EncodeToString(id[:]) {
		return Key{}, errors.New("has a key that does not match its fingerprint")
	}
	return k, nil
}

func parseKey(s string) (Key, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(Key{}) {
		return Key{}, errors.New("has a key that is not 32 bytes in base64")
	}
	return Key(b), nil
}

func formatFile(keys []Key) []byte {
	b := bytes.NewBufferString(fileComment + fileHeader + "\n")
	for _, k := range keys {
		id := k.fingerprint()
		fmt.Fprintf(b, "key %x %s\n", id[:], base64.StdEncoding.EncodeToString(k[:]))
	}
	return b.Bytes()
}
