package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
)

// commonList is the list of the package comment, compressed.
//
//go:embed common.txt.gz
var commonList []byte

// common is a set of secrets that many people choose, folded.
type common map[string]struct{}

// readCommon unpacks the embedded list. It panics when the list is damaged, which a
// test rules out.
func readCommon() common {
	z, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic("password: the list of common secrets: " + err.Error())
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("password: the list of common secrets: " + err.Error())
	}
	set := make(common, 20000)
	for line := range strings.Lines(string(text)) {
		set[strings.TrimSuffix(line, "\n")] = struct{}{}
	}
	return set
}

func (c common) has(folded string) bool {
	_, there := c[folded]
	return there
}

// like reports whether a secret is in the list, as it is, with letters for the digits
// and signs that look like them, backwards, or without digits and signs at its end.
func (c common) like(folded string) bool {
	bare := strings.TrimRight(folded, "0123456789!?.,;:*#$%&+-_@ ")
	return c.has(folded) || c.has(unleet(folded)) || c.has(backwards(folded)) || len(bare) >= shortest && (c.has(bare) || c.has(unleet(bare)))
}

// shortest is the length of the shortest words in the list.
const shortest = 8

// leet are the usual digits and signs that stand for letters.
var leet = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "6", "g", "1", "l", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "+", "t", "2", "z")

func unleet(s string) string { return leet.Replace(s) }

func backwards(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
