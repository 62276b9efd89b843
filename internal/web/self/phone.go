package self

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// changePhone has codes go to another number, after a fresh proof of two factors: a
// code is sent there, and must come back.
func (s *self) changePhone(v *visit) error {
	p, proven, ok, err := s.proved(v, "phone")
	if err != nil || !ok {
		return err
	}
	v.form.Require(v.t, "number", v.t.T("self.phone.number"))
	if !v.form.OK() {
		return v.showChange(p)
	}
	in := passcode.Change{Customer: v.s.Customer, Number: v.form.Value("number")}
	if _, _, err := s.Passcodes.Change(v.ctx(), v.s.Actor(), proven, s.Policies.Active(), in); err != nil {
		if f := fault.From(err); f.Kind == fault.Limited {
			v.form.Fail("number", v.t.Fault(f))
			return v.showChange(p)
		}
		return s.unchanged(v, p, err, "number")
	}
	return v.to("/security/phone/code")
}

// waiting returns the customer's phone that is in one of the states; nil for none.
func (s *self) waiting(v *visit, in ...passcode.Status) (*passcode.Phone, error) {
	all, err := s.Passcodes.Phones(v.ctx(), v.s.Customer)
	for i := range all {
		for _, state := range in {
			if all[i].Status == state {
				return &all[i], err
			}
		}
	}
	return nil, err
}

// phoneCode asks for the code that was sent to the new number.
func (s *self) phoneCode(v *visit) error {
	x, err := s.waiting(v, passcode.Pending)
	if err != nil {
		return err
	}
	if x == nil {
		return v.to("/security")
	}
	return v.render("phone-code", v.t.T("self.phone.code_title"), ui.Narrow, *x)
}

// confirmPhone takes it.
func (s *self) confirmPhone(v *visit) error {
	return s.onPhone(v, []passcode.Status{passcode.Pending}, func(id ident.ID) error {
		v.form.Require(v.t, "code", v.t.T("self.field.code"))
		if !v.form.OK() {
			return s.phoneCode(v)
		}
		x, accepted, err := s.Passcodes.Confirm(v.ctx(), v.s.Actor(), s.Policies.Active(), v.s.Customer, id, v.form.Value("code"))
		switch {
		case err != nil:
			return v.again(err, func() error { return s.phoneCode(v) })
		case !accepted:
			v.form.Fail("code", v.t.T("self.phone.refused"))
			return s.phoneCode(v)
		case x.Status == passcode.Active:
			return v.done("/security", ui.Good, "self.flash.phone")
		}
		return v.done("/security", ui.Info, "self.flash.phone_held")
	})
}

// phoneAgain has another code sent to it.
func (s *self) phoneAgain(v *visit) error {
	return s.onPhone(v, []passcode.Status{passcode.Pending}, func(id ident.ID) error {
		if _, err := s.Passcodes.Again(v.ctx(), v.s.Actor(), s.Policies.Active(), v.s.Customer, id, ""); err != nil {
			return v.again(err, func() error { return s.phoneCode(v) })
		}
		return v.done("/security/phone/code", ui.Info, "self.flash.sent")
	})
}

// stopPhone takes the change back. The session is enough: codes stay where they were.
func (s *self) stopPhone(v *visit) error {
	return s.onPhone(v, []passcode.Status{passcode.Pending, passcode.Held}, func(id ident.ID) error {
		if err := s.Passcodes.GiveUp(v.ctx(), v.s.Actor(), v.s.Customer, id); err != nil {
			return err
		}
		return v.done("/security", ui.Good, "self.flash.phone_stopped")
	})
}

// onPhone does something with the phone that waits; when there is none any more, the
// overview says how things stand.
func (s *self) onPhone(v *visit, in []passcode.Status, act func(ident.ID) error) error {
	x, err := s.waiting(v, in...)
	switch {
	case err != nil:
		return err
	case x == nil:
		return v.to("/security")
	}
	err = act(x.ID)
	if err != nil && fault.KindOf(err) == fault.Conflict { // somebody moved it meanwhile
		return v.to("/security")
	}
	return err
}
