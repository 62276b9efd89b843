package mobileid

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/countersign-auth/countersign/ota/applet"
)

func fill(text, with string) string { return strings.Replace(text, "%s", with, 1) }

// cardStatus says what a card says of itself.
func cardStatus(c *applet.Card) CardStatus {
	s := CardStatus{Applet: int(c.Applet)}
	for _, a := range c.Algorithms {
		s.Algorithms = append(s.Algorithms, a.String())
	}
	for _, r := range []applet.Role{applet.Authentication, applet.Signing} {
		k := c.Key(r)
		x := CardKey{Role: r.String(), Tries: k.Tries, PUKTries: k.PUKTries}
		if k.Algorithm.Valid() {
			x.Algorithm = k.Algorithm.String()
		}
		s.Keys = append(s.Keys, x)
	}
	return s
}

func (s CardStatus) json() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("mobileid: " + err.Error()) // texts and numbers always marshal
	}
	return b
}

// readCard reads what json wrote; nil for nothing.
func readCard(b []byte) *CardStatus {
	var s CardStatus
	if len(b) == 0 || json.Unmarshal(b, &s) != nil {
		return nil
	}
	return &s
}

func hexText(b []byte) string { return hex.EncodeToString(b) }

// shownDigest stands in the log for what was shown.
func shownDigest(shown string) string {
	sum := sha256.Sum256([]byte(shown))
	return hexText(sum[:])
}
