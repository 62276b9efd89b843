package hardtoken_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/oath"
)

// The keys of the RFCs' vectors.
const (
	key20 = "12345678901234567890"
	key32 = "12345678901234567890123456789012"
)

var made = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// watch is the true time of a test.
type watch struct{ t time.Time }

func (w *watch) now() time.Time          { return w.t }
func (w *watch) advance(d time.Duration) { w.t = w.t.Add(d) }

func unit(key string, names ...string) hardtoken.Unit {
	u := hardtoken.Unit{Serial: "CS-1", Made: made, Expires: made.AddDate(5, 0, 0), Secrets: map[string][]byte{}}
	for _, n := range append(names, "login", "respond", "sign") {
		u.Secrets[n] = []byte(key)
	}
	u.Secrets[hardtoken.UnlockSecret] = []byte(unlockKey)
	return u
}

func take(t *testing.T, id, key string) (*hardtoken.Token, *watch) {
	t.Helper()
	m, ok := hardtoken.ModelByID(id)
	if !ok {
		t.Fatalf("there is no model %s", id)
	}
	w := &watch{made.AddDate(0, 1, 0)}
	tok, err := hardtoken.New(m, unit(key), w.now)
	if err != nil {
		t.Fatal(err)
	}
	return tok, w
}

// press presses the keys one by one and returns the last display.
func press(t *testing.T, tok *hardtoken.Token, keys string) (d hardtoken.Display) {
	t.Helper()
	for _, r := range keys {
		k, err := hardtoken.ParseKey(string(r))
		if err != nil {
			t.Fatal(err)
		}
		d = tok.Press(k)
	}
	return d
}

// RFC 4226, appendix D, by pressing the button.
func TestEachPressOfAButtonIsTheNextEvent(t *testing.T) {
	t.Parallel()
	tok, _ := take(t, "b100", key20)
	for i, want := range []string{"755224", "287082", "359152", "969429", "338314"} {
		d := press(t, tok, "B")
		if d.Code != want || d.Text != want[:3]+" "+want[3:] || !d.On {
			t.Errorf("press %d shows %+v, want %s", i, d, want)
		}
	}
	if n := tok.State().Counters["login"]; n != 5 {
		t.Errorf("the counter is %d after 5 presses", n)
	}
}

func TestTimeBasedCodesFollowTheTokensOwnClock(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "b110", key20)
	server, err := oath.NewTOTP([]byte(key20), oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	code := func(at time.Time) string {
		c, err := server.Code(at)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if got, want := press(t, tok, "B").Code, code(w.t); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.advance(20 * time.Second)
	if got, want := tok.Display().Code, code(w.t); got != want {
		t.Errorf("20 s later: got %s, want %s", got, want)
	}
	tok.Shift(-95 * time.Second)
	if got, want := press(t, tok, "B").Code, code(w.t.Add(-95*time.Second)); got != want {
		t.Errorf("behind by 95 s: got %s, want %s", got, want)
	}
	tok.SetDrift(20)
	w.advance(100 * 24 * time.Hour) // 20 ppm of 100 days are 172.8 s
	if got, want := tok.Clock(), w.t.Add(-95*time.Second+172800*time.Millisecond); !got.Equal(want) {
		t.Errorf("after 100 days the clock shows %v, want %v", got, want)
	}
	if got, want := press(t, tok, "B").Code, code(tok.Clock()); got != want {
		t.Errorf("drifted: got %s, want %s", got, want)
	}
}

func TestBarsCountDownTheTimeOfACode(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "b110", key20) // the watch starts at a full step
	if d := press(t, tok, "B"); d.Bars != 6 {
		t.Errorf("at the start %d bars", d.Bars)
	}
	w.advance(24 * time.Second)
	if d := tok.Display(); d.Bars != 2 {
		t.Errorf("after 24 s %d bars", d.Bars)
	}
}

// RFC 6287, appendix C: one-way challenge response with SHA-1.
func TestChallengeResponse(t *testing.T) {
	t.Parallel()
	tok, _ := take(t, "k300", key20)
	press(t, tok, "R2580E2580E")
	for q, want := range map[string]string{"00000000": "237653", "11111111": "243178", "99999999": "294470"} {
		if d := press(t, tok, "R"+q+"E"); d.Code != want {
			t.Errorf("%s shows %+v, want %s", q, d, want)
		}
	}
	if d := press(t, tok, "R12E"); d.Say != hardtoken.SayShort {
		t.Errorf("two digits are no challenge: %+v", d)
	}
}

// RFC 6287, appendix C: OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1, PIN 1234.
func TestAPINThatGoesIntoTheComputation(t *testing.T) {
	t.Parallel()
	tok, _ := take(t, "k310", key32)
	for i, want := range []string{"65347737", "86775851", "78192410"} {
		if d := press(t, tok, "R1234E12345678E"); d.Code != want {
			t.Errorf("counter %d shows %+v, want %s", i, d, want)
		}
	}
	d := press(t, tok, "R1235E12345678E")
	if d.Say != hardtoken.SayCode || d.Code == "71565254" {
		t.Errorf("a wrong PIN must give a wrong code without a word: %+v", d)
	}
}

func TestNewRefusesWhatCannotBeBuilt(t *testing.T) {
	t.Parallel()
	good, _ := hardtoken.ModelByID("k300")
	for name, change := range map[string]func(*hardtoken.Model, *hardtoken.Unit){
		"no function":       func(m *hardtoken.Model, _ *hardtoken.Unit) { m.Functions = nil },
		"no secret":         func(_ *hardtoken.Model, u *hardtoken.Unit) { delete(u.Secrets, "respond") },
		"PIN too short":     func(m *hardtoken.Model, _ *hardtoken.Unit) { m.MinPIN = 3 },
		"never off":         func(m *hardtoken.Model, _ *hardtoken.Unit) { m.PowerOff = 0 },
		"code too long":     func(m *hardtoken.Model, _ *hardtoken.Unit) { m.Functions[0].Digits = 10 },
		"letters to type":   func(m *hardtoken.Model, _ *hardtoken.Unit) { m.Functions[1].Suite = "OCRA-1:HOTP-SHA1-6:QA08" },
		"PIN in suite only": func(m *hardtoken.Model, _ *hardtoken.Unit) { m.Functions[1].Suite = "OCRA-1:HOTP-SHA1-6:QN08-PSHA1" },
		"malformed suite":   func(m *hardtoken.Model, _ *hardtoken.Unit) { m.Functions[1].Suite = "OCRA-1:HOTP-SHA1-6" },
		"unknown PIN rule":  func(m *hardtoken.Model, _ *hardtoken.Unit) { m.PIN = "" },
		"unknown algorithm": func(m *hardtoken.Model, _ *hardtoken.Unit) { m.Functions[0].Algorithm = "motp" },
		"challenge, no keys": func(m *hardtoken.Model, _ *hardtoken.Unit) {
			m.PIN, m.Functions[0].Key = hardtoken.NoPIN, hardtoken.Button
		},
	} {
		m, u := good, unit(key20)
		m.Functions = append([]hardtoken.Function(nil), good.Functions...)
		change(&m, &u)
		if _, err := hardtoken.New(m, u, time.Now); err == nil {
			t.Errorf("%s: built", name)
		}
	}
	for _, m := range hardtoken.Models() {
		if _, err := hardtoken.New(m, unit(key20), time.Now); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
	}
}
