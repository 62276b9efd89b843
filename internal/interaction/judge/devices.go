package judge

import (
	"math"
	"time"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// group is what the devices of one group say.
// In thousandths: of all evidence, and of all but what was seen without a key.
type group struct{ all, keyed int }

// devices judges presence and absence, group by group.
func (j *judging) devices() {
	var groups [Groups]group
	worn := false
	for i := range j.now.Devices {
		d := &j.now.Devices[i]
		if d.Fresh || d.Group >= Groups || !j.pattern.Knows(d.Number, j.hour) {
			continue
		}
		all, keyed := j.device(d)
		groups[d.Group].all += all
		groups[d.Group].keyed += keyed
		if j.seen(d) {
			j.proven = j.proven || d.Proof.Authenticated()
			worn = worn || d.Group == Body || d.Proof >= pattern.Challenged
		}
	}
	for g := range groups {
		j.bound(Group(g), groups[g], worn) //nolint:gosec // a small index
	}
}

// seen reports whether a device was there within the window.
func (j *judging) seen(d *Device) bool { return d.Proof > pattern.Nothing && d.Age <= j.Window }

// device judges one device. A sighting fades with its age, and a device that was not
// there any more when the primary looked last is missed the more for it.
func (j *judging) device(d *Device) (all, keyed int) {
	usual, confidence := j.view.Expect(d.Number)
	j.carry(confidence)
	absent := confidence * j.looked * min(0, math.Log((1-usual)/(1-impostor(d.Group))))
	if !j.seen(d) {
		all = j.write(absenceOf(d.Group), d.Number, absent)
		return all, all
	}
	q := impostor(d.Group) * forgeable(d)
	present := confidence * j.fade(d.Age) * max(least, math.Log(usual/q))
	gone := 1 - j.fade(d.Age-j.now.PollAge)
	all = j.write(presenceOf(d.Group), d.Number, present+gone*absent)
	if !d.Proof.Authenticated() {
		return all, min(0, all)
	}
	return all, all
}

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
	return 0.25
}

// forgeable is how much a proof takes from the chance that an impostor shows it.
func forgeable(d *Device) float64 {
	f := 1.0
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

// bound keeps what a group says within its cap. Without something worn or challenged,
// what stays at a place says less: the phone may have been taken there.
func (j *judging) bound(g Group, x group, worn bool) {
	high, low := thousandths(j.Caps[g]), -thousandths(2*j.Caps[g])
	if !worn && (g == Home || g == Job || g == Car) {
		high = thousandths(alone * j.Caps[g])
	}
	kept := max(low, min(high, x.all))
	j.note(boundOf(g), 0, kept-x.all)
	j.sum += kept
	j.keyed += max(low, min(high, x.keyed))
}

// alone is what remains of a cap without a device that is worn or was challenged.
const alone = 0.7

// fade is what remains of something recent after its age.
func (j *judging) fade(age time.Duration) float64 {
	return math.Exp2(-float64(max(0, age)) / float64(j.HalfLife))
}
