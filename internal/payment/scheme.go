package payment

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Scheme says how an account is written. It is part of the payment: an IBAN and
// a domestic number of the same account are two descriptions with two hashes,
// because the payer is shown, and approves, different text.
type Scheme string

// The schemes. The comment gives the normal form of the account.
const (
	None  Scheme = ""      // no account: the payee is a name alone, such as a card merchant
	IBAN  Scheme = "iban"  // ISO 13616: upper case without spaces
	Local Scheme = "local" // the bank's own numbers: 1 to 34 digits and capital letters; spaces, points and hyphens dropped; not checked further
	Swift Scheme = "swift" // "BIC/account": BIC of 11 characters (XXX added to one of 8), account of 1 to 34 digits and capital letters
	CZ    Scheme = "cz"    // Czechia, Slovakia: "prefix-number/bank" without leading zeros, both parts checked modulo 11
	GB    Scheme = "gb"    // United Kingdom: sort code of 6 and account of 8 digits, without separators
	NO    Scheme = "no"    // Norway: 11 digits, checked modulo 11
	US    Scheme = "us"    // United States: "routing/account": routing number of 9 digits with its checksum, account of 1 to 17 digits
	AU    Scheme = "au"    // Australia: "BSB/account": 6 digits, then 5 to 9 digits
)

// schemes brings an account to normal form, or says what is wrong with it. The
// text is folded and in upper case, without spaces.
var schemes = map[Scheme]func(string) (account, problem string){
	IBAN:  func(s string) (string, string) { return s, iban(s) },
	Local: localAccount,
	Swift: swiftAccount,
	CZ:    czAccount,
	GB:    gbAccount,
	NO:    noAccount,
	US:    usAccount,
	AU:    auAccount,
}

// account normalizes the account of a payee; faults name the field.
func account(s Scheme, text, field string) (string, error) {
	bad := func(problem string) error {
		return fault.Invalidf("payment.account", "The account is not right: %s.", problem).WithField(field + "/account")
	}
	if s == None {
		if text != "" {
			return "", bad("say in which scheme it is written, such as iban")
		}
		return "", nil
	}
	read, ok := schemes[s]
	if !ok {
		return "", fault.Invalidf("payment.scheme", "The account scheme is unknown.").WithField(field + "/scheme")
	}
	if len(text) > 256 {
		return "", bad("it is too long")
	}
	acc, problem := read(upper(strings.ReplaceAll(fold(text), " ", "")))
	if problem != "" {
		return "", bad(problem)
	}
	return acc, nil
}

func localAccount(s string) (string, string) {
	s = strings.NewReplacer("-", "", ".", "").Replace(s)
	if len(s) < 1 || len(s) > 34 || !alphanumeric(s) {
		return "", "it has 1 to 34 letters and digits"
	}
	return s, ""
}

func swiftAccount(s string) (string, string) {
	bic, acc, _ := strings.Cut(s, "/")
	if len(bic) == 8 {
		bic += "XXX" // the head office
	}
	switch {
	case len(bic) != 11 || !letters(bic[:6]) || !alphanumeric(bic):
		return "", "it starts with a BIC of 8 or 11 characters, then a slash"
	case len(acc) < 1 || len(acc) > 34 || !alphanumeric(acc):
		return "", "after the BIC and a slash come 1 to 34 letters and digits"
	}
	return bic + "/" + acc, ""
}

func czAccount(s string) (string, string) {
	number, bank, ok := strings.Cut(s, "/")
	prefix, base, dash := strings.Cut(number, "-")
	if !dash {
		prefix, base = "", number
	}
	switch {
	case !ok || len(bank) != 4 || !digits(bank):
		return "", "it ends with a slash and the bank code of 4 digits"
	case len(prefix) > 6 || len(base) < 2 || len(base) > 10 || !digits(prefix) || !digits(base) || dash && prefix == "":
		return "", "it is a prefix of up to 6 digits and a hyphen, which may be missing, then 2 to 10 digits"
	case !mod11(prefix, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1) || !mod11(base, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1):
		return "", "its check digit does not match: look for a mistyped digit"
	}
	prefix, base = strings.TrimLeft(prefix, "0"), strings.TrimLeft(base, "0")
	if len(base) < 2 {
		return "", "the number before the slash is too small"
	}
	if prefix != "" {
		prefix += "-"
	}
	return prefix + base + "/" + bank, ""
}

func gbAccount(s string) (string, string) {
	s = strings.NewReplacer("-", "", "/", "").Replace(s)
	if len(s) != 14 || !digits(s) {
		return "", "it is a sort code of 6 digits and an account number of 8 digits (put zeros before a shorter one)"
	}
	return s, ""
}

func noAccount(s string) (string, string) {
	s = strings.ReplaceAll(s, ".", "")
	switch {
	case len(s) != 11 || !digits(s):
		return "", "it has 11 digits"
	case !mod11(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1):
		return "", "its check digit does not match: look for a mistyped digit"
	}
	return s, ""
}

func usAccount(s string) (string, string) {
	routing, acc, _ := strings.Cut(s, "/")
	switch {
	case len(routing) != 9 || !digits(routing) || weigh(routing, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 != 0:
		return "", "it starts with a routing number of 9 digits, whose check digit must match, then a slash"
	case len(acc) < 1 || len(acc) > 17 || !digits(acc):
		return "", "after the routing number and a slash come 1 to 17 digits"
	}
	return routing + "/" + acc, ""
}

func auAccount(s string) (string, string) {
	bsb, acc, _ := strings.Cut(strings.Replace(s, "-", "", 1), "/")
	if len(bsb) != 6 || !digits(bsb) || len(acc) < 5 || len(acc) > 9 || !digits(acc) {
		return "", "it is a BSB of 6 digits, a slash, and 5 to 9 digits"
	}
	return bsb + "/" + acc, ""
}

func mod11(s string, weights ...int) bool { return weigh(s, weights...)%11 == 0 }

// weigh multiplies digits with weights, both aligned at the right.
func weigh(s string, weights ...int) (sum int) {
	weights = weights[len(weights)-len(s):]
	for i := range len(s) {
		sum += int(s[i]-'0') * weights[i]
	}
	return sum
}
