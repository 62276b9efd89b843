package companion_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
)

// TestIdentifiers (DI-2): each kind in its normal form, and what is refused.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        companion.IdentifierKind
		typed, want string // want "": refused
	}{
		{companion.MAC, "00-1a-7d-da-71-13", "00:1A:7D:DA:71:13"},
		{companion.MAC, "001a.7dda.7113", "00:1A:7D:DA:71:13"},
		{companion.MAC, "02:1A:7D:DA:71:13", ""}, // randomized
		{companion.MAC, "DA:A1:19:00:00:01", ""}, // randomized
		{companion.MAC, "01:00:5E:00:00:01", ""}, // a group
		{companion.MAC, "00:1A:7D:DA:71", ""},
		{companion.IP, "::ffff:192.0.2.1", "192.0.2.1"},
		{companion.IP, "2001:DB8::1%eth0", "2001:db8::1"},
		{companion.IP, "192.0.2.256", ""},
		{companion.MSISDN, "+43 (0)664 1234567", "+436641234567"},
		{companion.MSISDN, "664 1234567", ""},
		{companion.IMEI, "49-015420-323751-8", "49015420323751"},
		{companion.IMEI, "4901542032375178", "49015420323751"},
		{companion.IMEI, "490154", ""},
		{companion.IMSI, "232011234567890", "232011234567890"},
		{companion.IMSI, "2320", ""},
		{companion.IRK, "EC0234A357C8AD05341010A60A397D9B", "EC0234A357C8AD05341010A60A397D9B"},
		{companion.IRK, "ec:02:34:a3:57:c8:ad:05:34:10:10:a6:0a:39:7d:9b", "EC0234A357C8AD05341010A60A397D9B"},
		{companion.IRK, "EC02", ""},
		{companion.Serial, " sn 123-x ", "SN123-X"},
		{companion.Alias, " Kitchen TV ", "Kitchen TV"},
		{companion.Alias, "a\u202eb", ""},
		{companion.Variable, "x", "x"},
		{companion.Fixed, "", ""},
		{"imaginary", "x", ""},
	} {
		got, err := companion.Identifier{Kind: c.kind, Value: c.typed}.Normal()
		switch {
		case c.want == "" && (err == nil || fault.KindOf(err) != fault.Invalid):
			t.Errorf("%s %q: %q, %v; want a refusal", c.kind, c.typed, got.Value, err)
		case c.want != "" && (err != nil || got.Value != c.want):
			t.Errorf("%s %q: %q, %v; want %q", c.kind, c.typed, got.Value, err, c.want)
		}
	}
}
