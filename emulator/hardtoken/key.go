package hardtoken

import "fmt"

// Key is a key of the token: a digit '0' to '9' or one of the constants.
type Key byte

// The keys beside the digits.
const (
	Button  Key = 'B' // the only key of a token without keypad
	Login   Key = 'L' // function key: a code to log in
	Respond Key = 'R' // function key: an answer to a challenge
	Sign    Key = 'S' // function key: a code for data that are typed
	Info    Key = 'I' // counters and clock; without keypad: the button held down
	OK      Key = 'E' // takes what was typed
	Clear   Key = 'C' // the last digit back; with nothing typed: off
)

// ParseKey reads the name of a key: "0" to "9", "B", "L", "R", "S", "I", "E" or "C".
func ParseKey(s string) (Key, error) {
	if len(s) == 1 {
		switch k := Key(s[0]); {
		case k.digit(), k == Button, k == Login, k == Respond, k == Sign, k == Info, k == OK, k == Clear:
			return k, nil
		}
	}
	return 0, fmt.Errorf("hardtoken: no token has a key %.8q", s)
}

// String returns the name of the key, as ParseKey reads it.
func (k Key) String() string { return string(rune(k)) }

func (k Key) digit() bool { return '0' <= k && k <= '9' }
