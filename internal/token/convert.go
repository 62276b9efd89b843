package token

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// maxField bounds names from an import file, in bytes.
const maxField = 128

// maxCounter bounds the counter of a new key, so that it can be counted on from
// there for ever in a column of 63 bits.
const maxCounter = 1 << 62

// convert turns a key package into a key with an opened seed. The error says
// why the row is refused.
func convert(p *pskc.KeyPackage, now time.Time) (Key, error) {
	k := Key{
		KeyID: p.Key.ID, Usage: usage(p), Algorithm: Algorithm(p.Key.Profile), PINMode: pinMode(p.Key.Policy.PIN),
		Starts: p.Key.Policy.StartDate, Expires: p.Key.Policy.ExpiryDate, Drift: int(p.Key.Drift.Or(0)),
	}
	if pin := p.Key.Policy.PIN; pin != nil {
		k.PINMin = int(min(pin.MinLength.Or(0), maxPIN))
	}
	if n := p.Key.Policy.Transactions; n.Set {
		if k.MaxUses = n.Value; n.Value < 1 {
			return k, errors.New("its policy allows no use at all")
		}
	}
	if err := checkRow(p, now); err != nil {
		return k, err
	}
	return k, k.algorithm(p)
}

// checkRow refuses what no key may be.
func checkRow(p *pskc.KeyPackage, now time.Time) error {
	switch {
	case device.Serial(p.Device.SerialNo) == "":
		return errors.New("the device has no serial number")
	case p.Key.ID == "":
		return errors.New("the key has no id")
	case max(len(p.Device.SerialNo), len(p.Device.Manufacturer), len(p.Device.Model), len(p.Key.ID)) > maxField:
		return fmt.Errorf("serial number, manufacturer, model and key id may have %d bytes each", maxField)
	case p.Key.Reference != "":
		return errors.New("the key is a reference to one kept elsewhere; ask the manufacturer for a file with the keys")
	case !p.Device.ExpiryDate.IsZero() && now.After(p.Device.ExpiryDate):
		return fmt.Errorf("the device expired on %s", p.Device.ExpiryDate.Format(time.DateOnly))
	case !p.Key.Policy.ExpiryDate.IsZero() && now.After(p.Key.Policy.ExpiryDate):
		return fmt.Errorf("the key expired on %s", p.Key.Policy.ExpiryDate.Format(time.DateOnly))
	case p.Key.Response != nil && p.Key.Response.CheckDigit, p.Key.Challenge != nil && p.Key.Challenge.CheckDigit && usage(p) != UseUnlock:
		return errors.New("the device works with check digits in its codes or challenges, which cannot be used here")
	case p.Key.Challenge != nil && !p.Key.Challenge.CheckDigit && usage(p) == UseUnlock:
		return errors.New("the device shows unlock challenges without a check digit, which cannot be used here")
	case p.Key.Drift.Value < -1<<31 || p.Key.Drift.Value >= 1<<31:
		return errors.New("the time drift is out of range")
	}
	return oath.CheckKey(p.Key.Secret.Bytes())
}

// algorithm fills in what belongs to the key's family, and proves that a code
// can be computed with it.
func (k *Key) algorithm(p *pskc.KeyPackage) (err error) {
	seed := p.Key.Secret.Bytes()
	if k.Next = p.Key.Counter.Or(0); k.Next < 0 || k.Next > maxCounter {
		return errors.New("the counter is out of range")
	}
	if k.Algorithm == OCRA {
		return k.ocra(p, seed)
	}
	if k.Hash, err = oath.ParseHash(strings.ToLower(string(p.Key.Hash))); err != nil {
		return errors.New("the hash algorithm is missing or unknown")
	}
	if k.Digits = 6; p.Key.Response != nil {
		if p.Key.Response.Encoding != pskc.Decimal {
			return fmt.Errorf("responses are %s; only DECIMAL can be typed and checked", p.Key.Response.Encoding)
		}
		k.Digits = p.Key.Response.Length
	}
	if k.PINMode == PINAlgorithmic {
		return errors.New("a PIN that enters the computation is possible with OCRA only")
	}
	switch k.Algorithm {
	case HOTP:
		_, err = oath.NewHOTP(seed, oath.HOTPOptions{Hash: k.Hash, Digits: k.Digits})
	case TOTP:
		k.Next = 0 // of steps, none is spent
		k.Step = time.Duration(p.Key.Interval.Or(30)) * time.Second
		if k.Step < time.Second || k.Step > time.Hour {
			return fmt.Errorf("the time step is %s; it must be 1 s to 1 h", k.Step)
		}
		_, err = oath.NewTOTP(seed, oath.TOTPOptions{Hash: k.Hash, Digits: k.Digits, Step: k.Step})
	default:
		err = fmt.Errorf("keys for %q cannot be used", p.Key.Algorithm)
	}
	return err
}

