package apptest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// Suites of a Keypad.
const (
	signSuite   = "OCRA-1:HOTP-SHA256-8:C-QN64"
	unlockSuite = "OCRA-1:HOTP-SHA256-8:QN08"
)

// Keypad is a token that gives secure codes, signs payments and can be unlocked:
// three keys, and the counters of two of them.
type Keypad struct {
	Serial             string
	Logins, Signatures uint64 // codes shown so far
}

// Press shows the next secure code.
func (k *Keypad) Press() string {
	k.Logins++
	return k.CodeAt(k.Logins - 1)
}

// CodeAt is the secure code at a counter. It has eight digits, so that no test
// guesses one.
func (k *Keypad) CodeAt(counter uint64) string {
	otp, err := oath.NewHOTP(seed(k.Serial), oath.HOTPOptions{Digits: 8})
	if err != nil {
		panic(err)
	}
	return otp.Code(counter)
}

// Sign shows the next code for what is typed into the token.
func (k *Keypad) Sign(entries ...string) string {
	k.Signatures++
	return k.SignatureAt(k.Signatures-1, entries...)
}

// SignatureAt is the code for what was typed, at a counter. The question is what
// docs/signing.md says; it is written here once more.
func (k *Keypad) SignatureAt(counter uint64, entries ...string) string {
	question := strconv.AppendInt(nil, int64(len(entries)), 10)
	for _, e := range entries {
		question = fmt.Appendf(question, "%02d%s", len(e), e)
	}
	question = append(question, strings.Repeat("0", 64-len(question))...)
	return k.respond(signSuite, "sign", oath.Input{Question: string(question), Counter: counter})
}

// Opens is the unlock code that the token waits for when it shows a challenge.
func (k *Keypad) Opens(challenge string) string {
	return k.respond(unlockSuite, "unlock", oath.Input{Question: challenge})
}

// Challenge is one that a locked token may show: seven digits of n, and the check
// digit of ISO/IEC 7812-1.
func Challenge(n int) string {
	sum, digits := 0, fmt.Sprintf("%07d", n)
	for i, d := range digits {
		v := int(d - '0')
		if i%2 == 0 { // the last, the third last …
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}

func (k *Keypad) respond(suite, use string, in oath.Input) string {
	s, err := oath.ParseSuite(suite)
	if err != nil {
		panic(err)
	}
	o, err := oath.NewOCRA(s, seed32(k.Serial+use))
	if err != nil {
		panic(err)
	}
	code, err := o.Code(in)
	if err != nil {
		panic(err)
	}
	return code
}

// seed32 is a seed of 32 bytes.
func seed32(name string) []byte { return append(seed(name), seed(name + "2")[:12]...) }

// Texts are the entries as they are typed.
func Texts(entries []payment.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Text)
	}
	return all
}

// Keypads imports such tokens and returns them.
func (in *Installation) Keypads(t testing.TB, serials ...string) (all []*Keypad) {
	t.Helper()
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	for _, serial := range serials {
		all = append(all, &Keypad{Serial: serial})
		for _, k := range keypadKeys(serial) {
			if err == nil {
				err = w.WritePackage(&pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.ALDR", Model: "k400", SerialNo: serial}, Key: k})
			}
		}
	}
	if err == nil {
		err = w.Close()
	}
	name := filepath.Join(t.TempDir(), "keypads.xml")
	if err == nil {
		err = os.WriteFile(name, file.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	in.Must(t, "token", "import", name, "--all-or-nothing")
	return all
}

func keypadKeys(serial string) []pskc.Key {
	ocra := func(suite, use string, usage pskc.Usage) pskc.Key {
		return pskc.Key{ID: serial + use, Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: suite, Secret: pskc.NewSecret(seed32(serial + use)), Policy: pskc.Policy{Usage: usage}}
	}
	login := pskc.Key{
		ID: serial + "login", Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(seed(serial)),
		Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 8},
	}
	sign := ocra(signSuite, "sign", pskc.UseIntegrity)
	sign.Counter = pskc.Some(0)
	return []pskc.Key{login, sign, ocra(unlockSuite, "unlock", pskc.UseUnlock)}
}
