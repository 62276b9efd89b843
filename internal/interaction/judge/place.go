package judge

import (
	"math"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// What a place says, in natural log-odds.
const (
	anywhere   = 0.02 // probability that an impostor is in one certain cell of the customer's
	mostPlace  = 2.0
	leastPlace = -4.0
	noDevice   = 0.5 // the most that a place says without a device that proves itself: places can be faked
)

// place compares where the primary is with the places of this person. Most days bring
// a new place, so a first visit is unusual and no more, the less unusual the nearer.
func (j *judging) place() {
	if j.cell == 0 {
		return
	}
	l := j.view.Locate()
	j.carry(l.Confidence)
	x := math.Log((l.Share + 0.1*l.Novelty*near(l.Distance)) / anywhere)
	code := codePlace
	if !l.Settled() {
		code, x = codeNew, max(math.Log(l.Novelty*near(l.Distance)/strange(l.Distance)), x)
	}
	x = max(leastPlace, min(mostPlace, x)) * l.Confidence
	if j.fix > 0 {
		x *= j.fade(j.fix)
	}
	if !j.proven {
		x = min(x, noDevice)
	}
	if j.now.Travel {
		x = max(x, traveled)
	}
	j.add(code, x)
}

// traveled is the least that a place says on a day for which the customer announced a
// journey.
const traveled = -0.5

// near and strange are the shares of the new places of a customer, and of an impostor,
// by kilometers from the nearest settled place. A customer goes to a shop around the
// corner, an impostor is where impostors are.
func near(km float64) float64    { return byDistance(km, [4]float64{0.6, 0.3, 0.07, 0.03}) }
func strange(km float64) float64 { return byDistance(km, [4]float64{0.15, 0.35, 0.2, 0.3}) }

func byDistance(km float64, shares [4]float64) float64 {
	switch {
	case km < 0: // nothing is settled yet
		return 0.25
	case km <= 3:
		return shares[0]
	case km <= 20:
		return shares[1]
	case km <= 100:
		return shares[2]
	}
	return shares[3]
}

// distance compares where the access device is with where the primary is: a relay
// brings a real context to another place. What the primary may have moved since it
// told its place is taken off.
func (j *judging) distance() {
	a := j.now.Access
	if j.cell == 0 || j.fix < 0 || a.Remote || !a.Cell.IsValid() {
		return
	}
	moved := 2 + speed*j.fix.Hours()
	over := pattern.Kilometers(a.Cell, j.cell) - moved
	if over <= 0 {
		j.add(codeDistance, 0.3*j.fade(j.fix))
		return
	}
	j.add(codeDistance, -min(8, 2+1.5*math.Log1p(over)))
}

// speed is how fast a person moves on the ground, in km/h, for the distance of an access device.
const speed = 60

// use says how usual it is that the primary is used in this hour (DI-84).
func (j *judging) use() {
	p, confidence := j.pattern.Usage(j.hour)
	x := confidence * max(-1, min(0, math.Log(p/0.3)))
	j.add(codeUse, x)
}

// context compares values of contexts with the usual ones. All together say little:
// they are claims of devices, and habits change.
func (j *judging) context() {
	x := 0.0
	for _, v := range j.now.Values {
		if far, ok := j.pattern.Unusual(j.hour, v); ok {
			x += 0.2 * max(-1, min(1, 1.5-far/2))
		}
	}
	j.add(codeContext, max(-0.5, min(0.5, x)))
}
