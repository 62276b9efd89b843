//go:build browser

package webapp_test

import (
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// kinds of keys, by name. Lengths of K_TOKEN are 20, 32 and 64 octets.
func kinds() map[string]pskc.Key {
	response := &pskc.ResponseFormat{Encoding: "DECIMAL", Length: 8}
	return map[string]pskc.Key{
		"HOTP":        {Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Issuer: "Example Bank", Response: response, Counter: pskc.Some(7)},
		"TOTP SHA256": {Algorithm: pskc.AlgorithmTOTP, Profile: pskc.ProfileTOTP, Issuer: "Example Bank", Hash: pskc.SHA256, Response: response, Interval: pskc.Some(60)},
		"TOTP SHA512": {Algorithm: pskc.AlgorithmTOTP, Profile: pskc.ProfileTOTP, Issuer: "Example Bank", Hash: pskc.SHA512, Response: response},
		"OCRA":        {Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Issuer: "Example Bank", Suite: "OCRA-1:HOTP-SHA256-8:C-QA32", Counter: pskc.Some(0)},
	}
}

func methods() []string { return []string{"server", "shared", "transport", "wrap", "passphrase"} }

// everyVariant is every method with every kind of key and both pseudo-random functions, and
// with a key that is replaced.
func (d *desk) everyVariant(t *testing.T, plain scene) (out []scene) {
	t.Helper()
	for _, method := range methods() {
		for kind, key := range kinds() {
			for _, prf := range []string{dskpp.PRFSHA256, dskpp.PRFAES} {
				s := plain
				s.Method, s.PRF, s.KeyType = method, prf, key.Algorithm
				s.Name = method + ", " + kind + ", " + prf
				out = append(out, d.issue(t, s, key, nil))
				s.Name, s.OldID = s.Name+", replacing", "old"
				out = append(out, d.issue(t, s, key, nil))
			}
		}
	}
	return out
}

// everyTrouble is what can happen on the way, with every method.
func (d *desk) everyTrouble(t *testing.T, plain scene) (out []scene) {
	t.Helper()
	for _, method := range methods() {
		for _, old := range []string{"", "old"} {
			for _, trouble := range []string{"lost", "closed", "tampered"} {
				out = append(out, d.trouble(t, plain, method, old, trouble))
			}
		}
		for _, trouble := range []string{"no-echo", "overwriting", "other-algorithm"} {
			out = append(out, d.trouble(t, plain, method, "", trouble))
		}
		out = append(out, d.trouble(t, plain, method, "old", "no-proof"))
	}
	for _, method := range []string{"server", "shared"} {
		for _, trouble := range []string{"changed-nonce", "with-secret", "other-session"} {
			out = append(out, d.trouble(t, plain, method, "", trouble), d.trouble(t, plain, method, "old", trouble))
		}
	}
	for _, method := range []string{"transport", "wrap", "passphrase"} {
		out = append(out, d.trouble(t, plain, method, "", "other-method"))
	}
	out = append(out, d.trouble(t, plain, "shared", "", "other-name"), d.trouble(t, plain, "wrap", "", "other-name"))
	out = append(out, d.trouble(t, plain, "server", "", "foreign-key"))
	return out
}

func (d *desk) trouble(t *testing.T, s scene, method, old, trouble string) scene {
	t.Helper()
	s.Method, s.OldID, s.Trouble = method, old, trouble
	s.Name = method + ": " + trouble
	if old != "" {
		s.Name += ", replacing"
	}
	return d.issue(t, s, kinds()["HOTP"], nil)
}

// everyRefusal is what a server may not agree to, with every method.
func (d *desk) everyRefusal(t *testing.T, plain scene) (out []scene) {
	t.Helper()
	state := func(state dskpp.ActivationState) func(*issue) {
		return func(i *issue) { i.activation.State = state }
	}
	for _, method := range methods() {
		plain.Method = method
		refused := func(status dskpp.Status, change func(*issue)) {
			s := plain
			s.Refusal, s.Name = string(status), method+": "+string(status)
			out = append(out, d.issue(t, s, kinds()["HOTP"], change))
		}
		refused(dskpp.AuthenticationDataInvalid, func(i *issue) { i.activation.Password = "00" + i.activation.Password[2:] + "0" })
		refused(dskpp.AuthenticationDataInvalid, state(dskpp.Used))
		refused(dskpp.AuthenticationDataInvalid, state(dskpp.Locked))
		refused(dskpp.ProvisioningPeriodExpired, state(dskpp.Expired))
		refused(dskpp.InitializationFailed, func(i *issue) { i.failures = 2 })
		s := plain
		s.Name = method + ": once more after InitializationFailed"
		out = append(out, d.issue(t, s, kinds()["HOTP"], func(i *issue) { i.failures = 1 }))
		s.Name, s.KeyType, s.Refusal = method+": NoSupportedKeyTypes", "urn:example:unknown", string(dskpp.NoSupportedKeyTypes)
		out = append(out, d.issue(t, s, kinds()["HOTP"], nil))
	}
	return out
}

// TestTokenAgainstTheEngine runs the client in Chromium against the engine of package dskpp
// over HTTP.
func TestTokenAgainstTheEngine(t *testing.T) {
	d := newDesk(t)
	mux := http.NewServeMux()
	mux.Handle("POST /dskpp", d)
	mux.HandleFunc("POST /check", d.check)
	count := 0
	url, results := stage(t, mux, policy, func(url string) material {
		d.server.URL = url + "/dskpp"
		plain := scene{URL: d.server.URL, Check: url + "/check", KeyType: pskc.AlgorithmHOTP}
		scenes := append(d.everyVariant(t, plain), d.everyTrouble(t, plain)...)
		scenes = append(scenes, d.everyRefusal(t, plain)...)
		count = len(scenes)
		return material{Scenes: scenes}
	})
	perform(t, url, results, count)
	t.Logf("%d scenes", count)
}
