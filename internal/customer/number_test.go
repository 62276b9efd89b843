package customer_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
)

func TestReadPhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, region, e164, country, class string }{
		{"+47 912 34 567", "", "+4791234567", "NO", "mobile"},
		{"912 34 567", "NO", "+4791234567", "NO", "mobile"},
		{"0047 912 34 567", "NO", "+4791234567", "NO", "mobile"},
		{"0664 123 45 67", "AT", "+436641234567", "AT", "mobile"},
		{"+43 (0) 664/123-45-67", "", "+436641234567", "AT", "mobile"},
		{"\u202a+43 664 1234567\u202c", "", "+436641234567", "AT", "mobile"},
		{"(+47) 912-34-567", "", "+4791234567", "NO", "mobile"},
		{"+47 (0) 912 34 567", "", "+4791234567", "NO", "mobile"}, // where there is no such zero at all
		{"+39 (0)2 1234 5678", "", "+390212345678", "IT", "fixed"},
		{"tel:+47-912-34-567", "", "+4791234567", "NO", "mobile"},
		{" TEL:+4791234567 ", "DE", "+4791234567", "NO", "mobile"},
		{"＋４９ １５１ ２３４５６７８９", "", "+4915123456789", "DE", "mobile"},
		{"+٤٩ ١٥١ ٢٣٤٥٦٧٨٩", "", "+4915123456789", "DE", "mobile"},
		{"+39 02 1234 5678", "", "+390212345678", "IT", "fixed"}, // an Italian zero stays
		{"+47 1234 5678", "", "+4712345678", "", "unknown"},      // a length that there is, a range that there is not
		{"+1 202 456 1111", "", "+12024561111", "US", "fixed_or_mobile"},
		{"+49 900 1234567", "", "+499001234567", "DE", "premium"},
		{"+44 56 1234 5678", "", "+445612345678", "GB", "voip"},
		{"+44 7400 123456", "", "+447400123456", "GB", "mobile"},
		{"+870 773 111 632", "", "+870773111632", "", "mobile"}, // a ship
	} {
		n, ok := customer.ReadPhone(c.typed, c.region)
		if !ok || n.E164 != c.e164 || n.Country != c.country || string(n.Class) != c.class {
			t.Errorf("%q in %q: %+v %t, want %s %s %s", c.typed, c.region, n, ok, c.e164, c.country, c.class)
		}
	}
	for _, c := range []struct{ typed, region string }{
		{"", "NO"},
		{"912 34 567", ""},
		{"91", "NO"},
		{"+47 1", ""},
		{"+47 912 34 567 ext. 5", ""},
		{"+1 800 FLOWERS", ""},
		{"tel:91234567", "NO"}, // not a global number: it would need its context
		{"tel:+4791234567;ext=5", ""},
		{"tel:tel:+4791234567", ""},
		{"sms:+4791234567", ""},
		{"+999 12345678", ""},
		{"+47\n91234567;", ""},
		{"++4791234567", ""},
		{"(0)", "NO"},
		{"+270000000", ""}, // loses a zero each time that it is read
		{"+47 (0)(0) 912 34 567", ""},
		{"+47+91234567", ""},
		{"😀", "NO"},
		{"911111111111111111111111", "NO"},
		{string(make([]byte, 500)), "NO"},
	} {
		if n, ok := customer.ReadPhone(c.typed, c.region); ok {
			t.Errorf("%q in %q: %+v", c.typed, c.region, n)
		}
	}
}

func TestTextsGoToMobilePhonesOnly(t *testing.T) {
	t.Parallel()
	for class, want := range map[customer.PhoneClass]bool{
		customer.MobilePhone: true, customer.EitherPhone: true, customer.FixedPhone: false, customer.PremiumPhone: false,
		customer.VoIPPhone: false, customer.OtherPhone: false, customer.UnknownPhone: false,
	} {
		if got := (customer.PhoneNumber{Class: class}).Texts(); got != want {
			t.Errorf("%s: %t", class, got)
		}
	}
}

func FuzzReadPhone(f *testing.F) {
	f.Add("+47 912 34 567", "NO")
	f.Add("0664 123 45 67", "AT")
	f.Add("tel:+4791234567", "")
	f.Add("+270000000", "0")
	f.Fuzz(func(t *testing.T, typed, region string) {
		n, ok := customer.ReadPhone(typed, region)
		if !ok {
			return
		}
		if again, ok := customer.ReadPhone(n.E164, ""); !ok || again != n {
			t.Errorf("%q in %q: %+v, and read again %+v %t", typed, region, n, again, ok)
		}
	})
}
