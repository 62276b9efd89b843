package dskpp

import "github.com/countersign-auth/countersign/pskc"

// Trigger asks a client to begin (KeyProvTrigger, RFC 6063, section 4.2.1).
type Trigger struct {
	Version        Version // zero if left out
	Device         *DeviceIdentifier
	KeyID          []byte // of the key to be replaced; nil if none
	Platform       *Platform
	Authentication AuthenticationData
	ServerURL      string
	Extra          *pskc.Element // of another namespace
	// Other stands in place of all these fields, if the trigger is of another type.
	Other *pskc.Element
}

// Platform says where a token keeps and uses its keys (dskpp:TokenPlatformInfoType):
// "Hardware", "Software", "Unspecified" or nothing.
type Platform struct{ KeyLocation, AlgorithmLocation string }

// NewTrigger makes a trigger with an activation code, as this package does it: the
// AuthenticationData hold the ClientID and, in place of a MAC, the whole code.
// There is no nonce yet over which a MAC could be made (IP-05). A trigger must
// travel by a confidential channel only (section 10.6.4).
func NewTrigger(serverURL string, code Code) *Trigger {
	return &Trigger{
		Version:   spoken(),
		ServerURL: serverURL,
		Authentication: AuthenticationData{
			ClientID: code.ClientID,
			Foreign:  &pskc.Element{Space: namespaceCode, Name: "ActivationCode", Text: code.String()},
		},
	}
}

// Code returns the activation code of a trigger that NewTrigger made.
func (t *Trigger) Code() (Code, error) {
	f := t.Authentication.Foreign
	if f == nil || f.Space != namespaceCode || f.Name != "ActivationCode" {
		return Code{}, ErrCode
	}
	code, err := ParseCode(f.Text)
	if err == nil && code.ClientID != t.Authentication.ClientID {
		return Code{}, ErrCode
	}
	return code, err
}

func readTrigger(root *pskc.Element) (Message, error) {
	s := children(root, "Version")
	t := &Trigger{Version: s.version()}
	if init := s.maybe("InitializationTrigger"); init != nil {
		if err := t.read(init); err != nil {
			return nil, err
		}
	} else if t.Other = s.other(); t.Other == nil {
		s.fail("a trigger without InitializationTrigger")
	}
	return t, s.end()
}

func (t *Trigger) read(init *pskc.Element) error {
	s := children(init)
	d, err := readDevice(s.maybe("DeviceIdentifierData"))
	t.Device = keep(s, d, err)
	t.KeyID = s.bytes(s.maybe("KeyID"))
	if p := s.maybe("TokenPlatformInfo"); p != nil {
		t.Platform = s.platform(p)
	}
	a, err := readAuthenticationData(s.one("AuthenticationData"))
	if a = keep(s, a, err); a != nil {
		t.Authentication = *a
	}
	t.ServerURL = s.uri(s.maybe("ServerUrl"))
	t.Extra = s.other()
	return s.end()
}

func (s *sequence) platform(e *pskc.Element) *Platform {
	in := children(e, "KeyLocation", "AlgorithmLocation")
	p := &Platform{}
	p.KeyLocation, _ = e.Attr("KeyLocation")
	p.AlgorithmLocation, _ = e.Attr("AlgorithmLocation")
	for _, v := range []string{p.KeyLocation, p.AlgorithmLocation} {
		if v != "" && v != "Hardware" && v != "Software" && v != "Unspecified" {
			in.fail("the platform %q", clip(v))
		}
	}
	return keep(s, p, in.end())
}

// Format writes the trigger.
func (t *Trigger) Format() []byte { return t.element().Format(prefixes()) }

func (t *Trigger) element() *pskc.Element {
	root := element("KeyProvTrigger")
	if t.Version != (Version{}) {
		attrs(root, "Version", t.Version.String())
	}
	if t.Other != nil {
		root.Children = []*pskc.Element{t.Other}
		return root
	}
	var platform *pskc.Element
	if t.Platform != nil {
		platform = attrs(element("TokenPlatformInfo"), "KeyLocation", t.Platform.KeyLocation, "AlgorithmLocation", t.Platform.AlgorithmLocation)
	}
	root.Children = []*pskc.Element{element("InitializationTrigger",
		t.Device.element(), octets("KeyID", t.KeyID), platform,
		t.Authentication.element(), maybeText("ServerUrl", t.ServerURL), t.Extra)}
	return root
}
