package simcard

import (
	"crypto/aes"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"io"
	"strconv"
)

// WriteOutput writes what the maker of cards hands to whoever will send packets to them: the
// output file, as CSV with a line for each key set. The cards keep their own copy. The keys are
// readable in it: WriteWrapped is for files that travel.
func WriteOutput(w io.Writer, cards ...*Memory) error { return WriteWrapped(w, nil, cards...) }

// WriteWrapped is WriteOutput with the keys wrapped under a transport key (RFC 3394), an AES key of 16, 24
// or 32 octets that goes another way; nil leaves them as they are.
func WriteWrapped(w io.Writer, transport []byte, cards ...*Memory) error {
	rows := [][]string{{"iccid", "msisdn", "set", "algorithm", "kic", "kid", "tar"}}
	for _, m := range cards {
		for _, k := range m.Keys {
			kic, err := wrap(transport, k.KIc)
			if err != nil {
				return err
			}
			kid, err := wrap(transport, k.KID)
			if err != nil {
				return err
			}
			rows = append(rows, []string{m.ICCID, m.Number, strconv.Itoa(int(k.Number)), k.Algorithm, hex.EncodeToString(kic), hex.EncodeToString(kid), hex.EncodeToString(m.TAR)})
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// wrap is AES key wrap (RFC 3394, section 2.2.1) of a key of whole 8 octets, two or more of them.
func wrap(transport, key []byte) ([]byte, error) {
	if transport == nil {
		return key, nil
	}
	block, err := aes.NewCipher(transport)
	if err != nil {
		return nil, err
	}
	out := append([]byte("\xA6\xA6\xA6\xA6\xA6\xA6\xA6\xA6"), key...)
	var b [16]byte
	n := len(key) / 8
	for t := range 6 * n {
		r := out[8+t%n*8:][:8]
		copy(b[:8], out[:8])
		copy(b[8:], r)
		block.Encrypt(b[:], b[:])
		binary.BigEndian.PutUint64(out[:8], binary.BigEndian.Uint64(b[:8])^uint64(t+1))
		copy(r, b[8:])
	}
	return out, nil
}
