package policy

import (
	"slices"
	"strings"
	"time"
)

// MethodPasscode checks secure codes that were sent to the customer's phone as text
// messages.
const MethodPasscode Method = "passcode"

// Passcode says how the codes of a policy are made and sent.
type Passcode struct {
	Digits   int           `yaml:"digits"`   // 6–10
	TTL      time.Duration `yaml:"ttl"`      // life of a code, 30 s – 10 min (NIST SP 800-63B-4, section 3.1.3.2)
	Resend   time.Duration `yaml:"resend"`   // from a code to the next one for the same decision, 10 s – 10 min; doubled after each
	Codes    int           `yaml:"codes"`    // codes for one decision, 1–10
	Requests int           `yaml:"requests"` // codes that a customer may ask for without giving a right one, 1–100; then staff must register the phone anew
	Parts    int           `yaml:"parts"`    // messages that one text may be divided into, 2–6
}

// SMS says what holds for all text messages together.
type SMS struct {
	Host         string        `yaml:"host"`          // origin in the last line of a text with a code, such as bank.example
	Region       string        `yaml:"region"`        // country whose numbers may be typed without their country code; "" for none
	Countries    []string      `yaml:"countries"`     // countries that texts are sent to, as ISO 3166 codes; none are sent elsewhere
	PrefixDigits int           `yaml:"prefix_digits"` // digits that are a prefix, from the country code on, 3–9
	Hold         time.Duration `yaml:"hold"`          // from the proof of a new phone to its use, 0 – 7 days
	Number       int           `yaml:"number"`        // codes to one phone number in an hour, 1–100
	Source       int           `yaml:"source"`        // codes asked for from one source address in an hour, 1–100000
	Prefix       int           `yaml:"prefix"`        // codes to one prefix in an hour, 1 or more
	Hour         int           `yaml:"hour"`          // codes in an hour, 1 or more
	Day          int           `yaml:"day"`           // codes in 24 hours, 1 or more
	Conversion   Conversion    `yaml:"conversion"`
}

// Conversion says what becomes of a prefix whose codes nobody types: who earns from
// texts never gives their codes back (SMS pumping).
type Conversion struct {
	Sent   int           `yaml:"sent"`    // codes to a prefix in 24 hours below which nothing is concluded, 10 or more
	Alarm  int           `yaml:"alarm"`   // percent of them that were right, below which there is an alarm, 0–100
	CutOff int           `yaml:"cut_off"` // percent below which no more are sent, 0 to alarm
	Pause  time.Duration `yaml:"pause"`   // how long none are sent, 10 min – 7 days
}

// Passcodes returns the policies of the method passcode.
func (s *Set) Passcodes() (all []Policy) {
	for _, p := range s.Policies {
		if p.Method == MethodPasscode {
			all = append(all, p)
		}
	}
	return all
}

// Allows reports whether texts may be sent to numbers of a country (ISO 3166).
func (x SMS) Allows(country string) bool { return slices.Contains(x.Countries, country) }

// defaultSMS is what holds for documents that say nothing about texts.
func defaultSMS() SMS {
	return SMS{
		Countries: []string{}, PrefixDigits: 5, Hold: 24 * time.Hour, Number: 10, Source: 60, Prefix: 500, Hour: 10_000, Day: 100_000,
		Conversion: Conversion{Sent: 100, Alarm: 40, CutOff: 15, Pause: 6 * time.Hour},
	}
}

// silent reports that a document says nothing about texts.
func (x SMS) silent() bool {
	return x.Host == "" && x.Region == "" && len(x.Countries) == 0 && x.PrefixDigits == 0 && x.Hold == 0 && x.Number == 0 && x.Source == 0 &&
		x.Prefix == 0 && x.Hour == 0 && x.Day == 0 && x.Conversion == (Conversion{})
}

func (s *Set) completeSMS() {
	if s.SMS.silent() {
		s.SMS = defaultSMS()
	}
}

