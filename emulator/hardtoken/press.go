package hardtoken

import "time"

// Press presses one key and returns what the display then shows. A key that the
// model does not have does nothing.
func (t *Token) Press(k Key) Display {
	now := t.now()
	t.expire(now)
	if t.model.Has(k) && now.Before(t.unit.Expires) {
		t.state.Last = now
		t.key(k, now)
	}
	return t.Display()
}

// expire switches off after PowerOff without a key, when the battery is spent,
// and when the clock went back: a token does not stay on for years.
func (t *Token) expire(now time.Time) {
	idle := now.Sub(t.state.Last)
	if t.state.Phase != Off && (idle < 0 || idle >= t.model.PowerOff || !now.Before(t.unit.Expires)) {
		t.state.off()
	}
}

func (t *Token) key(k Key, now time.Time) {
	if i := t.model.function(k); i >= 0 {
		t.start(i, now)
		return
	}
	if k == Info {
		t.turn()
		return
	}
	if t.state.Phase == Off {
		return // only function keys switch on
	}
	said := t.state.Said
	t.state.Said = SayNothing
	switch {
	case k == Clear:
		t.clear(said)
	case k == OK:
		t.enter(now)
	case t.state.Phase == Entry:
		t.typeEntry(k)
	case len(t.state.Typed) < t.room():
		t.state.Typed += k.String()
	}
}

// clear takes the last digit back, or a complaint away, or goes back to the
// entry before, or switches off.
func (t *Token) clear(said Saying) {
	switch n := len(t.state.Typed); {
	case n > 0:
		t.state.Typed = t.state.Typed[:n-1]
	case said != SayNothing:
	case len(t.state.Entries) > 0:
		t.state.reopen()
	default:
		t.state.off()
	}
}

// room is how many digits can be typed in this phase.
func (t *Token) room() int {
	switch t.state.Phase {
	case NewPIN, RepeatPIN, AskPIN:
		return t.model.MaxPIN
	case Ask:
		return t.gens[t.state.Function].ocra.Suite().QuestionMax
	case Unlock:
		return t.unlock.Suite().Digits
	case Off, Entry, Show, ShowInfo, Locked, Ready:
	}
	return 0
}

// start begins a function: by way of the PIN, unless it was typed already.
func (t *Token) start(function int, now time.Time) {
	s := &t.state
	s.begin()
	s.Function = function
	switch {
	case s.Locked:
		s.Phase = Locked
	case t.model.PIN == DevicePIN && s.PIN == nil:
		s.Phase = NewPIN
	case t.model.PIN == NoPIN || s.Unlocked && t.model.PIN == DevicePIN:
		t.proceed(now)
	default:
		s.Phase = AskPIN
	}
}

// proceed goes on after the PIN: to the challenge, to the data, or to the code.
func (t *Token) proceed(now time.Time) {
	t.state.Typed = ""
	switch f := t.current(); {
	case f.Entries:
		t.state.Phase = Entry
	case f.Algorithm == OCRA:
		t.state.Phase = Ask
	default:
		t.compute("", now)
	}
}

// enter takes what was typed.
func (t *Token) enter(now time.Time) {
	switch t.state.Phase {
	case NewPIN:
		t.choosePIN()
	case RepeatPIN:
		t.repeatPIN(now)
	case AskPIN:
		t.checkPIN(now)
	case Ask:
		t.takeChallenge(now)
	case Entry:
		t.takeEntry(now)
	case Locked:
		if t.unlock != nil {
			t.state.Phase = Unlock
		}
	case Unlock:
		t.takeUnlockCode()
	case Off, Show, ShowInfo, Ready:
	}
}
