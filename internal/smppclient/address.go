package smppclient

import (
	"strings"

	"github.com/countersign-auth/countersign/smpp"
)

// plain reads the address of a phone as centers write it: with a plus sign, with 00, with a
// type of number that says what it is, or in its national form where CountryCode is given. An international
// number gets its plus sign; what may be one, as most centers write it without, stays as it is.
func (c *Client) plain(a smpp.Address) string {
	digits, plus := strings.CutPrefix(a.Addr, "+")
	abroad, zeros := strings.CutPrefix(digits, "00")
	switch {
	case plus:
		return "+" + digits
	case zeros:
		return "+" + abroad
	case a.TON == smpp.International:
		return "+" + digits
	case c.CountryCode != "" && (a.TON == smpp.National || strings.HasPrefix(digits, "0")):
		return "+" + c.CountryCode + strings.TrimPrefix(digits, "0")
	}
	return digits
}

// toCards reports whether an address is that of Cards, in whatever form.
func (c *Client) toCards(a smpp.Address) bool {
	return a.TON != smpp.Alphanumeric && (a.Addr == c.cards.Addr || same(c.plain(a), c.cards.Addr))
}

// same reports whether two addresses are one, but for the sign or the zeros of international numbers.
func same(a, b string) bool { return bare(a) == bare(b) }

func bare(a string) string { return strings.TrimPrefix(strings.TrimPrefix(a, "+"), "00") }
