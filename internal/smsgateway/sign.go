package smsgateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/keyring"
)

// tolerance is how far a signature's time may be from ours.
const tolerance = 5 * time.Minute

func mac(secret keyring.Secret, id, timestamp string, body []byte) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(id + "." + timestamp + "."))
	m.Write(body)
	return m.Sum(nil)
}

// signature is the header's value: one signature for each secret.
func signature(secrets []keyring.Secret, id, timestamp string, body []byte) string {
	all := make([]string, len(secrets))
	for i, s := range secrets {
		all[i] = "v1," + base64.StdEncoding.EncodeToString(mac(s, id, timestamp, body))
	}
	return strings.Join(all, " ")
}

// signed reports whether one of the signatures in a header is good, now.
func signed(secrets []keyring.Secret, id, timestamp, header string, body []byte, now time.Time) bool {
	n, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || now.Sub(time.Unix(n, 0)).Abs() > tolerance {
		return false
	}
	for one := range strings.FieldsSeq(header) {
		text, ok := strings.CutPrefix(one, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil {
			continue
		}
		for _, s := range secrets {
			if hmac.Equal(got, mac(s, id, timestamp, body)) {
				return true
			}
		}
	}
	return false
}
