package mssserver_test

import (
	"testing"

	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestTheControlCodeFollowsThePolicies: what the person does with the code, by what the policies want and what the
// provider asks for; a provider that cannot show a code is no way around them.
func TestTheControlCodeFollowsThePolicies(t *testing.T) {
	t.Parallel()
	const none, shown, chosen, typed = applet.NoControl, applet.ShownControl, applet.ChosenControl, applet.TypedControl
	asks := func(value string) []mss.Service {
		return []mss.Service{{Description: mss.ServiceValidate}, {Description: mss.ServiceControl, Value: value}}
	}
	each(t, nil, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			policy   applet.ControlMode
			services []mss.Service
			mode     mss.Mode
			want     applet.ControlMode
			code     int // of the fault; 0 for none
			second   int
		}{
			"none, unasked":             {none, nil, mss.AsynchClientServer, none, 0, 0},
			"none, asked":               {none, asks(""), mss.AsynchClientServer, shown, 0, 0},
			"shown, unasked":            {shown, nil, mss.AsynchClientServer, none, 0, 0},
			"shown, unasked, synch":     {shown, nil, mss.Synch, none, 0, 0},
			"shown, asked":              {shown, asks(""), mss.AsynchClientServer, shown, 0, 0},
			"shown, asked to be typed":  {shown, asks("typed"), mss.AsynchClientServer, typed, 0, 0},
			"chosen, unasked":           {chosen, nil, mss.AsynchClientServer, none, mss.MissingParam, 0},
			"chosen, unasked, synch":    {chosen, nil, mss.Synch, none, mss.MissingParam, 0},
			"chosen, asked":             {chosen, asks(""), mss.AsynchClientServer, chosen, 0, 0},
			"chosen, asked in synch":    {chosen, asks(""), mss.Synch, none, mss.WrongParam, mss.WrongMode},
			"chosen, asked to be shown": {chosen, asks("shown"), mss.AsynchClientServer, shown, 0, 0},
			"typed, unasked":            {typed, nil, mss.AsynchClientServer, none, mss.MissingParam, 0},
			"typed, asked":              {typed, asks(""), mss.AsynchClientServer, typed, 0, 0},
			"none, typed in synch":      {none, asks("typed"), mss.Synch, none, mss.WrongParam, mss.WrongMode},
		} {
			w.control = c.policy
			q := w.order()
			q.Services, q.Mode = c.services, c.mode
			before := len(w.people.asked)
			if c.mode == mss.Synch && c.code == 0 {
				go func() { w.people.end(<-w.people.begun, valid) }()
			}
			_, err := w.call(mss.Signature, q)
			if c.code != 0 {
				wantFault(t, name, err, c.code, c.second)
				if len(w.people.asked) != before {
					t.Errorf("%s: somebody was asked", name)
				}
				continue
			}
			if got := w.people.last().Control; err != nil || got != c.want {
				t.Errorf("%s: %v, want %v; %v", name, got, c.want, err)
			}
			if c.mode != mss.Synch {
				<-w.people.begun
			}
		}
	})
}
