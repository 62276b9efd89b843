package judge

import (
	"math"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// What a place says, in natural log-odds.
const (
	anywhere   = 0.001 // probability that an impostor is in one certain cell of the customer's
	mostPlace  = 2.5
	leastPlace = -4.0
	noDevice   = 2.0 // the most that a place says without a device that proves itself: places can be faked
)

// place compares where the primary is with the places of this person. Everybody is at a
// new place now and then, so a first visit is unusual and no more, the less unusual the
// nearer to what they know.
func (j *judging) place() {
	if j.cell == 0 {
		return
	}
	l := j.view.Locate()
	j.carry(l.Confidence)
	code, x := codePlace, min(mostPlace, max(floor(l.Days), math.Log(l.Share/anywhere)))+timely(&l)
	if l.Days == 0 {
		code, x = codeNew, math.Log(l.Novelty*near(l.Distance)/strange(l.Distance))
	}
	x = max(leastPlace, min(mostPlace, x)) * l.Confidence
	if j.fix > 0 {
		x *= j.fade(j.fix)
	}
	if !j.proven {
		x = min(x, noDevice)
	}
	if !j.worn && j.expected {
		x = min(x, noDevice/2)
	}
	if j.looked > 0 && !j.met && l.Days < 3 {
		j.add(codeContact, contact*l.Confidence)
	}
	if j.now.Travel {
		x = max(x, traveled)
	}
	j.add(code, x)
}

// timely says whether a place is usual at this kind of day and part of the day.
func timely(l *pattern.Location) float64 {
	return max(-1, min(0.5, math.Log((l.Now+0.01)/(l.Share+0.01))))
}

// floor is the least that a place says where the customer was on so many days.
func floor(days int) float64 { return min(1.5, 0.5*float64(days)) }

// contact is what it says that the primary met nobody for a whole window, where the
// person is not a regular: a thief has the phone alone.
const contact = -1.0

// traveled is the least that a place says on a day for which the customer announced a
// journey.
const traveled = 0.3

// near and strange are the shares of the new places of a customer, and of those of an
// impostor, by kilometers from the nearest settled place. A customer goes to a shop
// around the corner, an impostor is where impostors are.
func near(km float64) float64 {
	return byDistance(km, [6]float64{0.25, 0.33, 0.22, 0.10, 0.04, 0.06})
}

func strange(km float64) float64 {
	return byDistance(km, [6]float64{0.03, 0.10, 0.27, 0.25, 0.20, 0.15})
}

func byDistance(km float64, shares [6]float64) float64 {
	if km < 0 { // nothing is settled yet
		return 0.2
	}
	for i, end := range [5]float64{1, 3, 8, 20, 100} {
		if km <= end {
			return shares[i]
		}
	}
	return shares[5]
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
		j.add(codeDistance, 0.5*j.fade(j.fix))
		return
	}
	j.apart = true
	j.add(codeDistance, -min(3.5, 1+math.Log1p(over)))
}

// speed is how fast a person moves on the ground, in km/h, for the distance of an access device.
const speed = 60

// use says how usual it is that the primary is used in this hour (DI-84).
func (j *judging) use() {
	p, confidence := j.pattern.Usage(j.hour)
	j.add(codeUse, confidence*max(-1, min(0, math.Log(p/0.3))))
	if j.looked == 0 && !j.now.Mute { // it usually looks around, and did not
		j.add(codeSilent, confidence*min(0, math.Log(max(0.03, 1-p)/0.5)))
	}
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

// prior is what the amount says before anything else: impostors ask for more. What is
// usual for the customer is for the risk engine to say.
func (j *judging) prior() {
	q := &j.now.Request
	if q.Kind != Transaction || q.Amount <= 0 || j.Limits.Amount <= 0 {
		return
	}
	j.add(codeAmount, max(-3, min(1.5, 1.2*math.Log(float64(j.Limits.Amount)/float64(q.Amount)))))
}
