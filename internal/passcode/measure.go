package passcode

import "github.com/countersign-auth/countersign/smpp"

// septets is the size of a character in GSM 7-bit (3GPP TS 23.038, section 6.2.1); 0
// when that alphabet does not have it.
func septets(r rune) int {
	b, ok := smpp.EncodeGSM(string(r))
	if !ok {
		return 0
	}
	return len(b)
}

// parts counts the messages that a text is divided into, by the rules of the client that
// will send it.
func parts(s string) int {
	_, all, err := smpp.Split(s)
	if err != nil {
		return smpp.MaxParts + 1
	}
	return max(len(all), 1)
}