// validatePasscodes checks what a policy says about codes by text message.
func (p Policy) validatePasscodes(m *mistakes, at string) {
	c := p.Passcode
	m.check(within(c.Digits, 6, 10), "%s: passcode.digits is %d; it must be 6 to 10", at, c.Digits)
	m.check(c.TTL >= 30*time.Second && c.TTL <= 10*time.Minute, "%s: passcode.ttl is %s; it must be 30s to 10m", at, c.TTL)
	m.check(c.Resend >= 10*time.Second && c.Resend <= 10*time.Minute, "%s: passcode.resend is %s; it must be 10s to 10m", at, c.Resend)
	m.check(within(c.Codes, 1, 10), "%s: passcode.codes is %d; it must be 1 to 10", at, c.Codes)
	m.check(within(c.Requests, 1, 100), "%s: passcode.requests is %d; it must be 1 to 100", at, c.Requests)
	m.check(within(c.Parts, 2, 6), "%s: passcode.parts is %d; it must be 2 to 6", at, c.Parts)
	m.check(p.Events == (Events{}) && p.Time == (Time{}) && p.Challenge == (Challenge{}) && p.Resync == (Resync{}),
		"%s: events, time, challenge and resync belong to tokens: leave them out", at)
}

// validateSMS names the mistakes in what is said about texts.
func (s *Set) validateSMS(m *mistakes) {
	x, used := s.SMS, len(s.Passcodes()) > 0
	m.check(!used || host(x.Host), "sms: host is %q; policies of the method passcode need a host name of at most 64 letters, digits, points and hyphens", x.Host)
	m.check(x.Host == "" || used || host(x.Host), "sms: host is %q; it must be a host name such as bank.example", x.Host)
	m.check(x.Region == "" || country(x.Region), "sms: region is %q; it must be a country code of two capital letters", x.Region)
	m.check(!used || len(x.Countries) > 0, "sms: countries is empty, so that no code would be sent: name the countries that texts go to")
	for _, c := range x.Countries {
		m.check(country(c), "sms: countries names %q; it must be a country code of two capital letters", c)
	}
	m.check(within(x.PrefixDigits, 3, 9), "sms: prefix_digits is %d; it must be 3 to 9", x.PrefixDigits)
	m.check(x.Hold >= 0 && x.Hold <= 7*24*time.Hour, "sms: hold is %s; it must be 0s to 168h", x.Hold)
	m.check(within(x.Number, 1, 100), "sms: number is %d; it must be 1 to 100", x.Number)
	m.check(within(x.Source, 1, 100_000), "sms: source is %d; it must be 1 to 100000", x.Source)
	for name, n := range map[string]int{"prefix": x.Prefix, "hour": x.Hour, "day": x.Day} {
		m.check(within(n, 1, 1_000_000_000), "sms: %s is %d; it must be 1 to 1000000000", name, n)
	}
	x.Conversion.validate(m)
}

func (c Conversion) validate(m *mistakes) {
	m.check(within(c.Sent, 10, 1_000_000), "sms: conversion.sent is %d; it must be 10 to 1000000", c.Sent)
	m.check(within(c.Alarm, 0, 100), "sms: conversion.alarm is %d; it must be 0 to 100", c.Alarm)
	m.check(within(c.CutOff, 0, max(c.Alarm, 0)), "sms: conversion.cut_off is %d; it must be 0 to alarm", c.CutOff)
	m.check(c.Pause >= 10*time.Minute && c.Pause <= 7*24*time.Hour, "sms: conversion.pause is %s; it must be 10m to 168h", c.Pause)
}

// validateTexts refuses journeys that would send texts for whoever types a customer
// number: they cost money, and disturb a person at night.
func (s *Set) validateTexts(m *mistakes, j Journey) {
	if j.TextsFirst {
		return
	}
	for _, code := range j.Next(nil).Allowed {
		p, _ := s.Policy(code)
		m.check(p.Method != MethodPasscode, "journey %s on %s: texts would be sent before any factor was shown: put another factor first, or set texts_first to say that it is meant", j.Purpose, j.Channel)
	}
}

// host reports whether s is a host name.
func host(s string) bool {
	if len(s) < 1 || len(s) > 64 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// country reports whether s has the form of a country code (ISO 3166-1 alpha-2).
func country(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
