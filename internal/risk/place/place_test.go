package place_test

import (
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk/place"
)

var (
	oslo    = place.Place{Country: "NO", City: "Oslo", Network: "64500", Provider: "Fjord", Latitude: 59.91, Longitude: 10.75, Located: true}
	berlin  = place.Place{Country: "DE", City: "Berlin", Network: "64501", Provider: "Spree", Latitude: 52.52, Longitude: 13.40, Located: true}
	sydney  = place.Place{Country: "AU", City: "Sydney", Network: "64502", Provider: "Harbor", Latitude: -33.87, Longitude: 151.21, Located: true}
	nowhere = place.Place{Country: "SE"}
)

func table(t testing.TB) []byte {
	t.Helper()
	var networks []netip.Prefix
	for _, s := range []string{"192.0.2.0/24", "192.0.2.128/25", "2001:db8::/32", "198.51.100.0/24"} {
		networks = append(networks, netip.MustParsePrefix(s))
	}
	file, err := place.Build(networks, []place.Place{oslo, berlin, sydney, nowhere})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFind(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(name, table(t), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := place.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // read only
	for addr, want := range map[string]place.Place{
		"192.0.2.1": oslo, "192.0.2.200": berlin, "::ffff:192.0.2.1": oslo, "2001:db8::1": sydney, "198.51.100.9": nowhere, "203.0.113.1": {}, "2001:db9::1": {},
	} {
		if diff := cmp.Diff(want, b.Find(netip.MustParseAddr(addr))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", addr, diff)
		}
	}
	if (*place.Base)(nil).Find(netip.MustParseAddr("192.0.2.1")) != (place.Place{}) || b.Find(netip.Addr{}) != (place.Place{}) {
		t.Error("a place without a file or an address")
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	if _, err := place.Open(filepath.Join(t.TempDir(), "none.mmdb")); !fault.Is(err, "risk.places") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := place.FromBytes([]byte("not a database")); !fault.Is(err, "risk.places") {
		t.Errorf("a file of something else: %v", err)
	}
	if _, err := place.Build([]netip.Prefix{{}}, []place.Place{oslo}); err == nil {
		t.Error("an invalid network was built")
	}
	if _, err := place.Build(nil, []place.Place{oslo}); err == nil {
		t.Error("a place without a network was built")
	}
}

func TestSpeed(t *testing.T) {
	t.Parallel()
	if km := place.Distance(oslo, berlin); math.Abs(km-838) > 10 {
		t.Errorf("Oslo to Berlin is %.0f km, want about 838", km)
	}
	for name, c := range map[string]struct {
		to   place.Place
		in   time.Duration
		want float64
	}{
		"by plane":      {berlin, 2 * time.Hour, 419},
		"at once":       {berlin, 0, 838 * 60},
		"a clock off":   {berlin, -time.Hour, 838 * 60},
		"where one is":  {oslo, time.Second, 0},
		"unknown place": {nowhere, time.Second, 0},
	} {
		if got := place.Speed(oslo, c.to, c.in); math.Abs(got-c.want) > 0.02*c.want+0.001 {
			t.Errorf("%s: %.0f km/h, want %.0f", name, got, c.want)
		}
	}
}

// A damaged file may lie or fail, and never takes the program down.
func FuzzFind(f *testing.F) {
	whole := table(f)
	f.Add(whole, uint16(3), byte(0xff))
	f.Add(whole, uint16(len(whole)-20), byte(1))
	f.Fuzz(func(_ *testing.T, file []byte, at uint16, flip byte) {
		if len(file) > 0 {
			file = append([]byte(nil), file...)
			file[int(at)%len(file)] ^= flip
		}
		if b, err := place.FromBytes(file); err == nil {
			b.Find(netip.MustParseAddr("192.0.2.1"))
			b.Find(netip.MustParseAddr("2001:db8::1"))
		}
	})
}
