package self

import (
	"cmp"
	"slices"
	"strings"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// region is where people travel to: a circle that the place lies in. Countries that are too large for one are
// given in parts.
type region struct {
	Code     string // of its name among the texts
	Lat, Lng float64
	Radius   int // kilometers
}

// regions lists them; a journey to anywhere else is announced at the bank, by place and radius.
func regions() []region {
	return []region{
		{"ae", 24.2, 54.2, 350},
		{"at", 47.6, 14.1, 320},
		{"au_southeast", -34.5, 147.0, 900},
		{"baltics", 57.0, 25.0, 450},
		{"be", 50.6, 4.7, 180},
		{"bg", 42.7, 25.3, 300},
		{"br_southeast", -22.5, -45.0, 900},
		{"ca_east", 46.5, -75.0, 900},
		{"ca_west", 51.5, -119.0, 900},
		{"canaries", 28.3, -15.8, 300},
		{"caribbean", 18.5, -69.0, 1000},
		{"ch", 46.8, 8.2, 220},
		{"cy", 35.0, 33.2, 150},
		{"cz", 49.8, 15.3, 300},
		{"de", 51.2, 10.4, 480},
		{"dk", 56.0, 10.5, 320},
		{"eg", 26.8, 30.8, 750},
		{"es", 40.2, -3.2, 720},
		{"fi", 64.5, 26.0, 720},
		{"fr", 46.6, 2.6, 620},
		{"gb", 54.5, -3.5, 700},
		{"gr", 38.3, 24.0, 550},
		{"hr", 44.6, 16.4, 350},
		{"hu", 47.2, 19.4, 300},
		{"id_bali", -8.5, 115.4, 250},
		{"ie", 53.3, -8.0, 280},
		{"il", 31.4, 35.0, 280},
		{"is", 64.9, -18.6, 320},
		{"it", 42.2, 12.5, 720},
		{"jp", 36.5, 138.0, 1000},
		{"lu", 49.8, 6.1, 60},
		{"ma", 31.8, -7.1, 700},
		{"mt", 35.9, 14.4, 60},
		{"mv", 3.8, 73.3, 550},
		{"mx_center", 21.5, -102.0, 1000},
		{"mx_yucatan", 20.0, -88.5, 350},
		{"nl", 52.2, 5.4, 220},
		{"no", 64.5, 14.0, 950},
		{"nz", -41.5, 172.8, 900},
		{"pl", 52.1, 19.4, 450},
		{"pt", 39.6, -8.0, 350},
		{"ro", 45.9, 24.9, 420},
		{"se", 62.5, 16.5, 900},
		{"sg", 1.35, 103.8, 60},
		{"si", 46.1, 14.8, 150},
		{"sk", 48.7, 19.5, 250},
		{"th", 13.0, 101.0, 900},
		{"tr", 39.0, 35.2, 850},
		{"us_hawaii", 20.8, -157.3, 450},
		{"us_midwest", 41.5, -90.0, 900},
		{"us_northeast", 41.5, -75.0, 700},
		{"us_south", 32.0, -97.0, 900},
		{"us_southeast", 31.5, -83.0, 850},
		{"us_west", 40.5, -117.5, 1000},
		{"vn", 16.2, 107.0, 900},
		{"za", -29.0, 25.0, 950},
	}
}

// regionLevel is of the cell in the middle, some half of a kilometer.
const regionLevel = 14

func (r region) cell() s2.CellID {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(r.Lat, r.Lng)).Parent(regionLevel)
}

// regionOf finds a region by its code; false for none.
func regionOf(code string) (region, bool) {
	all := regions()
	i := slices.IndexFunc(all, func(r region) bool { return r.Code == code })
	if i < 0 {
		return region{}, false
	}
	return all[i], true
}

// regionChoices are the regions by their names.
func (v *visit) regionChoices() (all []ui.Choice) {
	for _, r := range regions() {
		all = append(all, ui.Choice{Value: r.Code, Text: v.t.T("self.journey.region." + r.Code)})
	}
	plain := strings.NewReplacer("Ä", "A", "Ö", "O", "Ü", "U", "ä", "a", "ö", "o", "ü", "u")
	slices.SortFunc(all, func(a, b ui.Choice) int { return cmp.Compare(plain.Replace(a.Text), plain.Replace(b.Text)) })
	return append([]ui.Choice{{Text: v.t.T("self.journey.choose_place")}}, all...)
}

// whereTo says where a journey goes: a region by name, anything else as a circle.
func (v *visit) whereTo(n interaction.Notice) string {
	for _, r := range regions() {
		if r.cell() == n.Place && r.Radius == n.Radius {
			return v.t.T("self.journey.region." + r.Code)
		}
	}
	at := n.Place.LatLng()
	return v.t.T("self.journey.around", "lat", degrees(at.Lat.Degrees()), "lng", degrees(at.Lng.Degrees()), "km", n.Radius)
}
