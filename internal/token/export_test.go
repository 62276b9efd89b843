package token

// CheckDigit is luhn, for tests.
var CheckDigit = luhn
