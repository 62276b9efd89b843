package mssserver

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// asPolicy stands for the value of mss.ServiceControl that leaves it to the policies.
const asPolicy applet.ControlMode = 0xFF

// controls are the values of mss.ServiceControl.
func controls(value string) (mode applet.ControlMode, known bool) {
	switch value {
	case "":
		return asPolicy, true
	case "shown":
		return applet.ShownControl, true
	case "chosen":
		return applet.ChosenControl, true
	case "typed":
		return applet.TypedControl, true
	}
	return 0, false
}

// control settles what the person does with the control code. A provider that shows the code says so by the
// service, for the specification has none; without a value the policies choose. Where they want the code chosen or
// typed, a request without the service is refused: nobody could answer it, and a provider that does not
// show the code would be the way around the policies. Where they want it shown, such a request goes without: the
// phone would show a code that stands nowhere else.
func (s *Server) control(in *mobileid.Request, q *mss.SignatureRequest, served []string) error {
	usual := s.Control()
	acts := func(m applet.ControlMode) bool { return m == applet.ChosenControl || m == applet.TypedControl }
	if !slices.Contains(served, mss.ServiceControl) {
		if acts(usual) {
			return mss.Faultf(mss.MissingParam, 0, "The control code is needed here: ask for the additional service %s, and show the code of the answer.", mss.ServiceControl)
		}
		return nil
	}
	if in.Control == asPolicy {
		in.Control = max(usual, applet.ShownControl)
	}
	if q.Mode == mss.Synch && acts(in.Control) {
		return mss.Faultf(mss.WrongParam, mss.WrongMode, "The control code comes with the answer 100, which the mode synch does not have: use another mode.")
	}
	return nil
}
