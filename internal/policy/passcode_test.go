package policy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/policy"
)

// texting is a document of a bank that sends codes by text message.
const texting = `policies:
  - {code: pw, method: password, failures: {max: 5, cool_down: 15m}}
  - {code: sms, method: passcode, failures: {max: 5, cool_down: 15m}, passcode: {digits: 6, ttl: 5m, resend: 30s, codes: 5, requests: 10, parts: 3}}
  - {code: pay, method: passcode, use: sign, failures: {max: 5, cool_down: 15m}, passcode: {digits: 8, ttl: 10m, resend: 1m, codes: 3, requests: 9, parts: 4}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[pw], [sms]]}
  - {purpose: payment, channel: web, ttl: 10m, sca: true, steps: [[pw], [pay]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
sms: {host: bank.example, region: "NO", countries: ["NO", "DE"], prefix_digits: 5, hold: 24h, number: 10, source: 60, prefix: 500, hour: 1000, day: 9000, conversion: {sent: 100, alarm: 40, cut_off: 15, pause: 6h}}
`

func TestTexts(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(texting))
	if err != nil {
		t.Fatal(err)
	}
	all := s.Passcodes()
	if len(all) != 2 || all[0].Passcode != (policy.Passcode{Digits: 6, TTL: 5 * time.Minute, Resend: 30 * time.Second, Codes: 5, Requests: 10, Parts: 3}) {
		t.Errorf("%+v", all)
	}
	if !s.SMS.Allows("DE") || s.SMS.Allows("US") || s.SMS.Allows("") {
		t.Errorf("%+v", s.SMS)
	}
	doc, err := s.Format()
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	if changes, err := policy.Diff(s, again); err != nil || len(changes) > 0 {
		t.Error(err, changes)
	}
	again.SMS.Hour, again.Policies[1].Passcode.TTL = 7, time.Minute
	changes, err := policy.Diff(s, again)
	if want := []policy.Change{{"policies[sms].passcode.ttl", "5m0s", "1m0s"}, {"sms.hour", "1000", "7"}}; err != nil || cmp.Diff(want, changes) != "" {
		t.Error(err, cmp.Diff(want, changes))
	}
}

func TestMistakesAboutTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, broken, says string }{
		{"digits: 6", "digits: 5", "policy sms: passcode.digits is 5; it must be 6 to 10"},
		{"digits: 6", "digits: 11", "policy sms: passcode.digits is 11"},
		{"ttl: 5m,", "ttl: 10m1s,", "policy sms: passcode.ttl is 10m1s; it must be 30s to 10m"},
		{"resend: 30s", "resend: 9s", "policy sms: passcode.resend is 9s; it must be 10s to 10m"},
		{"codes: 5", "codes: 0", "policy sms: passcode.codes is 0; it must be 1 to 10"},
		{"requests: 10", "requests: 101", "policy sms: passcode.requests is 101; it must be 1 to 100"},
		{"parts: 3", "parts: 1", "policy sms: passcode.parts is 1; it must be 2 to 6"},
		{"code: sms, method: passcode,", "code: sms, method: passcode, time: {skew: 1},", "policy sms: events, time, challenge and resync belong to tokens"},
		{"steps: [[pw], [sms]]", "steps: [[sms], [pw]]", "journey login on web: texts would be sent before any factor was shown"},
		{"steps: [[pw], [sms]]", "steps: [[pw, sms]]", "journey login on web: texts would be sent before any factor was shown"},
		{"host: bank.example", "host: https://bank.example", "sms: host is"},
		{"host: bank.example", "host: Bank.example", "sms: host is"},
		{"host: bank.example", "host: bank..example", "sms: host is"},
		{"host: bank.example", "host: -bank.example", "sms: host is"},
		{"host: bank.example", "host: " + strings.Repeat("b", 65), "sms: host is"},
		{"host: bank.example", `host: ""`, "sms: host is"},
		{`region: "NO"`, "region: no", "sms: region is"},
		{`countries: ["NO", "DE"]`, "countries: []", "sms: countries is empty"},
		{`countries: ["NO", "DE"]`, "countries: [Norway]", "sms: countries names"},
		{"prefix_digits: 5", "prefix_digits: 2", "sms: prefix_digits is 2; it must be 3 to 9"},
		{"hold: 24h", "hold: 169h", "sms: hold is 169h0m0s; it must be 0s to 168h"},
		{"number: 10", "number: 0", "sms: number is 0; it must be 1 to 100"},
		{"source: 60", "source: 0", "sms: source is 0"},
		{"prefix: 500", "prefix: 0", "sms: prefix is 0"},
		{"hour: 1000", "hour: 0", "sms: hour is 0"},
		{"day: 9000", "day: -1", "sms: day is -1"},
		{"sent: 100", "sent: 9", "sms: conversion.sent is 9; it must be 10 to 1000000"},
		{"alarm: 40", "alarm: 101", "sms: conversion.alarm is 101"},
		{"cut_off: 15", "cut_off: 41", "sms: conversion.cut_off is 41; it must be 0 to alarm"},
		{"pause: 6h", "pause: 9m", "sms: conversion.pause is 9m0s"},
	} {
		if !strings.Contains(texting, c.old) {
			t.Fatalf("the case %q breaks nothing", c.broken)
		}
		set, all := policy.Examine([]byte(strings.Replace(texting, c.old, c.broken, 1)))
		if set != nil || !slices.ContainsFunc(all, func(m policy.Mistake) bool { return strings.Contains(m.Text, c.says) && m.Line > 0 }) {
			t.Errorf("%s: %v; want %q with its line", c.broken, all, c.says)
		}
	}
	meant := strings.Replace(texting, "steps: [[pw], [sms]]", "texts_first: true, steps: [[sms], [pw]]", 1)
	if _, all := policy.Examine([]byte(meant)); all != nil {
		t.Errorf("texts first, as it was meant: %v", all)
	}
}

// TestEveryRuleOfTextsHasItsCase counts the checks in the source, as for the others.
func TestEveryRuleOfTextsHasItsCase(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("passcode.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`m\.check\(`).FindAll(source, -1)); n != 22 {
		t.Errorf("there are %d rules; the cases were written for 22: add those of the new ones", n)
	}
}

// texts gives the set a policy for codes by text message, or none.
func texts(t *rapid.T, s *policy.Set) {
	length := func(low, high int, name string) int { return rapid.IntRange(low, high).Draw(t, name) }
	span := func(low, high time.Duration, name string) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, name))
	}
	alarm := length(0, 100, "alarm")
	s.SMS = policy.SMS{
		Host: "bank.example", Region: rapid.SampledFrom([]string{"", "NO"}).Draw(t, "region"), Countries: []string{"NO", "DE"}, PrefixDigits: length(3, 9, "prefix"),
		Hold: span(0, 168*time.Hour, "hold"), Number: length(1, 100, "number"), Source: length(1, 1000, "source"), Prefix: length(1, 1000, "prefix"),
		Hour: length(1, 1000, "hour"), Day: length(1, 1000, "day"),
		Conversion: policy.Conversion{Sent: length(10, 1000, "sent"), Alarm: alarm, CutOff: length(0, alarm, "cut"), Pause: span(10*time.Minute, 168*time.Hour, "pause")},
	}
	if rapid.Bool().Draw(t, "texts") {
		s.Policies = append(s.Policies, policy.Policy{
			Code: "y", Method: policy.MethodPasscode, Use: policy.UseCode, Failures: s.Policies[0].Failures,
			Passcode: policy.Passcode{
				Digits: length(6, 10, "digits"), TTL: span(30*time.Second, 10*time.Minute, "ttl"), Resend: span(10*time.Second, 10*time.Minute, "resend"),
				Codes: length(1, 10, "codes"), Requests: length(1, 100, "requests"), Parts: length(2, 6, "parts"),
			},
		})
	}
}
