package hardtoken_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
)

// Each line is pressed on a new Keypad 200 (event-based, PIN of 4 to 8 digits,
// 5 tries); "+" waits a minute.
func TestKeypad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, keys string
		say        hardtoken.Saying
		text       string
	}{
		{"off at first", "", "", ""},
		{"digits do not switch on", "123E", "", ""},
		{"asks for a new PIN", "L", hardtoken.SayNewPIN, "NEW PIN"},
		{"shows dashes", "L25", hardtoken.SayTyping, "--"},
		{"short PIN", "L258E", hardtoken.SayShort, "SHORT"},
		{"simple PIN", "L1234E", hardtoken.SaySimple, "SIMPLE"},
		{"simple PIN, down", "L9876E", hardtoken.SaySimple, "SIMPLE"},
		{"simple PIN, one digit", "L0000E", hardtoken.SaySimple, "SIMPLE"},
		{"again", "L2580E", hardtoken.SayAgain, "AGAIN"},
		{"differs", "L2580E2581E", hardtoken.SayDiffers, "DIFFERS"},
		{"differs, then right", "L2580E2581E2580E2580E", hardtoken.SayCode, "755 224"},
		{"first code", "L2580E2580E", hardtoken.SayCode, "755 224"},
		{"next code without PIN", "L2580E2580EL", hardtoken.SayCode, "287 082"},
		{"after power-off with PIN", "L2580E2580E+L", hardtoken.SayPIN, "PIN"},
		{"right PIN", "L2580E2580E+L2580E", hardtoken.SayCode, "287 082"},
		{"clear takes a digit back", "L2580E2580E+L25801C", hardtoken.SayTyping, "----"},
		{"clear, then right", "L2580E2580E+L25801CE", hardtoken.SayCode, "287 082"},
		{"clear with nothing typed", "L2580E2580EC", "", ""},
		{"no more than eight digits", "L2580258025802580", hardtoken.SayTyping, "--------"},
		{"wrong PIN", "L2580E2580E+L1111E", hardtoken.SayWrong, "WRONG 4"},
		{"a slip costs no try", "L2580E2580E+L1111E11EL1112E", hardtoken.SayWrong, "WRONG 3"},
		{"right PIN clears the tries", "L2580E2580E+L1111EL2580E+L1111E", hardtoken.SayWrong, "WRONG 4"},
		{"power-off does not", "L2580E2580E+L1111E+L1111E", hardtoken.SayWrong, "WRONG 3"},
		{"five wrong PINs lock", "L2580E2580E+L1111E1111E1111E1111E1111E", hardtoken.SayLocked, "LOCKED"},
		{"locked stays locked", "L2580E2580E+L1111E1111E1111E1111E1111E+L2580", hardtoken.SayLocked, "LOCKED"},
		{"the PIN does not unlock", "L2580E2580E+L1111E1111E1111E1111E1111E+LE2580E", hardtoken.SayShort, "SHORT"},
		{"nor do its counters", "L2580E2580E+L1111E1111E1111E1111E1111E+I", hardtoken.SayLocked, "LOCKED"},
		{"off after a minute", "L2580E2580E+", "", ""},
		{"a key it does not have", "BR", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tok, w := take(t, "k200", key20)
			for part := range strings.SplitSeq(c.keys, "+") {
				press(t, tok, part)
				w.advance(time.Minute)
			}
			w.advance(-time.Minute)
			if d := tok.Display(); d.Say != c.say || d.Text != c.text || d.On != (c.text != "") {
				t.Errorf("%s shows %+v, want %q (%s)", c.keys, d, c.text, c.say)
			}
		})
	}
}

func TestASpentBatteryShowsNothing(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "b100", key20)
	w.t = tok.Expires().Add(-24 * time.Hour)
	if d := press(t, tok, "B"); !d.Low || d.Code == "" {
		t.Errorf("a day before the end: %+v", d)
	}
	w.t = tok.Expires()
	if d := press(t, tok, "B"); d.On {
		t.Errorf("at the end: %+v", d)
	}
	if n := tok.State().Counters["login"]; n != 1 {
		t.Errorf("a dead token counted on to %d", n)
	}
}

// Over random keys and pauses on every model: the counter moves with codes
// only, no code comes before the PIN, wrong PINs lock, nothing panics, and a
// token read back from JSON goes on as if nothing had happened.
func TestAnySequenceOfKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(hardtoken.Models()).Draw(t, "model")
		w := &watch{made.AddDate(0, 1, 0)}
		tok, err := hardtoken.New(m, unit(key20), w.now)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			keys := rapid.SampledFrom([]string{
				"0", "7", "2580E", "2580E2580E", "1111E", "1111E1111E1111E1111E1111E", "12345678E", "9999999999999", "E", "C", "L", "R", "S", "I", "B", "u", "+",
			}).Draw(t, "keys")
			switch c := tok.Display().Challenge; {
			case keys == "+":
				w.advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "s")) * time.Second)
			case keys == "u" && c != "":
				keys = unlockCode(t, c) + "E"
			case keys == "u":
				keys = "E"
			}
			for _, r := range strings.TrimSuffix(keys, "+") {
				before := tok.State()
				step(t, m, tok, before, tok.Press(hardtoken.Key(r)))
			}
			tok = reborn(t, m, tok, w)
		}
	})
}

