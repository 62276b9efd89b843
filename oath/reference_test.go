package oath_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"math/big"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/oath"
)

// refOCRA is the reference implementation of RFC 6287, appendix A, step by step
// on texts in hexadecimal, as different from ours as can be. Beyond the RFC it
// takes every length of session and up to ten digits.
func refOCRA(suite, key, counter, question, password, session, timeStamp string) string {
	fn, input := strings.Split(suite, ":")[1], strings.Split(suite, ":")[2]
	left := func(s string, n int) string { return strings.Repeat("0", max(n-len(s), 0)) + s }
	msg := hex.EncodeToString([]byte(suite)) + "00"
	if strings.HasPrefix(input, "C") {
		msg += left(counter, 16)
	}
	msg += question + strings.Repeat("0", 256-len(question))
	var msgSb28 strings.Builder
	for name, n := range map[string]int{"PSHA1": 40, "PSHA256": 64, "PSHA512": 128} {
		if strings.Contains(input, name) {
			msgSb28.WriteString(left(password, n))
		}
	}
	msg += msgSb28.String()
	if _, s, ok := strings.Cut(input, "-S"); ok {
		n, _ := strconv.Atoi(s[:3])
		msg += left(session, 2*n)
	}
	if strings.Contains(input, "-T") {
		msg += left(timeStamp, 16)
	}
	sum := refHMAC(strings.Split(fn, "-")[1], key, msg)
	digits, _ := strconv.Atoi(strings.Split(fn, "-")[2])
	if digits == 0 {
		return hex.EncodeToString(sum)
	}
	off := sum[len(sum)-1] & 0xf
	bin := int64(sum[off]&0x7f)<<24 | int64(sum[off+1])<<16 | int64(sum[off+2])<<8 | int64(sum[off+3])
	code := left(strconv.FormatInt(bin, 10), 10)
	return code[10-digits:]
}

func refHMAC(name, key, msg string) []byte {
	fn := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New}[name]
	k, _ := hex.DecodeString(key)
	m, _ := hex.DecodeString(msg)
	h := hmac.New(fn, k)
	h.Write(m)
	return h.Sum(nil)
}

// refQuestion is the encoding that appendix B uses before calling the above.
func refQuestion(f oath.QuestionFormat, q string) string {
	switch f {
	case oath.Numeric:
		n, _ := new(big.Int).SetString(q, 10)
		return strings.ToUpper(n.Text(16))
	case oath.Alphanumeric:
		return hex.EncodeToString([]byte(q))
	default:
		return strings.ToUpper(q)
	}
}
