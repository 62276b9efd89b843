package webpush

import (
	"crypto/sha256"
	"strconv"
	"strings"
	"time"
)

// Urgency says how much of a phone's battery a message is worth (RFC 8030, section 5.3).
type Urgency string

// Urgencies. A message without one is Normal.
const (
	VeryLow Urgency = "very-low"
	Low     Urgency = "low"
	Normal  Urgency = "normal"
	High    Urgency = "high"
)

// maxTTL is the longest life of a message that is told apart, as RFC 8030 has it: 2^31
// seconds.
const maxTTL = 1<<31 - 1

// maxTopic is the length of a topic (RFC 8030, section 5.4).
const maxTopic = 32

// FormatTTL writes the field TTL: whole seconds, rounded down, none for less than nothing.
func FormatTTL(d time.Duration) string {
	return strconv.FormatInt(int64(min(max(d, 0)/time.Second, maxTTL)), 10)
}

// ParseTTL reads the field TTL, which every message has (RFC 8030, section 5.2). A number
// that is too large counts as the largest.
func ParseTTL(s string) (d time.Duration, ok bool) {
	if s == "" || len(s) > 100 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > maxTTL {
		n = maxTTL
	}
	return time.Duration(n) * time.Second, true
}

// ParseUrgency reads the field Urgency; no field is Normal.
func ParseUrgency(s string) (Urgency, bool) {
	switch u := Urgency(s); u {
	case "":
		return Normal, true
	case VeryLow, Low, Normal, High:
		return u, true
	}
	return "", false
}

// Topic makes a topic of a name: 32 characters that say nothing of it. A message takes the
// place of one with the same topic that was not delivered yet (RFC 8030, section 5.4).
func Topic(name string) string {
	sum := sha256.Sum256([]byte("countersign topic\x00" + name))
	return text.EncodeToString(sum[:maxTopic*3/4])
}

// ParseTopic reads the field Topic; no field is no topic.
func ParseTopic(s string) (topic string, ok bool) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return s, len(s) <= maxTopic && strings.Trim(s, alphabet) == ""
}
