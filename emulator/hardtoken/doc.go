// Package hardtoken emulates one-time-code tokens as people hold them: a case, a
// display, a button or a keypad. It is the honest other side of a server's token
// support: it knows its own keys and what is typed on it, and nothing else.
// It computes with package oath only and speaks to no one; a person reads the
// display and copies the code.
//
// # Parts
//
//	Model   how a type of token is built: keys, functions, PIN rules, power-off
//	Unit    one token as it leaves the factory: serial number, secrets, dates
//	State   its memory: what survives in a drawer, and what is going on now
//	Clock   its quartz: an offset that grows by some parts per million
//	Token   a Unit of a Model with a State; Press and Display
//
// Press(Key) changes the state by one key and returns the display. Display looks
// without touching: time passes, the code of a time-based function moves on, the
// token switches itself off. The same state, unit and moment always give the
// same display, and State is plain JSON.
//
// # States
//
//	             function key          OK, PIN set        OK, right
//	Off ───────────────────► AskPIN ─────────────────────────► Ask or Show
//	 │  no PIN yet              │ OK, wrong: tries + 1, AskPIN ("WRONG n")
//	 ├────────► NewPIN          │ OK, wrong, tries = MaxTries
//	 │             │ OK         ▼
//	 │             ▼          Locked   (survives power-off; no key leads out)
//	 │          RepeatPIN
//	 │             │ OK, same: PIN kept, tries = 0, then as after a right PIN
//	 │             │ OK, different: NewPIN ("DIFFERS")
//	 └ no PIN in the model, or button: Ask or Show
//	Ask   (challenge-response only)  digits; OK with enough of them: Show
//	Show  the code; a function key starts that function anew, without PIN
//
//	any state but Off: Clear with nothing typed, or no key for PowerOff: Off
//	battery spent: nothing is ever shown
//
// A PIN of a model with ComputedPIN is not kept: it goes into each computation
// (OCRA with P), and a wrong one gives a wrong response, never a message. Locked is
// a state of its own with a count of tries that survives, so that unlocking by
// challenge can be added as its one exit; no model of this package has it yet.
//
// # Invariants
//
//   - The event counter of a function rises by one with each code and with nothing
//     else, and never falls.
//   - A code is computed only after the PIN, where the model has one.
//   - MaxTries wrong PINs in a row lock, whether or not the power goes in between.
//   - No sequence of keys makes the token panic or show a PIN.
//
// # Threats
//
// An emulator protects nothing: whoever reads Unit has the keys, and State holds
// what is being typed. It is for demonstrations, tests and integrators.
package hardtoken
