package simcard

import (
	"encoding/csv"
	"encoding/hex"
	"io"
	"strconv"
)

// WriteOutput writes what the maker of cards hands to whoever will send packets to them: the
// output file, as CSV with a line for each key set. The cards keep their own copy.
func WriteOutput(w io.Writer, cards ...*Memory) error {
	rows := [][]string{{"iccid", "msisdn", "set", "algorithm", "kic", "kid", "tar"}}
	for _, m := range cards {
		for _, k := range m.Keys {
			rows = append(rows, []string{m.ICCID, m.Number, strconv.Itoa(int(k.Number)), k.Algorithm, hex.EncodeToString(k.KIc), hex.EncodeToString(k.KID), hex.EncodeToString(m.TAR)})
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}
