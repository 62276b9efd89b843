package iso8583server

import "sync"

// currencies has the letters of numeric codes (ISO 4217). Each message asks it.
var currencies = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"008": "ALL", "012": "DZD", "032": "ARS", "036": "AUD", "044": "BSD", "048": "BHD", "050": "BDT", "052": "BBD", "096": "BND", "124": "CAD", "144": "LKR", "152": "CLP",
		"156": "CNY", "170": "COP", "188": "CRC", "203": "CZK", "208": "DKK", "214": "DOP", "230": "ETB", "242": "FJD", "320": "GTQ", "344": "HKD", "348": "HUF", "352": "ISK",
		"356": "INR", "360": "IDR", "376": "ILS", "388": "JMD", "392": "JPY", "398": "KZT", "400": "JOD", "404": "KES", "410": "KRW", "414": "KWD", "422": "LBP", "446": "MOP",
		"458": "MYR", "480": "MUR", "484": "MXN", "498": "MDL", "504": "MAD", "512": "OMR", "516": "NAD", "524": "NPR", "554": "NZD", "566": "NGN", "578": "NOK", "586": "PKR",
		"590": "PAB", "600": "PYG", "604": "PEN", "608": "PHP", "634": "QAR", "643": "RUB", "682": "SAR", "702": "SGD", "704": "VND", "710": "ZAR", "752": "SEK", "756": "CHF",
		"764": "THB", "780": "TTD", "784": "AED", "788": "TND", "807": "MKD", "818": "EGP", "826": "GBP", "840": "USD", "858": "UYU", "901": "TWD", "936": "GHS", "941": "RSD",
		"946": "RON", "949": "TRY", "975": "BGN", "977": "BAM", "978": "EUR", "980": "UAH", "981": "GEL", "985": "PLN", "986": "BRL",
	}
})
