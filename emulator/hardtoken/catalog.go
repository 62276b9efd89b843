package hardtoken

import (
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// Models returns the models of the made-up maker, simplest first. The numbers
// follow a pattern: 1xx has a button, 2xx a keypad and a PIN, 3xx answers
// challenges too.
func Models() []Model {
	return append(buttons(), keypads()...)
}

func buttons() []Model {
	const lit = 25 * time.Second
	event := Function{Name: "login", Key: Button, Algorithm: HOTP, Hash: oath.SHA1, Digits: 6}
	timed := Function{Name: "login", Key: Button, Algorithm: TOTP, Hash: oath.SHA1, Digits: 6}
	return []Model{
		{ID: "b100", Name: "Button 100", Functions: []Function{event}, PIN: NoPIN, PowerOff: lit},
		{ID: "b110", Name: "Button 110", Functions: []Function{timed}, PIN: NoPIN, PowerOff: lit},
		{ID: "b120", Name: "Button 120", Functions: []Function{timed}, PIN: NoPIN, ServerPIN: Before, PowerOff: lit},
		{ID: "b130", Name: "Button 130", Functions: []Function{event}, PIN: NoPIN, ServerPIN: After, PowerOff: lit},
	}
}

func keypads() []Model {
	const lit = 60 * time.Second
	keypad := Model{PIN: DevicePIN, MinPIN: 4, MaxPIN: 8, MaxTries: 5, PowerOff: lit}
	build := func(id, name string, pin PINRule, f ...Function) Model {
		m := keypad
		m.ID, m.Name, m.PIN, m.Functions = id, name, pin, f
		return m
	}
	timed := Function{Name: "login", Key: Login, Algorithm: TOTP, Hash: oath.SHA256, Digits: 8}
	return []Model{
		build("k200", "Keypad 200", DevicePIN, Function{Name: "login", Key: Login, Algorithm: HOTP, Hash: oath.SHA1, Digits: 6}),
		build("k210", "Keypad 210", DevicePIN, timed),
		build("k300", "Keypad 300", DevicePIN, timed,
			Function{Name: "respond", Key: Respond, Algorithm: OCRA, Suite: "OCRA-1:HOTP-SHA1-6:QN08"}),
		build("k310", "Keypad 310", ComputedPIN,
			Function{Name: "respond", Key: Respond, Algorithm: OCRA, Suite: "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"}),
	}
}

// ModelByID returns the model of Models with this id.
func ModelByID(id string) (Model, bool) {
	for _, m := range Models() {
		if m.ID == id {
			return m, true
		}
	}
	return Model{}, false
}
