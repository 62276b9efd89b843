package lab

import (
	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// howto is one thing to do with a token, step by step.
type howto struct {
	Icon, Title string
	Steps       []string
}

// howtos lists what can be done with a model beside its codes.
func howtos(t *ui.Locale, m hardtoken.Model) (all []howto) {
	tell := func(icon, name string, steps ...string) {
		h := howto{Icon: icon, Title: t.T("lab.howto." + name + ".title")}
		for _, s := range steps {
			h.Steps = append(h.Steps, t.T("lab.howto."+name+"."+s))
		}
		all = append(all, h)
	}
	counts, timed := false, false
	for _, f := range m.Functions {
		counts, timed = counts || f.Counts(), timed || f.Timed()
		if f.Entries {
			tell("pencil", "sign", "pin_"+string(m.PIN), "data", "end", "back")
		}
	}
	if m.Unlock != "" {
		tell("lock-open", "unlock", "locked", "call", "code", "pin")
	}
	steps := []string{"hold"}
	if m.Keypad() {
		steps = []string{"press"}
	}
	if counts {
		steps = append(steps, "counter")
	}
	if timed {
		steps = append(steps, "clock")
	}
	tell("refresh-cw", "read", append(steps, "tell")...)
	return all
}

// about describes a model: what its functions are and how its PIN is used.
func about(t *ui.Locale, m hardtoken.Model) []string {
	var out []string
	for _, f := range m.Functions {
		what := string(f.Algorithm)
		if f.Entries {
			what = "sign"
		}
		out = append(out, t.T("lab.about."+what, "digits", f.CodeLength(), "suite", f.Suite))
	}
	out = append(out, t.T("lab.about.pin_"+string(m.PIN)))
	if m.ServerPIN != hardtoken.Nowhere {
		out = append(out, t.T("lab.about.server_pin_"+string(m.ServerPIN)))
	}
	return out
}
