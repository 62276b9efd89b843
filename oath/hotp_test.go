package oath_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/oath"
)

// rfcKey is the secret of RFC 4226, appendix D.
var rfcKey = []byte("12345678901234567890")

// TestHOTPVectors drives every vector of RFC 4226, appendix D, through all
// entry points.
func TestHOTPVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "rfc4226-appendix-d.txt", 10) {
		v.run(t, func(t *testing.T, v *vector) {
			if v.str("kind") != "hotp" {
				t.Fatal("wrong kind")
			}
			key, c, code := v.hex("key"), v.num("counter"), v.str("code")
			h := must(oath.NewHOTP(key, oath.HOTPOptions{Hash: v.hash(), Digits: int(v.num("digits"))}))(t)
			if got := h.Code(c); got != code {
				t.Errorf("Code = %s, want %s", got, code)
			}
			if got := string(h.Append([]byte("x"), c)); got != "x"+code {
				t.Errorf("Append = %s, want x%s", got, code)
			}
			if got, ok := h.Find(code, 0, 10); got != c || !ok {
				t.Errorf("Find = %d, %v, want %d, true", got, ok, c)
			}
			if got, ok := h.Find(code, c+1, 10); ok {
				t.Errorf("Find behind the counter = %d, want none", got)
			}
			// Ten digits are the whole 31 bits of the truncation.
			long := must(oath.NewHOTP(key, oath.HOTPOptions{Digits: 10}))(t)
			if got := long.Code(c); got != fmt.Sprintf("%010d", v.num("truncated")) || v.num("truncated") != v.base("truncated-hex", 16) {
				t.Errorf("10 digits = %s, want %s", got, v.str("truncated"))
			}
			m := hmac.New(sha1.New, key)
			m.Write(binary.BigEndian.AppendUint64(nil, c))
			if !bytes.Equal(m.Sum(nil), v.hex("hmac")) {
				t.Error("the vector's HMAC is not that of its key and counter")
			}
		})
	}
}

// TestHOTPDefaults checks the zero options: SHA-1, six digits.
func TestHOTPDefaults(t *testing.T) {
	t.Parallel()
	if got := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t).Code(0); got != "755224" {
		t.Errorf("Code(0) = %s, want 755224", got)
	}
}

// TestHOTPDigits checks that every length is the tail of the longest, with
// leading zeros kept, and that no other length is accepted.
func TestHOTPDigits(t *testing.T) {
	t.Parallel()
	for _, hash := range []oath.Hash{oath.SHA1, oath.SHA256, oath.SHA512} {
		long := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{Hash: hash, Digits: 10}))(t)
		for d := -1; d <= 12; d++ {
			h, err := oath.NewHOTP(rfcKey, oath.HOTPOptions{Hash: hash, Digits: d})
			if ok := d == 0 || 6 <= d && d <= 10; ok != (err == nil) {
				t.Errorf("%d digits: error %v", d, err)
			}
			for c := uint64(0); h != nil && d != 0 && c < 50; c++ {
				if got, want := h.Code(c), long.Code(c)[10-d:]; got != want {
					t.Errorf("%v, %d digits, counter %d: %s, want %s", hash, d, c, got, want)
				}
			}
		}
	}
}

// TestNewHOTPRefuses checks what is refused, and that the error helps.
func TestNewHOTPRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key  []byte
		o    oath.HOTPOptions
		want string
	}{
		{nil, oath.HOTPOptions{}, "empty"},
		{make([]byte, 1025), oath.HOTPOptions{}, "1025 bytes"},
		{rfcKey, oath.HOTPOptions{Hash: 7}, "unknown hash 7"},
		{rfcKey, oath.HOTPOptions{Digits: 5}, "use 6 to 10"},
		{rfcKey, oath.HOTPOptions{Digits: 11}, "use 6 to 10"},
	} {
		if _, err := oath.NewHOTP(tt.key, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewHOTP(%d bytes, %+v): %v, want an error with %q", len(tt.key), tt.o, err, tt.want)
		}
	}
}

