package demo

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// manufacturer is the made-up maker of the demo's tokens.
const manufacturer = "oath.ALDR"

// life is how long a token's battery lasts.
const life = 4 * 365 * 24 * time.Hour

// made is one token as the factory made it.
type made struct {
	model hardtoken.Model
	unit  hardtoken.Unit
	pin   string // of models whose PIN enters the computation
	label string // whose it is
}

// factory makes tokens whose seeds are functions of a secret.
type factory struct {
	secret []byte
	at     time.Time // of production
}

// seed derives the secret of a function of a token.
func (f factory) seed(serial, function string, size int) []byte {
	m := hmac.New(sha512.New, f.secret)
	_, _ = fmt.Fprintf(m, "seed %s %s", serial, function) // a hash takes everything
	return m.Sum(nil)[:size]
}

// make makes a token of a model.
func (f factory) make(modelID, serial, label string) (made, error) {
	m, ok := hardtoken.ModelByID(modelID)
	if !ok {
		return made{}, fmt.Errorf("demo: no model %q", modelID)
	}
	t := made{model: m, label: label, unit: hardtoken.Unit{Serial: serial, Made: f.at, Expires: f.at.Add(life), Secrets: map[string][]byte{}}}
	for _, fn := range m.Functions {
		t.unit.Secrets[fn.Name] = f.seed(serial, fn.Name, hashOf(fn).Size())
	}
	if m.Unlock != "" {
		t.unit.Secrets[hardtoken.UnlockSecret] = f.seed(serial, hardtoken.UnlockSecret, suiteOf(m.Unlock).Hash.Size())
	}
	if m.PIN == hardtoken.ComputedPIN {
		sum := sha256.Sum256(f.seed(serial, "pin", 32))
		t.pin = fmt.Sprintf("%04d", 1000+int(sum[0])<<5)
	}
	return t, nil
}

func hashOf(fn hardtoken.Function) oath.Hash {
	if fn.Suite != "" {
		return suiteOf(fn.Suite).Hash
	}
	return fn.Hash
}

// suiteOf reads the suite of a model, which the emulator has checked.
func suiteOf(text string) oath.Suite {
	s, _ := oath.ParseSuite(text)
	return s
}

// box writes the tokens as the encrypted PSKC file that comes with them.
func (f factory) box(tokens []made, transportKey []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := pskc.NewWriter(&b, pskc.WriterOptions{ID: "demo-box", Key: transportKey, KeyName: "demo transport key"})
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		for _, p := range t.packages() {
			if err := w.WritePackage(p); err != nil {
				return nil, err
			}
		}
	}
	err = w.Close()
	return b.Bytes(), err
}

// packages describes a token's keys for the file.
func (t made) packages() (all []*pskc.KeyPackage) {
	device := pskc.Device{Manufacturer: manufacturer, SerialNo: t.unit.Serial, Model: t.model.ID, ExpiryDate: t.unit.Expires.UTC().Truncate(time.Second)}
	if t.pin != "" {
		all = append(all, &pskc.KeyPackage{Device: device, Key: pskc.Key{
			ID: t.keyID("pin"), Algorithm: pskc.AlgorithmPIN, Profile: pskc.ProfilePIN, Secret: pskc.NewSecret([]byte(t.pin)),
		}})
	}
	for _, fn := range t.model.Functions {
		k := pskc.Key{ID: t.keyID(fn.Name), Secret: pskc.NewSecret(t.unit.Secrets[fn.Name]), Policy: pskc.Policy{PIN: t.pinPolicy()}}
		t.algorithm(&k, fn)
		all = append(all, &pskc.KeyPackage{Device: device, Key: k})
	}
	if t.model.Unlock != "" {
		all = append(all, &pskc.KeyPackage{Device: device, Key: t.unlockKey()})
	}
	return all
}

// unlockKey describes the key of the unlock codes: no PIN protects it, for it is
// used when the PIN is lost, and its challenges end in a check digit.
func (t made) unlockKey() pskc.Key {
	s := suiteOf(t.model.Unlock)
	return pskc.Key{
		ID: t.keyID(hardtoken.UnlockSecret), Secret: pskc.NewSecret(t.unit.Secrets[hardtoken.UnlockSecret]),
		Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: t.model.Unlock, Hash: pskc.Hash(s.Hash.String()),
		Challenge: &pskc.ChallengeFormat{Encoding: pskc.Decimal, Min: s.QuestionMax, Max: s.QuestionMax, CheckDigit: true},
		Response:  &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: s.Digits},
		Policy:    pskc.Policy{Usage: pskc.UseUnlock},
	}
}

// keyID names a key: letters and digits only (RFC 6030, section 4.1).
func (t made) keyID(function string) string {
	return strings.ReplaceAll(t.unit.Serial, "-", "") + function
}

func (t made) algorithm(k *pskc.Key, fn hardtoken.Function) {
	k.Hash = pskc.Hash(hashOf(fn).String())
	k.Response = &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: fn.Digits}
	switch fn.Algorithm {
	case hardtoken.HOTP:
		k.Algorithm, k.Profile, k.Counter = pskc.AlgorithmHOTP, pskc.ProfileHOTP, pskc.Some(0)
	case hardtoken.TOTP:
		k.Algorithm, k.Profile, k.Interval = pskc.AlgorithmTOTP, pskc.ProfileTOTP, pskc.Some(30)
	case hardtoken.OCRA:
		k.Algorithm, k.Profile, k.Suite, k.Counter = pskc.AlgorithmOCRA, pskc.ProfileOCRA, fn.Suite, pskc.Some(0)
		k.Response.Length = suiteOf(fn.Suite).Digits
	}
	k.Policy.Usage = use(fn)
}

// use is what a key may be used for (RFC 6030, section 5). Integrity is that of
// data: the registry has no other name for the key of a signing function.
func use(fn hardtoken.Function) pskc.Usage {
	switch {
	case fn.Entries:
		return pskc.UseIntegrity
	case fn.Algorithm == hardtoken.OCRA:
		return pskc.UseCR
	}
	return pskc.UseOTP
}

func (t made) pinPolicy() *pskc.PINPolicy {
	switch {
	case t.model.PIN == hardtoken.ComputedPIN:
		return &pskc.PINPolicy{KeyID: t.keyID("pin"), Mode: pskc.PINAlgorithmic}
	case t.model.PIN == hardtoken.DevicePIN:
		return &pskc.PINPolicy{Mode: pskc.PINLocal, MinLength: pskc.Some(int64(t.model.MinPIN)), MaxLength: pskc.Some(int64(t.model.MaxPIN))}
	case t.model.ServerPIN == hardtoken.Before:
		return &pskc.PINPolicy{Mode: pskc.PINPrepend}
	case t.model.ServerPIN == hardtoken.After:
		return &pskc.PINPolicy{Mode: pskc.PINAppend}
	}
	return nil
}
