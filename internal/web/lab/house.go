package lab

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// House is a home whose devices the server knows, and a day in it. What a scene of it means is the server's word: the lab draws
// it and judges nothing.
type House interface {
	// Look plays a scene, and has a payment in it judged.
	Look(ctx context.Context, s Scene) (Seen, error)
}

// Whereabouts are places of a scene.
type Whereabouts string

// Places of a scene.
const (
	Usual Whereabouts = "usual" // where the person mostly is at this hour
	Home  Whereabouts = "home"
	Way   Whereabouts = "way"
	Work  Whereabouts = "work"
	Away  Whereabouts = "away" // a town that the person was never in
)

// Scene is what somebody does with the house.
type Scene struct {
	Hour   int // of a working day, 0 to 23, in the person's time
	Where  Whereabouts
	Watch  bool  // on the wrist
	Stolen bool  // a thief has the phone, far from everything
	Amount int64 // of the payment, in euro
}

// Seen is a scene, and what the server makes of it.
type Seen struct {
	Owner   string
	Where   Whereabouts // where the phone is, never Usual
	Things  []HouseThing
	Outcome string  // allow, limited, step_up, deny
	Over    string  // the limit that was exceeded, if that is why
	Sum     float64 // of the terms
	Allow   float64 // from here on nothing more is asked for
	Limit   float64 // from here on within limits
	Deny    float64 // below it is refused
	Terms   []HouseTerm
}

// HouseThing is a device of the house.
type HouseThing struct {
	Kind  string // watch, tv, access_point, …
	Group string // home, body, bag, car, job
	Near  bool   // the phone meets it
	Signs bool   // it proves itself with a key
}

// HouseTerm is a part of the sum: below zero it speaks for the person.
type HouseTerm struct {
	Code   string
	Kind   string // of the device that it is about; "" for none
	Points float64
}

// houseView is a scene as its page draws it.
type houseView struct {
	Scene
	Seen

	Clock   string
	Wheres  []Whereabouts
	Amounts []int64
	Badge   ui.Badge
	Bar     []houseMark
	At      float64 // the sum on the bar, in percent
	Rows    []houseRow
}

// houseMark is a stretch of the bar of the sum.
type houseMark struct {
	Outcome     string
	From, Width float64 // percent
}

// houseRow is a term with its bar.
type houseRow struct {
	HouseTerm

	Width   float64 // percent of the widest
	Size    float64 // of the points
	Against bool
}

func houseAmounts() []int64 { return []int64{20, 60, 500} }

// readScene reads a scene from a query: what is missing or makes no sense is as usual.
func readScene(r *http.Request) Scene {
	q := r.URL.Query()
	s := Scene{Hour: 19, Where: Usual, Watch: true, Amount: houseAmounts()[1]}
	if n, err := strconv.Atoi(q.Get("hour")); err == nil && n >= 0 && n < 24 {
		s.Hour = n
	}
	if w := Whereabouts(q.Get("where")); slices.Contains([]Whereabouts{Home, Way, Work, Away}, w) {
		s.Where = w
	}
	if n, err := strconv.ParseInt(q.Get("amount"), 10, 64); err == nil && slices.Contains(houseAmounts(), n) {
		s.Amount = n
	}
	if q.Has("hour") {
		s.Watch = q.Get("watch") == "on"
	}
	s.Stolen = q.Get("who") == "thief"
	return s
}

// house shows the house and a day in it.
func (l *lab) house(w http.ResponseWriter, r *http.Request) error {
	if l.home == nil {
		return noPhone()
	}
	v := &houseView{Scene: readScene(r), Wheres: []Whereabouts{Usual, Home, Way, Work, Away}, Amounts: houseAmounts()}
	var err error
	if v.Seen, err = l.home.Look(r.Context(), v.Scene); err != nil {
		return err
	}
	v.draw()
	t := l.kit.Locale(r)
	v.Clock = fmt.Sprintf("%02d:30", v.Hour)
	v.Badge = ui.Badge{Tone: map[string]ui.Tone{"allow": ui.Good, "limited": ui.Info, "step_up": ui.Warn, "deny": ui.Bad}[v.Outcome], Text: t.T("lab.house.outcome." + v.Outcome)}
	return l.kit.Render(w, r, ui.Page{Name: "house", Title: t.T("lab.house.title"), Width: ui.Wide, Live: true, Data: v})
}

// draw makes bars of numbers. The bar of the sum shows a third more than lies between the outer thresholds, on each side.
func (v *houseView) draw() {
	span := (v.Allow - v.Deny) / 3
	low, high := v.Deny-span, v.Allow+span
	at := func(x float64) float64 { return 100 * (min(max(x, low), high) - low) / (high - low) }
	v.At = min(at(v.Sum), 99)
	v.Bar = []houseMark{{"deny", 0, at(v.Deny)}, {"step_up", at(v.Deny), at(v.Limit) - at(v.Deny)}, {"limited", at(v.Limit), at(v.Allow) - at(v.Limit)}, {"allow", at(v.Allow), 100 - at(v.Allow)}}
	widest := 0.1
	for _, x := range v.Terms {
		widest = max(widest, math.Abs(x.Points))
	}
	for _, x := range v.Terms {
		if math.Abs(x.Points) < 0.05 {
			continue // it would be a bar that nobody sees
		}
		v.Rows = append(v.Rows, houseRow{x, 100 * math.Abs(x.Points) / widest, math.Abs(x.Points), x.Points > 0})
	}
}

// Icon draws the thing.
func (t HouseThing) Icon() string {
	icons := map[string]string{
		"tablet": "tablet", "laptop": "laptop", "desktop": "monitor", "watch": "watch", "headset": "headphones", "vehicle": "car", "access_point": "wifi",
		"tv": "tv", "speaker": "speaker", "hub": "router", "thermostat": "thermometer",
	}
	return cmp.Or(icons[t.Kind], "cpu")
}

// Group are the things of one place of the house.
func (v *houseView) Group(names ...string) (all []HouseThing) {
	for _, x := range v.Things {
		if slices.Contains(names, x.Group) {
			all = append(all, x)
		}
	}
	return all
}
