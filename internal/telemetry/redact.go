package telemetry

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// redacted stands where a secret would be.
const redacted = "[redacted]"

// denied reports whether an attribute of this name holds a secret, going by the
// name alone. "code", "key" and "token" are not among them: faults have codes,
// requests idempotency keys and customers tokens.
func denied(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	switch name {
	case "authorization", "cookie", "set_cookie", "access_token", "refresh_token", "id_token", "bearer", "assertion",
		"otp", "passcode", "secure_code", "activation_code", "unlock_code", "proof", "response_code",
		"private_key", "key_value", "kek", "data_key", "puk", "pan", "cvc", "cvv", "phone", "msisdn":
		return true
	}
	last := name[strings.LastIndexByte(name, '_')+1:]
	return slices.Contains([]string{"password", "passwd", "pin", "secret", "seed", "dsn", "salt"}, last)
}

// redact is the second belt: see the package comment.
func redact(groups []string, a slog.Attr) slog.Attr {
	if denied(a.Key) || slices.ContainsFunc(groups, denied) {
		return slog.String(a.Key, redacted)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, withoutPasswords(a.Value.String()))
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: redactAny(a.Value)}
	default: // numbers, times, switches
		return a
	}
}

// redactAny keeps values that know how to print themselves, and shows of raw
// bytes only how many there are.
func redactAny(v slog.Value) slog.Value {
	switch x := v.Any().(type) {
	case error:
		return slog.StringValue(withoutPasswords(x.Error()))
	case encoding.TextMarshaler:
		return v
	case fmt.Stringer:
		return slog.StringValue(withoutPasswords(x.String()))
	}
	if t := reflect.TypeOf(v.Any()); t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && t.Elem().Kind() == reflect.Uint8 {
		return slog.StringValue(fmt.Sprintf("[%d bytes]", reflect.ValueOf(v.Any()).Len()))
	}
	return v
}

// The places of passwords in the two forms of a database's address.
var (
	urlPassword     = regexp.MustCompile(`(://[^/\s:@]*):[^/\s@]*@`)
	keywordPassword = regexp.MustCompile(`password=('[^']*'|\S+)`)
)

// withoutPasswords hides the password in "scheme://user:password@host" and in
// "password=…".
func withoutPasswords(s string) string {
	if strings.Contains(s, "://") {
		s = urlPassword.ReplaceAllString(s, "$1:"+redacted+"@")
	}
	if strings.Contains(s, "password=") {
		s = keywordPassword.ReplaceAllString(s, "password="+redacted)
	}
	return s
}
