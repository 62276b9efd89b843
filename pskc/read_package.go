package pskc

import (
	"errors"
	"time"
)

func (r *Reader) isPackage() bool {
	return r.pskc() && (r.s.local == "KeyPackage" || r.opts.Legacy && r.s.local == "Device")
}

// readPackage reads the key package whose start tag was just read. Whatever is
// wrong with its content concerns this row alone: the rest of it is skipped.
func (r *Reader) readPackage() (*KeyPackage, error) {
	r.row++
	p := &KeyPackage{Row: r.row, Line: r.s.tagLine, Offset: r.s.tagOff}
	depth := len(r.s.stack) - 1
	err := r.packageBody(p)
	if err == nil && len(r.legacy.queue) > 0 {
		r.legacy.queue = append(r.legacy.queue, p)
		return r.dequeue(), nil
	}
	r.legacy.queue = nil
	if err == nil {
		return p, nil
	}
	if concernsFile(err) {
		return nil, err
	}
	if err2 := r.unwind(depth); err2 != nil {
		return nil, err2
	}
	return nil, &RowError{
		Row: p.Row, Line: p.Line, Offset: p.Offset,
		Manufacturer: p.Device.Manufacturer, Serial: p.Device.SerialNo,
		KeyID: p.Key.ID, Algorithm: p.Key.Algorithm, Err: err,
	}
}

// concernsFile tells whether an error met in one row concerns all of them.
func concernsFile(err error) bool {
	var f *FileError
	return errors.As(err, &f) || errors.Is(err, ErrWrongKey) || errors.Is(err, ErrNoKey) ||
		errors.Is(err, ErrMACKeyMissing) || errors.Is(err, ErrMACMethod)
}

// dequeue returns the next key of a device that was read already.
func (r *Reader) dequeue() *KeyPackage {
	p := r.legacy.queue[0]
	if r.legacy.queue = r.legacy.queue[1:]; len(r.legacy.queue) == 0 {
		r.legacy.queue = nil
	}
	return p
}

func (r *Reader) packageBody(p *KeyPackage) error {
	keys := 0
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch {
		case !r.pskc():
			err = r.skip()
		case r.s.local == "DeviceInfo" || r.opts.Legacy && r.s.local == "DeviceId":
			err = r.device(p)
		case r.s.local == "CryptoModuleInfo":
			err = r.module(p)
		case r.s.local == "Key" || r.opts.Legacy && r.s.local == "Secret":
			if keys++; keys > 1 {
				if err := r.another(p, keys); err != nil {
					return err
				}
			}
			err = r.key(p)
		default:
			err = r.skipWarn(p)
		}
		if err != nil {
			return err
		}
	}
	if keys == 0 {
		return invalid("the KeyPackage holds no key")
	}
	return r.check(p)
}

// another makes room for one more key of the same device. RFC 6030 allows one a
// package; drafts put all keys of a device into one Device element.
func (r *Reader) another(p *KeyPackage, keys int) error {
	if !r.opts.Legacy {
		return invalid("a KeyPackage holds at most one key; this one holds more")
	}
	if keys > maxDeviceKeys {
		return because(ErrLimit, "a device has more than %d keys", maxDeviceKeys)
	}
	if err := r.check(p); err != nil {
		return err
	}
	before := *p
	r.legacy.queue = append(r.legacy.queue, &before)
	p.Key, p.Warnings = Key{}, nil
	return nil
}

// skipWarn skips an element of our own namespace that is not known here.
func (r *Reader) skipWarn(p *KeyPackage) error {
	if r.s.local != "Extensions" {
		p.warn("the element %s was skipped", r.s.local)
	}
	return r.skip()
}

func (p *KeyPackage) warn(format string, args ...any) {
	if len(p.Warnings) < maxWarnings {
		p.Warnings = append(p.Warnings, warning(format, args...))
	}
}

// device reads DeviceInfo (RFC 6030, section 4.3.1).
func (r *Reader) device(p *KeyPackage) error {
	d := &p.Device
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		if !r.pskc() {
			if err := r.skip(); err != nil {
				return err
			}
			continue
		}
		switch r.s.local {
		case "Manufacturer":
			d.Manufacturer, err = r.shared()
		case "SerialNo":
			d.SerialNo, err = r.text()
		case "Model":
			d.Model, err = r.shared()
		case "IssueNo":
			d.IssueNo, err = r.shared()
		case "DeviceBinding":
			d.DeviceBinding, err = r.text()
		case "StartDate":
			d.StartDate, err = r.date(p, "the device's StartDate")
		case "ExpiryDate":
			d.ExpiryDate, err = r.date(p, "the device's ExpiryDate")
		case "UserId":
			d.UserID, err = r.text()
		default:
			err = r.skipWarn(p)
		}
		if err != nil {
			return err
		}
	}
}

func (r *Reader) date(p *KeyPackage, what string) (time.Time, error) {
	b, err := r.leaf()
	if err != nil {
		return time.Time{}, err
	}
	t, canonical, err := parseTime(what, b)
	if err == nil && !canonical {
		p.warn("%s is not in UTC and was converted", what)
	}
	return t, err
}

// module reads CryptoModuleInfo, whose Id is mandatory (RFC 6030, section 4.3.2).
func (r *Reader) module(p *KeyPackage) error {
	found := false
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if r.pskc() && r.s.local == "Id" {
			found = true
			p.CryptoModuleID, err = r.shared()
		} else {
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return invalid("the CryptoModuleInfo has no Id")
	}
	return nil
}
