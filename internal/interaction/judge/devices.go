package judge

import (
	"math"
	"time"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// group is what the devices of one group say.
// In thousandths: of all evidence, of all but what was seen without a key, and of the one device that
// says most against the customer.
type group struct{ all, keyed, worst int }

// devices judges presence and absence, group by group.
func (j *judging) devices() {
	var groups [Groups]group
	for i := range j.now.Devices {
		d := &j.now.Devices[i]
		if d.Fresh || d.Group >= Groups || !j.pattern.Knows(d.Number, j.hour) {
			continue
		}
		all, keyed := j.device(d)
		groups[d.Group].all += all
		groups[d.Group].keyed += keyed
		groups[d.Group].worst = min(groups[d.Group].worst, all)
		if j.seen(d) {
			j.proven = j.proven || d.Proof.Authenticated()
			j.worn = j.worn || d.Group == Body && d.Age <= j.now.PollAge+forget || d.Proof >= pattern.Challenged
			j.met = j.met || d.Group != Bag
		}
	}
	for g := range groups {
		j.bound(Group(g), groups[g])
	}
}

// seen reports whether a device was there within the window.
func (j *judging) seen(d *Device) bool { return d.Proof > pattern.Nothing && d.Age <= j.Window }

// device judges one device. A sighting fades with its age, and a device that was not
// there any more when the primary looked last is missed the more for it.
func (j *judging) device(d *Device) (all, keyed int) {
	usual, confidence := j.view.Expect(d.Number)
	j.carry(confidence)
	j.expected = j.expected || d.Group == Body && usual >= 0.5 && confidence >= 0.5
	absent := confidence * j.looked * min(0, math.Log((1-usual)/(1-impostor(d.Group))))
	if d.Group == Home && j.counter() {
		absent *= atCounter
	}
	if !j.seen(d) {
		all = j.write(absenceOf(d.Group), d.Number, absent)
		return all, all
	}
	q := impostor(d.Group) * forgeable(d)
	gone := 1 - math.Exp2(-float64(max(0, d.Age-j.now.PollAge))/float64(forget))
	if d.Group == Car {
		gone = 0 // it is left at the door
	}
	present := confidence * j.fade(d.Age) * (1 - left*gone) * max(least, math.Log(usual/q))
	all = j.write(presenceOf(d.Group), d.Number, present+gone*absent)
	if !d.Proof.Authenticated() {
		return all, min(0, all)
	}
	return all, all
}

// forget is how fast a device that the primary did not see any more counts as missed.
const forget = 5 * time.Minute

// left is how much of a sighting is taken back when the device was not there any more:
// it was with the phone before, which a thief may have now.
const left = 0.7

// counter reports whether the request comes from a terminal: there, nobody expects the
// devices of the home, though it may be in the same cell.
func (j *judging) counter() bool { return !j.now.Access.Remote && j.now.Request.Kind == Transaction }

// atCounter is what the absence of a home's devices counts at a counter.
const atCounter = 0.2

// least is what a registered device that is present says at least.
const least = 0.1

// impostor is the probability that somebody with the customer's phone, who is not the
// customer, has a device of the group around: the bag may be stolen with the phone.
func impostor(g Group) float64 {
	switch g {
	case Home:
		return 0.02
	case Body:
		return 0.04
	case Car:
		return 0.03
	case Job:
		return 0.02
	case Bag, Groups:
	}
	return 0.4
}

// forgeable is how much a proof takes from the chance that an impostor shows it.
func forgeable(d *Device) float64 {
	f := 1.0
	if d.Group == Bag {
		return f // what is stolen with the phone proves itself as well
	}
	switch d.Proof {
	case pattern.Identifier:
		f = 1.5
	case pattern.Challenged:
		f = 0.5
	case pattern.Contributed:
		f = 0.25
	case pattern.Signed, pattern.Nothing:
	}
	if d.Active {
		f /= 4
	}
	if d.Interface {
		f /= 2
	}
	return f
}

// bound keeps what a group says within its cap. Those of a group that are missed are
// missed for one reason, so they say hardly more than the one that is missed most. Without something worn or challenged,
// what stays at a place says less: the phone may have been taken there.
func (j *judging) bound(g Group, x group) {
	high, low := thousandths(j.Caps[g]), max(-thousandths(2*j.Caps[g]), x.worst*3/2)
	if g == Home || g == Job || g == Car {
		high = thousandths(j.company() * j.Caps[g])
	}
	kept := max(low, min(high, x.all))
	j.note(boundOf(g), 0, kept-x.all)
	j.sum += kept
	j.keyed += max(low, min(high, x.keyed))
}

// company is what remains of the cap of what can be had by being at a place: all with
// something that is worn or was challenged, less without, and least when something that
// is usually worn is missing.
func (j *judging) company() float64 {
	switch {
	case j.worn:
		return 1
	case j.expected && j.looked > 0.5:
		return 0.35
	}
	return 0.7
}

// fade is what remains of something recent after its age.
func (j *judging) fade(age time.Duration) float64 {
	return math.Exp2(-float64(max(0, age)) / float64(j.HalfLife))
}
