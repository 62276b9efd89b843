package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/keyring"
)

// envelope is the body of every message.
type envelope struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"` // when the message was left to be sent
	Data      json.RawMessage `json:"data"`
}

// signature is the header's value: one signature for each secret.
func signature(secrets []keyring.Secret, id, timestamp string, body []byte) string {
	all := make([]string, len(secrets))
	for i, s := range secrets {
		m := hmac.New(sha256.New, s)
		m.Write([]byte(id + "." + timestamp + "."))
		m.Write(body)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	return strings.Join(all, " ")
}
