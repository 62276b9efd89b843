package population

import (
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

// Sizes of the made-up world.
const (
	countries  = 12
	towns      = 6  // in each country
	providers  = 8  // in each country
	addresses  = 60 // of a provider's pool in a town, that are handed out anew
	dayMinutes = 24 * 60
)

// person is a customer and what is theirs.
type person struct {
	r             *random
	number, group int
	country, town int
	line, mobile  int     // providers
	home          string  // address
	changes       float64 // mean days until the address at home changes; 0 for never
	changed       time.Time
	work          string // address; "" for none
	workProvider  int
	private       bool // loses every cookie
	devices       []*device
	trips         []trip
}

// device is something with a browser.
type device struct {
	kind    int // into kinds
	since   time.Time
	replace time.Time
	offset  time.Duration // of its updates
	cookie  string
	cookies int
}

// trip is a stay somewhere else.
type trip struct {
	from, to      time.Time
	country, town int
	abroad        bool
	address       string
}

// kinds of devices: browser, system, type, how popular.
func kinds() []struct {
	browser, system, kind string
	share                 float64
} {
	return []struct {
		browser, system, kind string
		share                 float64
	}{
		{"Chrome", "Android", "mobile", 0.30},
		{"Safari", "iOS", "mobile", 0.25},
		{"Chrome", "Windows", "desktop", 0.20},
		{"Edge", "Windows", "desktop", 0.09},
		{"Safari", "macOS", "desktop", 0.06},
		{"Firefox", "Windows", "desktop", 0.04},
		{"Samsung", "Android", "mobile", 0.04},
		{"Firefox", "Linux", "desktop", 0.02},
	}
}

func newPerson(number, group int, r *random, start time.Time) *person {
	p := &person{r: r, number: number, group: group, country: skewed(r, countries), town: r.below(towns), line: skewed(r, providers), mobile: skewed(r, providers), private: r.chance(0.04), changed: start}
	switch x := r.float(); {
	case x < 0.35: // the address stays
	case x < 0.85:
		p.changes = 20 + 60*r.float()
	default:
		p.changes = 1.5
	}
	p.home = p.pool(p.country, p.town, p.line)
	if r.chance(0.6) {
		p.workProvider = skewed(r, providers)
		p.work = fmt.Sprintf("office %d-%d-%d", p.country, p.town, r.below(40))
	}
	for range 1 + skewed(r, 3) {
		p.devices = append(p.devices, newDevice(r, start.AddDate(0, 0, -r.below(900))))
	}
	for year := range 3 {
		for range 1 + r.below(3) {
			from := start.AddDate(year, 0, r.below(330))
			t := trip{from: from, to: from.AddDate(0, 0, 4+r.below(11)), country: p.country, town: r.below(towns), abroad: r.chance(0.5)}
			if t.abroad {
				t.country = r.below(countries)
			}
			t.address = p.pool(t.country, t.town, r.below(providers))
			p.trips = append(p.trips, t)
		}
	}
	return p
}

// skewed prefers low numbers, as markets do.
func skewed(r *random, n int) int { return int(float64(n) * r.float() * r.float()) }

func newDevice(r *random, since time.Time) *device {
	x, kind := r.float(), 0
	for i, k := range kinds() {
		if x -= k.share; x < 0 {
			kind = i
			break
		}
	}
	return &device{kind: kind, since: since, replace: since.Add(time.Duration((500 + r.exponential(700)) * float64(24*time.Hour))), offset: time.Duration(r.below(21*dayMinutes)) * time.Minute}
}

// pool is an address that a provider hands out in a town.
func (p *person) pool(country, town, provider int) string {
	return fmt.Sprintf("%d.%d.%d.%d", country, provider, town, p.r.below(addresses*50))
}

// login is what the person does at a time.
func (p *person) login(at time.Time) Event {
	d := p.devices[skewed(p.r, len(p.devices))]
	p.age(d, at)
	mobile := kinds()[d.kind].kind == "mobile"
	e := Event{At: at, Hour: at.Hour(), Person: p.number, Group: p.group, Tag: p.cookie(d)}
	country, town, provider, address := p.where(at, mobile)
	e.Row = p.row(country, provider, address, d, at)
	e.Lat, e.Lon = spot(country, town)
	return e
}

// where says where the person is, and on which line.
func (p *person) where(at time.Time, mobile bool) (country, town, provider int, address string) {
	for _, t := range p.trips {
		if !at.Before(t.from) && at.Before(t.to) {
			if mobile && p.r.chance(0.6) { // roaming leads home
				return p.country, p.town, p.mobile, p.pool(p.country, p.town, p.mobile)
			}
			return t.country, t.town, providers, t.address
		}
	}
	switch hour := at.Hour(); {
	case mobile && p.r.chance(0.4):
		return p.country, p.town, p.mobile, p.pool(p.country, p.town, p.mobile)
	case p.work != "" && hour >= 9 && hour < 17 && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday:
		return p.country, p.town, p.workProvider, p.work
	}
	if p.changes > 0 && at.After(p.changed) {
		p.home = p.pool(p.country, p.town, p.line)
		p.changed = at.Add(time.Duration(p.r.exponential(p.changes) * float64(24*time.Hour)))
	}
	return p.country, p.town, p.line, p.home
}

// age replaces a device that is old.
func (p *person) age(d *device, at time.Time) {
	if at.Before(d.replace) {
		return
	}
	n := d.cookies
	*d = *newDevice(p.r, at)
	d.cookies = n
}

// cookie is the tag that the device sends; a lost one is set anew for the next time.
func (p *person) cookie(d *device) string {
	sent := d.cookie
	if p.private {
		return ""
	}
	if sent == "" || p.r.chance(0.02) {
		d.cookies++
		d.cookie = fmt.Sprintf("cookie %d-%d-%d", p.number, d.kind, d.cookies)
		return d.cookie // the bank sets it at once: it is a new one
	}
	return sent
}

// row is what the bank sees.
func (p *person) row(country, provider int, address string, d *device, at time.Time) likelihood.Attempt {
	k := kinds()[d.kind]
	browser := fmt.Sprintf("%s %d", k.browser, int(at.Add(-d.offset).Unix()/(35*86400)))
	system := fmt.Sprintf("%s %d", k.system, int(at.Add(-4*d.offset).Unix()/(180*86400)))
	return likelihood.Attempt{
		address, strconv.Itoa(64500 + country*(providers+1) + provider), fmt.Sprintf("C%d", country),
		fmt.Sprintf("%s on %s build %d", browser, system, d.since.Unix()/(120*86400)%4), browser, system, k.kind,
	}
}

// spot is where a town lies.
func spot(country, town int) (lat, lon float64) {
	return float64(35 + 3*(country%4) + town%2), float64(-10 + 12*(country/2) + 2*town)
}

// attacked is a try to be the person, at about the time of one of their logins.
func (p *person) attacked(kind Attacker, like Event) Event {
	r := p.r
	e := Event{At: like.At.Add(time.Duration(1+r.below(12*60)) * time.Minute), Hour: r.below(24), Person: p.number, Group: p.group, Attacker: kind}
	country, town, provider := r.below(countries), r.below(towns), r.below(providers)
	d := newDevice(r, like.At.AddDate(0, 0, -r.below(600)))
	switch kind {
	case SameCountry:
		country = p.country
	case Targeted, VeryTargeted:
		country, town = p.country, p.town
		if r.chance(0.5) {
			provider = p.line
		}
		d = p.devices[r.below(len(p.devices))]
	case Naive, Customer:
	}
	e.Row = p.row(country, provider, p.pool(country, town, provider), d, e.At)
	if (kind == Targeted || kind == VeryTargeted) && r.chance(0.5) {
		copy(e.Row[likelihood.Agent:], like.Row[likelihood.Agent:])
	}
	e.Lat, e.Lon = spot(country, town)
	if kind == VeryTargeted {
		if r.chance(0.5) {
			copy(e.Row[:likelihood.Agent], like.Row[:likelihood.Agent])
			e.Lat, e.Lon = like.Lat, like.Lon
		}
		if r.chance(0.5) {
			e.Tag = like.Tag
		}
	}
	return e
}
