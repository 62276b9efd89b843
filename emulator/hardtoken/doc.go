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
// What each key leads to, on a token whose PIN is chosen and was typed since the
// power came on, where the phase allows it. "OK 2580" and "Clear 7" stand for the
// key after digits; a dash is where none can be typed. The tests read this table.
//
//	phase       Login       Info    7           OK          OK 2580     Clear   Clear 7     PowerOff
//	off         ask_pin     info    off         off         -           off     -           off
//	new_pin     new_pin     info    new_pin     new_pin     repeat_pin  off     new_pin     off
//	repeat_pin  new_pin     info    repeat_pin  new_pin     show        off     repeat_pin  off
//	ask_pin     ask_pin     info    ask_pin     ask_pin     show        off     ask_pin     off
//	ask         show        info    ask         ask         show        off     ask         off
//	entry       show        info    entry       entry       entry_2     off     entry       off
//	entry_2     show        info    entry_2     show        entry_3     entry   entry_2     off
//	show        show        info    show        show        -           off     -           off
//	info        show        info    info        info        -           off     -           off
//	locked      locked      locked  locked      unlock      -           off     -           off
//	unlock      locked      locked  unlock      unlock      new_pin     off     unlock      off
//	ready       show        info    ready       ready       -           off     -           off
//
// Further: a complaint (DIFFERS, SHORT, SIMPLE, TOO LONG, WRONG, CHANGED) is shown
// until the next key, and Clear takes it away first. A function key starts its
// function by way of new_pin while there is no PIN, of ask_pin where it was not
// typed since power-on, and of nothing on a model without keypad. A wrong PIN
// stays in ask_pin; the last of MaxTries locks. entry_2 is entry with one of the
// data taken; the ninth signs at once. Once the battery is spent nothing is ever shown.
//
// A PIN of a model with ComputedPIN is not kept: it goes into each computation
// (OCRA with P), and a wrong one gives a wrong response, never a message. Such a
// model never locks.
//
// # Signing
//
// Sign asks for data one after another ("DATA 1", "DATA 2" and so on), each ended by
// OK; OK alone gives the code. What was typed becomes the question of an OCRA plain
// signature (RFC 6287, section 7.3.1) as function question says. Data that are too
// long are refused, never cut.
//
// # Unlocking
//
// A token that locks draws one challenge and shows it, on "LOCKED" and OK, until it
// is answered; power-off does not change it. The answer is the OCRA response to
// all digits of the challenge, by an unlock key that does nothing else. The right
// one takes the PIN away, so a new one is chosen; it makes no code and moves no
// clock. The third wrong one changes the challenge. The last digit is Luhn's check
// digit, the others come from a keyed walk through all numbers of their length: with
// eight digits none is shown again before 9,999,998 others. Which one comes next
// depends on the unlock key and on State.Challenges alone.
//
// # Info
//
// Info turns over pages without a PIN: "L      42" is the counter of the next code
// of the function with that key ("C" on a token with one button), so of 42 codes made; "D20261122" and
// "T11-58-30" are the token's own date and time, "E20301122" the end of its battery,
// all in UTC. A locked token shows its lock instead.
//
// # Invariants
//
//   - The event counter of a function rises by one with each code and with nothing
//     else, and never falls.
//   - A code is computed only after the PIN, where the model has one.
//   - MaxTries wrong PINs in a row lock, whether or not the power goes in between,
//     and nothing but the unlock code leads out.
//   - A challenge that was answered rightly is not shown again.
//   - No sequence of keys makes the token panic or show a PIN.
//
// # Threats
//
// An emulator protects nothing: whoever reads Unit has the keys, and State holds
// what is being typed. It is for demonstrations, tests and integrators.
package hardtoken