// step judges one key.
func step(t *rapid.T, m hardtoken.Model, tok *hardtoken.Token, before hardtoken.State, d hardtoken.Display) {
	after := tok.State()
	for _, f := range m.Functions {
		grown := after.Counters[f.Name] - before.Counters[f.Name]
		if grown > 1 || grown == 1 && d.Say != hardtoken.SayCode {
			t.Fatalf("%s counted by %d at %+v", f.Name, grown, d)
		}
	}
	if d.Say == hardtoken.SayCode && m.PIN == hardtoken.DevicePIN && (after.PIN == nil || !after.Unlocked) {
		t.Fatalf("a code without PIN: %+v", d)
	}
	stepLock(t, m, before, after, d)
	typing := after.Phase == hardtoken.NewPIN || after.Phase == hardtoken.RepeatPIN || after.Phase == hardtoken.AskPIN
	if typing && (d.Open != "" || strings.ContainsAny(d.Text, "0123456789") && d.Say != hardtoken.SayWrong) {
		t.Fatalf("a PIN can be read: %+v", d)
	}
	if len(d.Text) > hardtoken.Width || strings.Trim(d.Text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789- ") != "" {
		t.Fatalf("the display cannot show %q", d.Text)
	}
}

// stepLock judges what a key did to the lock: only the right code leads out.
func stepLock(t *rapid.T, m hardtoken.Model, before, after hardtoken.State, d hardtoken.Display) {
	if m.PIN == hardtoken.DevicePIN && after.Locked != (after.Tries >= m.MaxTries) {
		t.Fatalf("%d tries and locked = %v", after.Tries, after.Locked)
	}
	switch {
	case after.Challenges < before.Challenges || after.Challenges > before.Challenges+1:
		t.Fatalf("%d challenges after %d", after.Challenges, before.Challenges)
	case after.Challenges > before.Challenges && before.Locked && d.Say != hardtoken.SayRenewed:
		t.Fatalf("another challenge at %+v", d)
	case after.Challenges > before.Challenges && !before.Locked && !after.Locked:
		t.Fatalf("a challenge without a lock at %+v", d)
	case before.Locked && !after.Locked && (d.Say != hardtoken.SayNewPIN || after.PIN != nil || before.Phase != hardtoken.Unlock):
		t.Fatalf("unlocked at %+v", d)
	case after.Locked && d.On && after.Phase != hardtoken.Locked && after.Phase != hardtoken.Unlock:
		t.Fatalf("a locked token shows %+v", d)
	}
}

// reborn is the token after its state went through JSON.
func reborn(t *rapid.T, m hardtoken.Model, tok *hardtoken.Token, w *watch) *hardtoken.Token {
	data, err := json.Marshal(tok)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), key20) {
		t.Fatal("the state holds the key")
	}
	again, err := hardtoken.New(m, unit(key20), w.now)
	if err == nil {
		err = again.Restore(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	if again.Display() != tok.Display() {
		t.Fatalf("read back it shows %+v, before %+v", again.Display(), tok.Display())
	}
	return again
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		`x`, `{"function":1}`, `{"function":-1}`, `{"phase":"open"}`, `{"phase":"ask"}`, `{"tries":-1}`,
		`{"typed":"12a"}`, `{"typed":"1234567890"}`, `{"phase":"show","code":"1234567890"}`, `{"phase":"entry"}`, `{"phase":"unlock"}`,
		`{"page":9}`, `{"page":-1}`, `{"wrong_codes":3}`, `{"wrong_codes":-1}`, `{"entries":["1"]}`,
	} {
		tok, _ := take(t, "k200", key20)
		if err := tok.Restore([]byte(s)); err == nil {
			t.Errorf("%s was taken", s)
		}
	}
}

func TestRestoreRefusesDataThatCannotBeTyped(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		`{"phase":"entry","function":2}`:                                                           true,
		`{"phase":"entry","function":2,"entries":["1","2"],"typed":"3"}`:                           true,
		`{"phase":"entry","function":2,"entries":["1x"]}`:                                          false,
		`{"phase":"entry","function":2,"entries":[""]}`:                                            false,
		`{"phase":"entry","function":2,"entries":["1","1","1","1","1","1","1","1","1"]}`:           false,
		`{"phase":"entry","function":2,"entries":["1"],"typed":"` + strings.Repeat("1", 59) + `"}`: false,
		`{"phase":"ask","function":2}`:                                                             false,
		`{"phase":"unlock","locked":true}`:                                                         true,
	} {
		tok, _ := take(t, "k300", key20)
		if err := tok.Restore([]byte(s)); (err == nil) != ok {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"counters":{"login":3},"phase":"ask_pin","typed":"25","last":"2026-02-05T09:00:00Z"}`), "80E")
	f.Add([]byte(`{"phase":"entry","function":2,"entries":["12"],"typed":"3","last":"2026-02-05T09:00:00Z"}`), "4EES9IC")
	f.Add([]byte(`{"phase":"unlock","locked":true,"challenges":18446744073709551615,"wrong_codes":2,"last":"2026-02-05T09:00:00Z"}`), "12345678ECEI")
	f.Add([]byte(`{"phase":"show","counters":null,"last":"2026-02-05T09:00:00Z"}`), "LRC")
	f.Fuzz(func(t *testing.T, state []byte, keys string) {
		tok, _ := take(t, "k300", key20)
		if tok.Restore(state) != nil {
			return
		}
		for _, r := range []byte(keys) {
			if d := tok.Press(hardtoken.Key(r)); len(d.Text) > hardtoken.Width {
				t.Fatalf("the display cannot show %q", d.Text)
			}
		}
	})
}
