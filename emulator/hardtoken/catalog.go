package hardtoken

import (
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// Models returns the models of the made-up maker, simplest first. The numbers
// follow a pattern: 1xx has a button, 2xx a keypad and a PIN, 3xx answers
// challenges and signs, 4xx signs without being asked.
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
	build := func(id, name string, f ...Function) Model {
		return Model{
			ID: id, Name: name, Functions: f, PIN: DevicePIN, MinPIN: 4, MaxPIN: 8, MaxTries: 5, PowerOff: lit,
			Unlock: "OCRA-1:HOTP-SHA256-8:QN08",
		}
	}
	computed := func(m Model) Model {
		m.PIN, m.MaxTries, m.Unlock = ComputedPIN, 0, "" // it cannot tell a wrong PIN, so it never locks
		return m
	}
	timed := Function{Name: "login", Key: Login, Algorithm: TOTP, Hash: oath.SHA256, Digits: 8}
	respond := func(suite string) Function {
		return Function{Name: "respond", Key: Respond, Algorithm: OCRA, Suite: suite}
	}
	sign := func(suite string) Function {
		return Function{Name: "sign", Key: Sign, Algorithm: OCRA, Suite: suite, Entries: true}
	}
	return []Model{
		build("k200", "Keypad 200", Function{Name: "login", Key: Login, Algorithm: HOTP, Hash: oath.SHA1, Digits: 6}),
		build("k210", "Keypad 210", timed),
		build("k300", "Keypad 300", timed, respond("OCRA-1:HOTP-SHA1-6:QN08"), sign("OCRA-1:HOTP-SHA1-8:C-QN64")),
		computed(build("k310", "Keypad 310", respond("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"), sign("OCRA-1:HOTP-SHA256-8:C-QN64-PSHA1"))),
		build("k400", "Keypad 400", timed, sign("OCRA-1:HOTP-SHA256-8:C-QN64")),
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
