package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// applicationCard says what a version says of a mobile application.
func (v *visit) applicationCard(set *policy.Set, a policy.Application) policyCard {
	opens := v.t.T("console.policy.app_browser")
	if a.Scheme != "" {
		opens = v.t.T("console.policy.app_scheme", "scheme", a.Scheme)
	}
	serves := make([]string, len(a.Policies))
	for i, code := range a.Policies {
		serves[i] = policyName(set, code)
	}
	n := strconv.Itoa
	facts := []ui.Fact{
		{Name: v.t.T("console.policy.app_get"), Value: a.Download, Note: opens},
		{Name: v.t.T("console.policy.app_serves"), Value: strings.Join(serves, ", ")},
		{Name: v.t.T("console.policy.app_tokens"), Value: v.t.N("console.policy.app_tokens_text", a.Tokens)},
		{Name: v.t.T("console.policy.app_pin"), Value: v.t.T("console.policy.app_pin_text", "min", n(a.PIN.Min), "max", n(a.PIN.Max)), Note: v.t.T("console.policy.app_pin_note")},
	}
	facts = append(facts, v.keyFacts(a.Keys)...)
	facts = append(facts, v.activationFacts(a.Activation)...)
	keep, key := "console.policy.app_keep_off", "console.policy.app_key_new"
	if a.KeepSerial {
		keep = "console.policy.app_keep_on"
	}
	if a.Redistribution.SameKey {
		key = "console.policy.app_key_same"
	}
	facts = append(facts, ui.Fact{Name: v.t.T("console.policy.app_keep"), Value: v.t.T(keep)}, ui.Fact{Name: v.t.T("console.policy.app_key"), Value: v.t.T(key)})
	return policyCard{a.Name, a.Code, facts}
}

// keyFacts says what keys the tokens have.
func (v *visit) keyFacts(k policy.Keys) []ui.Fact {
	codes := ui.Fact{Name: v.t.T("console.policy.app_codes"), Value: v.t.T("console.policy.app_hotp", "digits", strconv.Itoa(k.Digits)), Note: v.t.T("console.policy.app_window", "n", strconv.Itoa(k.Window))}
	if k.Code == policy.KeyTOTP {
		codes.Value, codes.Note = v.t.T("console.policy.app_totp", "digits", strconv.Itoa(k.Digits), "span", v.t.Span(k.Step)), ""
	}
	sign := ui.Fact{Name: v.t.T("console.policy.app_sign"), Value: k.Sign, Mono: true}
	if k.Sign == "" {
		sign.Value, sign.Mono = v.t.T("console.policy.app_sign_none"), false
	}
	return []ui.Fact{codes, sign}
}

// activationFacts says how activation codes live and how they are handed over.
func (v *visit) activationFacts(a policy.Activation) []ui.Fact {
	const bits = 4 // of a hexadecimal character
	note := v.t.T("console.policy.app_activation_note", "span", v.t.Span(a.MaxLife))
	if a.MaxExtend > 0 {
		note = v.t.N("console.policy.app_extend", a.MaxExtend) + " " + note
	}
	attempts, attemptsNote := v.rule(a.Attempts)
	ways := make([]string, len(a.Ways))
	for i, w := range a.Ways {
		ways[i] = v.t.T("console.mobile.ways." + string(w))
	}
	handed := strings.Join(ways, " "+v.t.T("console.policy.or")+" ")
	if a.Split {
		handed = v.t.T("console.policy.app_split")
	}
	compare := "console.policy.app_compare_off"
	if a.Compare {
		compare = "console.policy.app_compare_on"
	}
	return []ui.Fact{
		{Name: v.t.T("console.policy.app_activation"), Value: v.t.T("console.policy.app_activation_text", "span", v.t.Span(a.Valid), "bits", strconv.Itoa(bits*a.Length)), Note: note},
		{Name: v.t.T("console.policy.app_ways"), Value: handed},
		{Name: v.t.T("console.policy.app_attempts"), Value: attempts, Note: attemptsNote},
		{Name: v.t.T("console.policy.app_confirm"), Value: v.t.Span(a.Confirm)},
		{Name: v.t.T("console.policy.app_compare"), Value: v.t.T(compare)},
	}
}
