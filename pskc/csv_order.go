package pskc

import (
	"encoding/hex"
	"strings"
)

// longestWord is more than any type, hash or number of a row needs, and less than
// any key.
const longestWord = 20

// inOrder refuses a row in which a key seems to stand in another column. Without
// this, a file whose columns have another order would have its keys repeated in
// errors and reports, as serial numbers or unknown types. It takes a key out of v
// where a serial number is expected.
func inOrder(v *[columnCount]string) error {
	for _, c := range []struct {
		at   column
		name string
	}{{colType, "type"}, {colDigits, "number of digits"}, {colStep, "time step"}, {colHash, "hash"}, {colSuite, "suite"}, {colCounter, "counter"}} {
		if f := v[c.at]; len(f) > longestWord && !strings.Contains(f, ":") {
			return misplaced(c.name)
		}
	}
	if _, err := hex.DecodeString(v[colKey]); err == nil {
		return nil
	}
	for _, c := range []struct {
		at   column
		name string
	}{{colSerial, "serial number"}, {colManufacturer, "manufacturer"}, {colModel, "model"}, {colUser, "user"}} {
		if b, err := hex.DecodeString(v[c.at]); err == nil && len(b) >= 16 {
			v[c.at] = ""
			return misplaced(c.name)
		}
	}
	return nil
}

func misplaced(column string) error {
	return invalid("a key seems to stand in the place of the %s: give the file a header line that names its columns", column)
}