// TestHOTPFindRefuses checks codes of the wrong form and windows of the wrong size.
func TestHOTPFindRefuses(t *testing.T) {
	t.Parallel()
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
	for _, code := range []string{"", "75522", "0755224", "75522 ", "75522a", "７５５２２４", "75522/", "75522:", "+55224", "7551<4"} {
		if c, ok := h.Find(code, 0, 10); ok {
			t.Errorf("Find(%q) = %d, want none", code, c)
		}
	}
	for _, n := range []int{0, -1, math.MinInt, math.MaxInt, oath.MaxWindow + 1} {
		if _, ok := h.Find("755224", 0, n); ok {
			t.Errorf("a window of %d matched", n)
		}
	}
	for _, codes := range [][]string{nil, {"755224", "287082", "359152", "969429"}} {
		if _, ok := h.Resync(codes, 0, 10); ok {
			t.Errorf("%d codes matched", len(codes))
		}
	}
}

// TestHOTPLeadingZero checks that the zeros in front of a code are part of it.
func TestHOTPLeadingZero(t *testing.T) {
	t.Parallel()
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
	c := uint64(0)
	for h.Code(c)[0] != '0' {
		c++
	}
	if _, ok := h.Find(h.Code(c), c, 1); !ok {
		t.Errorf("%s was not found", h.Code(c))
	}
	if _, ok := h.Find(h.Code(c)[1:], c, 1); ok {
		t.Errorf("%s was found without its zero", h.Code(c))
	}
}

// TestHOTPWindowEdges checks the first and last counter of a window, and that
// a window ends with the last counter there is.
func TestHOTPWindowEdges(t *testing.T) {
	t.Parallel()
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{Digits: 10}))(t)
	const last = math.MaxUint64
	for _, tt := range []struct {
		at, from uint64
		n        int
		want     bool
	}{
		{5, 5, 1, true},
		{5, 4, 1, false},
		{5, 4, 2, true},
		{5, 6, 100, false},
		{last, last, 1, true},
		{last, last - 3, 4, true},
		{last, last - 3, 3, false},
		{0, last - 3, 10, false},
		{last, last - 3, 10, true},
	} {
		if c, ok := h.Find(h.Code(tt.at), tt.from, tt.n); ok != tt.want || ok && c != tt.at {
			t.Errorf("code of %d in %d+%d: %d, %v", tt.at, tt.from, tt.n, c, ok)
		}
	}
	if _, ok := h.Resync([]string{h.Code(last), h.Code(0)}, last-3, 10); ok {
		t.Error("a sequence wrapped around")
	}
}

// TestHOTPFindFirst checks that of two counters with the same code the lower
// one is found first, and the other one once the first is consumed.
func TestHOTPFindFirst(t *testing.T) {
	t.Parallel()
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
	seen := map[string]uint64{}
	for c := range uint64(5000) {
		code := h.Code(c)
		first, twice := seen[code]
		if !twice {
			seen[code] = c
			continue
		}
		if got, ok := h.Find(code, 0, 5000); !ok || got != first {
			t.Errorf("code of %d and %d found at %d, %v", first, c, got, ok)
		}
		if got, ok := h.Find(code, first+1, 5000); !ok || got != c {
			t.Errorf("code of %d and %d found at %d, %v behind the first", first, c, got, ok)
		}
		return
	}
	t.Fatal("no two of 5000 codes are equal: the test needs another key")
}

// TestRedaction checks that no way of formatting a token shows its key.
func TestRedaction(t *testing.T) {
	t.Parallel()
	key := []byte("\x41SECRETSECRETSECRET")
	suite := must(oath.ParseSuite("OCRA-1:HOTP-SHA1-6:QN08"))(t)
	for _, tok := range []fmt.Stringer{
		must(oath.NewHOTP(key, oath.HOTPOptions{}))(t),
		must(oath.NewTOTP(key, oath.TOTPOptions{}))(t),
		must(oath.NewOCRA(suite, key))(t),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, tok); got != tok.String() {
				t.Errorf("%s of %v shows %q", verb, tok, got)
			}
		}
	}
}
