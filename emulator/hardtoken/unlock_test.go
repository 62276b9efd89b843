package hardtoken_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/oath"
)

const unlockSuite = "OCRA-1:HOTP-SHA256-8:QN08"

// unlockKey is the unlock key of every unit in these tests.
const unlockKey = key32

// unlockCode is what a server answers to a challenge.
func unlockCode(t rapid.TB, challenge string) string {
	t.Helper()
	s, err := oath.ParseSuite(unlockSuite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(s, []byte(unlockKey))
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Code(oath.Input{Question: challenge})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrongCode is another code.
func wrongCode(t testing.TB, challenge string) string {
	code := []byte(unlockCode(t, challenge))
	code[7] = '0' + (code[7]-'0'+1)%10
	return string(code)
}

// The vectors of the rule, which the server's tests have too.
func TestUnlockCodesOfKnownChallenges(t *testing.T) {
	t.Parallel()
	for challenge, want := range map[string]string{"12345674": "61461836", "00000018": "78574784"} {
		if got := unlockCode(t, challenge); got != want || !luhnValid(challenge) {
			t.Errorf("%s: %s, want %s", challenge, got, want)
		}
	}
}

// luhnValid adds up a number with its check digit, as the other side does.
func luhnValid(s string) bool {
	sum := 0
	for i, r := range s {
		d := int(r - '0')
		if (len(s)-i)%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

const lockIt = "L2580E2580E+L1111E1111E1111E1111E1111E"

// F-4.4: from the lock to the next login.
func TestUnlock(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "k200", key20)
	play(t, tok, w, lockIt)
	if d := tok.Display(); d.Say != hardtoken.SayLocked || !d.Locked || d.Challenge != "" {
		t.Fatalf("locked it shows %+v", d)
	}
	d := press(t, tok, "E")
	first := d.Challenge
	if d.Say != hardtoken.SayUnlock || !luhnValid(first) || len(first) != 8 || d.Text != first[:4]+" "+first[4:] {
		t.Fatalf("after OK it shows %+v", d)
	}
	before := tok.State()
	play(t, tok, w, "+LE") // power off and on
	if d := tok.Display(); d.Challenge != first {
		t.Errorf("after power-off the challenge is %s, before it was %s", d.Challenge, first)
	}
	if d := press(t, tok, unlockCode(t, first)); d.Text != unlockCode(t, first) || d.Say != hardtoken.SayTypingOpen {
		t.Errorf("the code is typed blindly: %+v", d)
	}
	if d := press(t, tok, "E"); d.Say != hardtoken.SayNewPIN || d.Locked {
		t.Fatalf("the right code leads to %+v", d)
	}
	if d := press(t, tok, "1973E1973E"); d.Say != hardtoken.SayReady {
		t.Errorf("with the new PIN it shows %+v", d)
	}
	after := tok.State()
	if after.Counters["login"] != before.Counters["login"] || after.Clock != before.Clock || after.Tries != 0 {
		t.Errorf("unlocking changed %+v to %+v", before, after)
	}
	if d := press(t, tok, "L"); d.Code != "287082" {
		t.Errorf("the next code is %+v", d)
	}
	play(t, tok, w, "+L2580E")
	if d := tok.Display(); d.Say != hardtoken.SayWrong {
		t.Errorf("the old PIN: %+v", d)
	}
	if d := press(t, tok, "1973E"); d.Code != "359152" {
		t.Errorf("the new PIN: %+v", d)
	}
	play(t, tok, w, "+L1111E1111E1111E1111E1111EE")
	if second := tok.Display().Challenge; second == first || !luhnValid(second) {
		t.Errorf("the second lock shows %s after %s", second, first)
	}
}

// A new PIN that was not chosen before the power went is chosen the next time.
func TestUnlockedAndSwitchedOff(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "k200", key20)
	play(t, tok, w, lockIt+"Eu+L")
	if d := tok.Display(); d.Say != hardtoken.SayNewPIN {
		t.Errorf("shows %+v", d)
	}
	if d := press(t, tok, "1973E1973E"); d.Code != "287082" {
		t.Errorf("shows %+v", d)
	}
}

func TestWrongUnlockCodes(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "k200", key20)
	play(t, tok, w, lockIt+"E")
	first := tok.Display().Challenge
	wrong := wrongCode(t, first) + "E"
	if d := press(t, tok, "1234E"); d.Say != hardtoken.SayShort {
		t.Errorf("a slip: %+v", d)
	}
	for left := 2; left > 0; left-- {
		d := press(t, tok, wrong)
		if d.Say != hardtoken.SayWrongCode || d.Left != left || !d.Locked {
			t.Errorf("%d left: %+v", left, d)
		}
		play(t, tok, w, "+LE") // does not give the tries back
	}
	d := press(t, tok, wrong)
	if d.Say != hardtoken.SayRenewed || d.Text != "CHANGED" {
		t.Errorf("the third: %+v", d)
	}
	second := press(t, tok, "C").Challenge
	if second == first || !luhnValid(second) {
		t.Errorf("the new challenge is %s after %s", second, first)
	}
	if d := press(t, tok, unlockCode(t, first)+"E"); d.Say != hardtoken.SayWrongCode || d.Left != 2 {
		t.Errorf("the code of the old challenge: %+v", d)
	}
	if d := press(t, tok, unlockCode(t, second)+"E"); d.Say != hardtoken.SayNewPIN {
		t.Errorf("the code of the new one: %+v", d)
	}
}

// Each lock has a number of its own: a server answers a number once, ever.
func TestNoChallengeComesTwice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	tok, w := take(t, "k200", key20)
	play(t, tok, w, lockIt+"E")
	const many = 2000
	for i := range many {
		s := tok.State()
		s.Challenges = uint64(i)
		data, err := json.Marshal(s)
		if err == nil {
			err = tok.Restore(data)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := tok.Display().Challenge
		if seen[c] || !luhnValid(c) || len(c) != 8 || strings.Trim(c, "0") == "" {
			t.Fatalf("the %d. challenge is %q", i, c)
		}
		seen[c] = true
	}
}

func TestAModelWithoutUnlockKeyStaysLocked(t *testing.T) {
	t.Parallel()
	m, _ := hardtoken.ModelByID("k200")
	m.Unlock = ""
	w := &watch{made}
	tok, err := hardtoken.New(m, unit(key20), w.now)
	if err != nil {
		t.Fatal(err)
	}
	play(t, tok, w, lockIt+"E")
	if d := press(t, tok, "12345678E"); d.Say != hardtoken.SayLocked {
		t.Errorf("shows %+v", d)
	}
}

func TestUnlockKeysThatCannotBeBuilt(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{
		"x", "OCRA-1:HOTP-SHA256-8:C-QN08", "OCRA-1:HOTP-SHA256-8:QA08", "OCRA-1:HOTP-SHA256-8:QN10", "OCRA-1:HOTP-SHA256-8:QN05",
		"OCRA-1:HOTP-SHA256-5:QN08", "OCRA-1:HOTP-SHA256-9:QN08", "OCRA-1:HOTP-SHA256-8:QN08-PSHA1", "OCRA-1:HOTP-SHA256-8:QN08-T1M",
	} {
		m, _ := hardtoken.ModelByID("k200")
		m.Unlock = suite
		if _, err := hardtoken.New(m, unit(key20), time.Now); err == nil {
			t.Errorf("%s: built", suite)
		}
	}
	m, _ := hardtoken.ModelByID("k310")
	if m.Unlock = unlockSuite; m.PIN != hardtoken.ComputedPIN {
		t.Fatal("k310 is another model now")
	}
	if _, err := hardtoken.New(m, unit(key20), time.Now); err == nil {
		t.Error("a model that never locks has an unlock key")
	}
	m, _ = hardtoken.ModelByID("k200")
	u := unit(key20)
	delete(u.Secrets, hardtoken.UnlockSecret)
	if _, err := hardtoken.New(m, u, time.Now); err == nil {
		t.Error("built without its unlock key")
	}
}
