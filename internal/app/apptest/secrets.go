package apptest

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Secrets are things that must not be found anywhere, by name.
type Secrets map[string][]byte

// Add notes a secret under a name.
func (s Secrets) Add(name string, value []byte) {
	if len(value) < 8 {
		panic("apptest: a secret of less than eight bytes is found by chance")
	}
	s[name] = value
}

// Text notes a secret that is a text.
func (s Secrets) Text(name, value string) { s.Add(name, []byte(value)) }

// Found looks for every secret in every usual form and tells which it found.
func (s Secrets) Found(in []byte) (all []string) {
	low := bytes.ToLower(in)
	for name, v := range s {
		for form, text := range forms(v) {
			where := in
			if form == "hexadecimal" {
				where = low
			}
			if bytes.Contains(where, text) {
				all = append(all, fmt.Sprintf("%s, as %s", name, form))
			}
		}
	}
	slices.Sort(all)
	return all
}

// forms are the ways in which bytes get into texts. Base64 without its last group,
// so that whatever follows does not hide them.
func forms(v []byte) map[string][]byte {
	whole := len(v) / 3 * 3
	out := map[string][]byte{
		"it is":       v,
		"hexadecimal": []byte(hex.EncodeToString(v)),
		"base64":      []byte(base64.RawStdEncoding.EncodeToString(v[:whole])),
		"base64url":   []byte(base64.RawURLEncoding.EncodeToString(v[:whole])),
		"base32":      []byte(strings.TrimRight(base32.StdEncoding.EncodeToString(v[:len(v)/5*5]), "=")),
		"a list":      []byte(strings.Trim(fmt.Sprintf("%d", v), "[]")),
	}
	if plain := bytes.ReplaceAll(v, []byte("-"), nil); !bytes.Equal(plain, v) {
		out["it is without hyphens"] = plain
	}
	return out
}