func (k *Key) ocra(p *pskc.KeyPackage, seed []byte) error {
	s, err := oath.ParseSuite(p.Key.Suite)
	if err != nil {
		return err
	}
	switch {
	case s.Digits == 0 && k.Usage == UseCode:
		return errors.New("the suite gives the whole HMAC; nobody can type that")
	case k.Usage == UseUnlock && !unlocks(s):
		return errors.New("the suite cannot give unlock codes: it must take a decimal challenge of 6 to 16 digits and nothing else, and give 6 digits or more")
	case s.Session > 0:
		return errors.New("the suite asks for session data, which a token without connection cannot know")
	case (s.PIN != oath.NoPIN) != (k.PINMode == PINAlgorithmic):
		return errors.New("the suite and the PIN policy contradict each other: a suite with PSHA1, PSHA256 or PSHA512 needs the mode Algorithmic, and only that")
	}
	k.Suite, k.Digits = s.String(), s.Digits
	_, err = oath.NewOCRA(s, seed)
	return err
}

// questions refuses a key that could not take the challenges of the policies that
// it would serve: every customer of a policy is given challenges of one length.
func (k *Key) questions(set *policy.Set, m policy.Model) error {
	for _, code := range m.Policies {
		p, _ := set.Policy(code)
		if n := p.Challenge.Length; k.Algorithm == OCRA && k.Usage == UseCode && k.QuestionLength(n) != n {
			return fmt.Errorf("the suite cannot take the challenges of the policy %s, which have %d digits: change its challenge.length first", code, n)
		}
	}
	return nil
}

// usage says what a key is for (RFC 6030, section 5).
func usage(p *pskc.KeyPackage) Usage {
	u := p.Key.Policy.Usage
	switch {
	case u == 0 || u&(pskc.UseOTP|pskc.UseCR) != 0:
		return UseCode
	case u&pskc.UseUnlock != 0:
		return UseUnlock
	case u&(pskc.UseIntegrity|pskc.UseVerify) != 0:
		return UseSign
	}
	return ""
}

func pinMode(p *pskc.PINPolicy) PINMode {
	if p == nil {
		return PINNone
	}
	return PINMode(strings.ToLower(string(p.Mode)))
}

// deviceOf makes the device that a package belongs to; model is the policy's.
func deviceOf(p *pskc.KeyPackage, set *policy.Set) (device.Device, error) {
	m, known := set.Match(p.Device.Manufacturer, p.Device.Model)
	if !known {
		return device.Device{}, fmt.Errorf("no model in the policy fits manufacturer %q, model %q", p.Device.Manufacturer, p.Device.Model)
	}
	d := device.Device{
		Kind: device.Token, Manufacturer: p.Device.Manufacturer, Serial: device.Serial(p.Device.SerialNo), Model: m.Code,
		Status: device.Stock, Starts: p.Device.StartDate, Expires: p.Device.ExpiryDate,
	}
	if !p.Key.Policy.Usable() {
		d.Status, d.Note = device.Blocked, "its policy is not understood: "+strings.Join(p.Key.Policy.Unknown, ", ")
	}
	return d, nil
}
