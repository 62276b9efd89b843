package dskpp

import (
	"time"

	"github.com/countersign-auth/countersign/pskc"
)

// DeviceIdentifier says which device asks (dskpp:DeviceIdentifierDataType).
// Exactly one of its fields is set.
type DeviceIdentifier struct {
	Device  *pskc.Device
	Foreign *pskc.Element
}

// Same compares exactly, octet by octet (RFC 6063, section 8.1).
func (d *DeviceIdentifier) Same(o *DeviceIdentifier) bool {
	return d != nil && o != nil && d.Device != nil && o.Device != nil && *d.Device == *o.Device
}

func readDevice(e *pskc.Element) (*DeviceIdentifier, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // it is optional
	}
	s := children(e)
	d := &DeviceIdentifier{}
	if id := s.maybe("DeviceId"); id != nil {
		info, err := readDeviceInfo(id)
		if err != nil {
			return nil, err
		}
		d.Device = info
	} else if d.Foreign = s.other(); d.Foreign == nil {
		s.fail("DeviceIdentifierData without DeviceId")
	}
	return d, s.end()
}

// readDeviceInfo reads pskc:DeviceInfoType (RFC 6030, section 4.3.1).
func readDeviceInfo(e *pskc.Element) (*pskc.Device, error) {
	s := children(e)
	str := func(name string) string { return s.leaf(s.maybeOf(namespacePSKC, name)) }
	date := func(name string) (t time.Time) {
		if c := s.maybeOf(namespacePSKC, name); c != nil {
			var ok bool
			if t, ok = parseDate(s.leaf(c)); !ok {
				s.fail("%s is no date and time with zone", name)
			}
		}
		return t
	}
	d := &pskc.Device{Manufacturer: str("Manufacturer"), SerialNo: str("SerialNo"), Model: str("Model"), IssueNo: str("IssueNo"), DeviceBinding: str("DeviceBinding")}
	d.StartDate, d.ExpiryDate, d.UserID = date("StartDate"), date("ExpiryDate"), str("UserId")
	return d, s.end()
}

func (d *DeviceIdentifier) element() *pskc.Element {
	if d == nil {
		return nil
	}
	if d.Device == nil {
		return element("DeviceIdentifierData", d.Foreign)
	}
	id := element("DeviceId")
	add := func(name, value string) {
		if value != "" {
			id.Children = append(id.Children, &pskc.Element{Space: namespacePSKC, Name: name, Text: value})
		}
	}
	date := func(name string, t time.Time) {
		if !t.IsZero() {
			add(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	i := d.Device
	add("Manufacturer", i.Manufacturer)
	add("SerialNo", i.SerialNo)
	add("Model", i.Model)
	add("IssueNo", i.IssueNo)
	add("DeviceBinding", i.DeviceBinding)
	date("StartDate", i.StartDate)
	date("ExpiryDate", i.ExpiryDate)
	add("UserId", i.UserID)
	return element("DeviceIdentifierData", id)
}
