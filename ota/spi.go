package ota

import "strconv"

// SPI is a security parameter indicator (TS 102 225, section 5.1.1): its first
// octet, for the command, is the upper half.
type SPI uint16

// SPIs in use. The server sends with ProfileSPI and nothing else.
const (
	// ProfileSPI asks for a checksum with a key, ciphering and a counter that only
	// rises; answers always, by a short message of their own, under checksum and cipher.
	ProfileSPI SPI = 0x1639
	// NoSecurity has none, and wants no answer.
	NoSecurity SPI = 0x0000
)

// Integrity is what protects a packet against change.
type Integrity byte

// The kinds of protection.
const (
	NoChecksum Integrity = 0
	Redundancy Integrity = 1 // RC: a checksum that anybody can compute
	Keyed      Integrity = 2 // CC: a cryptographic checksum
	Signature  Integrity = 3 // DS: a digital signature; not supported
)

// Counting is what a receiver does with a counter.
type Counting byte

// The rules of counters.
const (
	NoCounter Counting = 0
	Unchecked Counting = 1 // there, and not looked at
	Higher    Counting = 2 // higher than the last one
	OneHigher Counting = 3 // by one
)

// Asked says when a response is asked for.
type Asked byte

// When responses are asked for.
const (
	Never   Asked = 0
	Always  Asked = 1
	OnError Asked = 2
)

// reserved are the bits of an SPI that must be 0.
const reserved SPI = 0xE0C0

// Integrity is how the command is protected against change.
func (s SPI) Integrity() Integrity { return Integrity(s >> 8 & 3) }

// Ciphered reports whether the command is.
func (s SPI) Ciphered() bool { return s>>8&4 != 0 }

// Counting is the rule of the command's counter.
func (s SPI) Counting() Counting { return Counting(s >> 11 & 3) }

// Asked says when the command wants a response.
func (s SPI) Asked() Asked { return Asked(s & 3) }

// AnswerIntegrity is how the response is protected against change.
func (s SPI) AnswerIntegrity() Integrity { return Integrity(s >> 2 & 3) }

// AnswerCiphered reports whether the response is.
func (s SPI) AnswerCiphered() bool { return s>>4&1 != 0 }

// BySubmit reports whether the response comes as a short message of its own
// (SMS-SUBMIT), not in the report of the command's delivery, which many centers drop.
func (s SPI) BySubmit() bool { return s>>5&1 != 0 }

// Valid reports whether the reserved bits are 0 and the values are known.
func (s SPI) Valid() bool { return s&reserved == 0 && s.Asked() != 3 }

// String returns both octets in hexadecimal.
func (s SPI) String() string { return strconv.FormatUint(uint64(s)|0x10000, 16)[1:] }

// MaxCounter is the highest counter: with it a key set is dead (TS 102 225, section 5.1.4).
const MaxCounter uint64 = 1<<40 - 1

// Check says what a receiver that has last accepted the counter last answers to
// got: OK, CounterLow, CounterHigh, or CounterBlocked when the key set is dead.
func (s SPI) Check(last, got uint64) Status {
	switch rule := s.Counting(); {
	case rule == NoCounter || rule == Unchecked:
		return OK
	case last >= MaxCounter:
		return CounterBlocked
	case got <= last:
		return CounterLow
	case rule == OneHigher && got != last+1:
		return CounterHigh
	}
	return OK
}

// Weaker reports whether the command is protected less than the least demands
// in any respect: a card answers with LevelTooLow. A signature counts as stronger than
// a checksum with a key, and that as stronger than one without.
func (s SPI) Weaker(least SPI) bool {
	return s.Integrity() < least.Integrity() || least.Ciphered() && !s.Ciphered() || s.Counting() < least.Counting()
}
