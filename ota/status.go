package ota

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// Status is the outcome that a response tells (TS 102 225, section 5.2.1).
type Status byte

// The statuses.
const (
	OK             Status = 0x00
	ChecksumFailed Status = 0x01 // RC, CC or DS
	CounterLow     Status = 0x02 // a replay
	CounterHigh    Status = 0x03 // not the next one, where that is asked for
	CounterBlocked Status = 0x04 // the key set is dead
	CipherError    Status = 0x05
	SecurityError  Status = 0x06 // of no other kind
	OutOfMemory    Status = 0x07
	MoreTime       Status = 0x08 // received; another response will follow
	UnknownTAR     Status = 0x09
	LevelTooLow    Status = 0x0A // less protection than the application demands
	BySMS          Status = 0x0B // the data follow in another short message
	ByUSSD         Status = 0x0C
)

// String names the status.
func (s Status) String() string {
	names := [...]string{
		"ok", "checksum_failed", "counter_low", "counter_high", "counter_blocked", "cipher_error", "security_error",
		"out_of_memory", "more_time", "unknown_tar", "level_too_low", "by_sms", "by_ussd",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return "status_" + strconv.FormatUint(uint64(s), 16)
}

// Error says why a packet cannot be read or trusted, and what status a card answers to it. Its
// text holds nothing of the packet.
type Error struct {
	Status Status
	Why    string
}

// Error returns the text.
func (e *Error) Error() string { return fmt.Sprintf("ota: %s (%s)", e.Why, e.Status) }

// TAR is a toolkit application reference: which application on a card a packet is for (ETSI TS 101 220).
type TAR [3]byte

// SignatureTAR is that of the signature application, unless a card maker gives it another.
var SignatureTAR = TAR{0xB0, 0x00, 0x11}

// String returns the six hexadecimal digits.
func (t TAR) String() string { return hex.EncodeToString(t[:]) }
