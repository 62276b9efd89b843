package payment

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Currency is an ISO 4217 alphabetic code in upper case.
type Currency string

// decimals is the exponent of every currency of ISO 4217 (list one) in which a
// payment can be made: how many decimals an amount has. Metals, funds of account
// and test codes, which have no exponent there, are left out.
var decimals = func() map[Currency]int {
	m := map[Currency]int{}
	for exponent, codes := range [...]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
		2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD " +
			"CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP " +
			"GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT " +
			"LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN " +
			"NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD " +
			"SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS " +
			"VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
		3: "BHD IQD JOD KWD LYD OMR TND",
		4: "CLF UYW",
	} {
		for code := range strings.FieldsSeq(codes) {
			m[Currency(code)] = exponent
		}
	}
	return m
}()

// ParseCurrency reads an alphabetic code of either case. It fails, naming the
// field /currency, for a code in which no payment can be made.
func ParseCurrency(s string) (Currency, error) {
	if len(s) <= 16 {
		if c := Currency(upper(fold(s))); c.known() {
			return c, nil
		}
	}
	return "", fault.Invalidf("payment.currency", "The currency is not a three-letter ISO 4217 code such as EUR.").WithField("/currency")
}

// Decimals returns how many decimals an amount in c has, 0 to 4; 0 for a code
// that is not in ISO 4217.
func (c Currency) Decimals() int { return decimals[c] }

func (c Currency) known() bool {
	_, ok := decimals[c]
	return ok
}
