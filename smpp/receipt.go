package smpp

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// DeliveryState is a message_state (section 5.2.28).
type DeliveryState byte

// The states. NoState is for a receipt that tells none that is known.
const (
	NoState       DeliveryState = 0
	EnRoute       DeliveryState = 1
	Delivered     DeliveryState = 2
	Expired       DeliveryState = 3
	Deleted       DeliveryState = 4
	Undeliverable DeliveryState = 5
	Accepted      DeliveryState = 6
	Unknown       DeliveryState = 7
	Rejected      DeliveryState = 8
)

// String returns the word that receipts have for the state (appendix B).
func (s DeliveryState) String() string {
	if int(s) < len(stateWords()) {
		return stateWords()[s]
	}
	return strconv.Itoa(int(s))
}

func stateWords() []string {
	return []string{"", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"}
}

// Receipt is what a center says of a message that it took before.
type Receipt struct {
	ID        string        // as the center writes it here; see IDForm
	State     DeliveryState // message_state if it is there, else from the text
	Code      string        // err, or network_error_code in hexadecimal
	Sub       string        // how many were submitted
	Dlvrd     string        // how many were delivered
	Submitted time.Time     // zero if unreadable; in UTC, though no center says its zone
	Done      time.Time
	Text      string // the beginning of the text
}

// receiptKey finds the names of fields. Names that are written otherwise, and an
// order or a spacing of their own, were all seen.
var receiptKey = regexp.MustCompile(`(?i)(?:^|[\s,;])(id|sub|dlvrd|submit[ _]?date|done[ _]?date|status|stat|error|err|text)\s*[:=]`)

// Marked reports whether the center says that the message is a receipt, by esm_class or by
// receipted_message_id. Phones set neither; a text in the form of a receipt, anybody can write.
func (m *Message) Marked() bool {
	_, tagged := m.TLVs.Get(TagReceiptedID)
	kind := m.ESMClass & ESMTypes
	return tagged || kind == ESMReceipt || kind == ESMIntermediate
}

// Receipt reads a delivery receipt; ok is false when the message is none. It is
// one when esm_class or the optional parameters say so; for the centers that set
// neither, also when its text has an id and a known state. What names no message
// is no receipt.
func (m *Message) Receipt() (r Receipt, ok bool) {
	text, _ := m.Text()
	stated := r.fields(text)
	if id, tagged := m.TLVs.Get(TagReceiptedID); tagged {
		if id, _, _ := strings.Cut(string(id), "\x00"); id != "" {
			r.ID = id
		}
	}
	if s, ok := m.TLVs.number(TagMessageState); ok && s >= 1 && s <= uint16(Rejected) {
		r.State = DeliveryState(s)
	}
	if code, ok := m.TLVs.Get(TagNetworkError); ok && r.Code == "" {
		r.Code = hexDigits(code)
	}
	return r, r.ID != "" && (m.Marked() || m.ESMClass&ESMTypes == 0 && stated)
}

func hexDigits(b []byte) string {
	var s strings.Builder
	for _, c := range b[:min(len(b), 8)] {
		s.WriteString(strconv.FormatUint(uint64(c)|0x100, 16)[1:])
	}
	return s.String()
}

// fields reads the text. Text is the last field, whatever is in it: it must not
// be able to name another message. Of a field that comes twice the first counts.
func (r *Receipt) fields(text string) (stated bool) {
	names := receiptKey.FindAllStringSubmatchIndex(text, -1)
	seen := map[string]bool{}
	for i, at := range names {
		end := len(text)
		name := strings.NewReplacer(" ", "", "_", "").Replace(strings.ToLower(text[at[2]:at[3]]))
		if name != "text" && i+1 < len(names) {
			end = names[i+1][0]
		}
		if !seen[name] {
			r.set(name, strings.TrimSpace(text[at[1]:max(end, at[1])]))
		}
		if seen[name] = true; name == "text" {
			break
		}
	}
	return r.ID != "" && r.State != NoState
}

func (r *Receipt) set(name, value string) {
	word, _, _ := strings.Cut(value, " ")
	word = strings.Trim(word, `"',;`)
	switch name {
	case "id":
		r.ID = word
	case "sub":
		r.Sub = word
	case "dlvrd":
		r.Dlvrd = word
	case "submitdate":
		r.Submitted = receiptTime(value)
	case "donedate":
		r.Done = receiptTime(value)
	case "stat", "status":
		r.State = stateOf(word)
	case "err", "error":
		r.Code = word
	case "text":
		r.Text = value
	}
}

// stateOf reads a state by the beginning of its word, or by its number.
func stateOf(word string) DeliveryState {
	if n, err := strconv.ParseUint(word, 10, 8); err == nil && n >= 1 && n <= uint64(Rejected) {
		return DeliveryState(n)
	}
	word = strings.ToUpper(word)
	for _, x := range [...]struct {
		prefix string
		state  DeliveryState
	}{
		{"DELIV", Delivered},
		{"EXPIR", Expired},
		{"DELET", Deleted},
		{"CANCEL", Deleted},
		{"UNDEL", Undeliverable},
		{"FAIL", Undeliverable},
		{"ACCEP", Accepted},
		{"ACK", Accepted},
		{"UNKNO", Unknown},
		{"REJ", Rejected},
		{"ENROU", EnRoute},
		{"BUFFER", EnRoute},
		{"SCHED", EnRoute},
	} {
		if strings.HasPrefix(word, x.prefix) {
			return x.state
		}
	}
	return NoState
}

// receiptTime reads the dates that centers write: YYMMDDhhmm, with seconds, with
// the century, or with separators.
func receiptTime(s string) time.Time {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune("-/:. T", r):
			return -1
		}
		return 'x'
	}, s)
	layout := map[int]string{10: "0601021504", 12: "060102150405", 14: "20060102150405"}[len(digits)]
	if len(digits) == 12 && strings.HasPrefix(digits, "20") && strings.ContainsAny(s, "-/") {
		layout = "200601021504"
	}
	if layout == "" {
		return time.Time{}
	}
	t, err := time.Parse(layout, digits)
	if err != nil {
		return time.Time{}
	}
	return t
}
