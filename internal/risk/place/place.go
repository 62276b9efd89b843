package place

import (
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Place is where an address is. Unknown fields are empty.
type Place struct { //nolint:recvcheck // records fill it, the rest only look
	Country   string  // ISO 3166-1 alpha-2
	City      string  // in English
	Network   string  // autonomous system number, decimal
	Provider  string  // who runs it
	Latitude  float64 // degrees
	Longitude float64 // degrees
	Located   bool    // whether the coordinates are known
}

// Base is an open file; the nil one knows no place.
type Base struct{ files []*maxminddb.Reader }

// Open opens database files, such as one of cities and one of networks; what a
// later one says adds to an earlier one. The fault "risk.places" tells which one
// cannot be read.
func Open(names ...string) (*Base, error) {
	b := &Base{}
	for _, n := range names {
		r, err := maxminddb.Open(n)
		if err != nil {
			_ = b.Close()
			return nil, fault.Invalidf("risk.places", "The file of places %s cannot be read: give one in the MaxMind DB format.", n).WithCause(err)
		}
		b.files = append(b.files, r)
	}
	return b, nil
}

// FromBytes opens a database in memory, such as one that [Build] made.
func FromBytes(file []byte) (*Base, error) {
	r, err := maxminddb.OpenBytes(file)
	if err != nil {
		return nil, fault.Invalidf("risk.places", "This is no database of places in the MaxMind DB format.").WithCause(err)
	}
	return &Base{files: []*maxminddb.Reader{r}}, nil
}

// Close closes the files.
func (b *Base) Close() (err error) {
	for _, f := range b.files {
		if e := f.Close(); err == nil {
			err = e
		}
	}
	return err
}

// record is the fields that are read, under the names of both common layouts.
type record struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	City struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"city"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
	Network  uint   `maxminddb:"autonomous_system_number"`
	Provider string `maxminddb:"autonomous_system_organization"`
	Code     string `maxminddb:"country_code"`
}

// Find says where an address is; the zero place when nobody knows. An address of
// IPv4 written as IPv6 is the one of IPv4.
func (b *Base) Find(a netip.Addr) (p Place) {
	if b == nil || !a.IsValid() {
		return p
	}
	for _, f := range b.files {
		var r record
		res := f.Lookup(a.Unmap())
		if !res.Found() || res.Decode(&r) != nil {
			continue
		}
		p.add(r)
	}
	return p
}

func (p *Place) add(r record) {
	for _, s := range []struct {
		to   *string
		from string
	}{{&p.Country, r.Country.Code}, {&p.Country, r.Code}, {&p.City, r.City.Names["en"]}, {&p.Provider, r.Provider}} {
		if s.from != "" {
			*s.to = s.from
		}
	}
	if r.Network != 0 {
		p.Network = strconv.FormatUint(uint64(r.Network), 10)
	}
	if lat, lon := r.Location.Latitude, r.Location.Longitude; lat != nil && lon != nil && math.Abs(*lat) <= 90 && math.Abs(*lon) <= 180 {
		p.Latitude, p.Longitude, p.Located = *lat, *lon, true
	}
}

// earth is the mean radius in km.
const earth = 6371.0

// Distance is the great circle between two located places, in km; 0 when one of
// them is not located.
func Distance(a, b Place) float64 {
	if !a.Located || !b.Located {
		return 0
	}
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	dLat, dLon := rad(b.Latitude-a.Latitude)/2, rad(b.Longitude-a.Longitude)/2
	h := math.Sin(dLat)*math.Sin(dLat) + math.Cos(rad(a.Latitude))*math.Cos(rad(b.Latitude))*math.Sin(dLon)*math.Sin(dLon)
	return 2 * earth * math.Asin(math.Sqrt(min(1, h)))
}

// blur is how far two places of one person may lie apart by the roughness of
// databases, in km.
const blur = 100

// Speed is how fast one must travel between two places in the time, in km/h; 0
// for places within 100 km or unknown ones. A time of less than a minute, or a
// negative one from a clock that is off, counts as a minute.
func Speed(a, b Place, in time.Duration) float64 {
	km := Distance(a, b)
	if km <= blur {
		return 0
	}
	return km / max(in, time.Minute).Hours()
}
