package hardtoken_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/oath"
)

// signature is what a server expects for the question of a signature.
func signature(t testing.TB, suite, key, question, pin string, counter uint64) string {
	t.Helper()
	s, err := oath.ParseSuite(suite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewSignature(s, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Code(oath.Input{Counter: counter, Question: question, PIN: s.HashPIN(pin)})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// The question of the example, written out by hand: three data of 25, 5 and 3
// digits, filled up to 64.
const threeData = "3" + "25" + "1131489370400440532013000" + "05" + "12345" + "03" + "978" + "000000000000000000000000"

// F-4.3.3–5: the customer types the data of a payment and reads the code.
func TestSignaturesOfWhatIsTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ model, suite, key, pin string }{
		{"k300", "OCRA-1:HOTP-SHA1-8:C-QN64", key20, "2580E2580E"},
		{"k310", "OCRA-1:HOTP-SHA256-8:C-QN64-PSHA1", key32, "1234E"},
		{"k400", "OCRA-1:HOTP-SHA256-8:C-QN64", key32, "2580E2580E"},
	} {
		t.Run(c.model, func(t *testing.T) {
			t.Parallel()
			tok, _ := take(t, c.model, c.key)
			pin := c.pin
			for counter := range uint64(3) {
				press(t, tok, "S"+pin)
				d := press(t, tok, "1131489370400440532013000E12345E978EE")
				if want := signature(t, c.suite, c.key, threeData, "1234", counter); d.Code != want {
					t.Errorf("counter %d shows %+v, want %s", counter, d, want)
				}
				if c.model != "k310" {
					pin = "" // known until the power goes off
				}
			}
			d := press(t, tok, "S"+pin+"1131489370400440532013000E12346E978EE")
			if d.Say != hardtoken.SayCode || d.Code == signature(t, c.suite, c.key, threeData, "1234", 3) {
				t.Errorf("another amount shows %+v", d)
			}
		})
	}
}

// The counter of the signatures is not that of the answers or of the logins.
func TestEachFunctionCountsForItself(t *testing.T) {
	t.Parallel()
	tok, _ := take(t, "k310", key32)
	press(t, tok, "S1234E1EE") // one datum "1"
	press(t, tok, "S1234E1EE")
	press(t, tok, "R1234E12345678E")
	if c := tok.State().Counters; c["sign"] != 2 || c["respond"] != 1 {
		t.Errorf("the counters are %v", c)
	}
}

func TestTypingData(t *testing.T) {
	t.Parallel()
	const on = "L2580E2580ES"
	sixty := strings.Repeat("1234567890", 6)
	for _, c := range []struct {
		name, keys string
		say        hardtoken.Saying
		text       string
		entry      int
	}{
		{"the first", on, hardtoken.SayData, "DATA 1", 1},
		{"nothing typed", on + "E", hardtoken.SayData, "DATA 1", 1},
		{"as it is typed", on + "12345", hardtoken.SayTypingOpen, "12345", 1},
		{"the last nine digits", on + "1234567890123", hardtoken.SayTypingOpen, "567890123", 1},
		{"the second", on + "12345E", hardtoken.SayData, "DATA 2", 2},
		{"a zero counts", on + "0E", hardtoken.SayData, "DATA 2", 2},
		{"clear goes back", on + "12345E67E89CCC", hardtoken.SayTypingOpen, "67", 2},
		{"and further", on + "12345ECCCCCC", hardtoken.SayData, "DATA 1", 1},
		{"and off", on + "12345ECCCCCCC", "", "", 0},
		{"63 digits do not fit", on + sixty + "12", hardtoken.SayTooLong, "TOO LONG", 1},
		{"61 digits fit", on + sixty + "1E", hardtoken.SayData, "DATA 2", 2},
		{"and nothing more", on + sixty + "1E1", hardtoken.SayTooLong, "TOO LONG", 2},
		{"too long, go on", on + sixty + "12C", hardtoken.SayData, "DATA 1", 1},
		{"too long, another", on + "12E" + sixty + "99E", hardtoken.SayData, "DATA 3", 3},
		{"nine", on + "1E2E3E4E5E6E7E8E9E", hardtoken.SayCode, "", 0},
		{"eight", on + "1E2E3E4E5E6E7E8E", hardtoken.SayData, "DATA 9", 9},
		{"another function forgets them", on + "1EL", hardtoken.SayCode, "", 0},
		{"and begins anew", on + "1ES", hardtoken.SayData, "DATA 1", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tok, _ := take(t, "k400", key32)
			d := press(t, tok, c.keys)
			if d.Say != c.say || d.Entry != c.entry || c.text != "" && d.Text != c.text {
				t.Errorf("shows %+v, want %q (%s) at %d", d, c.text, c.say, c.entry)
			}
		})
	}
}

// Two different payments never make one question. The test writes down the rule
// in its own way; a token and a server that agree with it agree with each other.
func TestTheQuestionTellsDataApart(t *testing.T) {
	t.Parallel()
	suite := "OCRA-1:HOTP-SHA256-8:C-QN64"
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.StringMatching(`[0-9]{1,12}`), 1, 4).Draw(t, "data")
		var tail strings.Builder
		for _, e := range data {
			fmt.Fprintf(&tail, "%d%d%s", len(e)/10, len(e)%10, e)
		}
		question := fmt.Sprintf("%d%s", len(data), tail.String())
		question += strings.Repeat("0", 64-len(question))
		if before, ok := seen[question]; ok && before != strings.Join(data, " ") {
			t.Fatalf("%v and %v make the same question", before, data)
		}
		seen[question] = strings.Join(data, " ")

		m, _ := hardtoken.ModelByID("k400")
		tok, err := hardtoken.New(m, unit(key32), (&watch{made}).now)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range "S2580E2580E" + strings.Join(data, "E") + "EE" {
			tok.Press(hardtoken.Key(k))
		}
		s, _ := oath.ParseSuite(suite)
		o, err := oath.NewSignature(s, []byte(key32))
		if err != nil {
			t.Fatal(err)
		}
		if want, err := o.Code(oath.Input{Question: question}); err != nil || tok.Display().Code != want {
			t.Fatalf("%v shows %+v, want %s (%v)", data, tok.Display(), want, err)
		}
	})
}
