package cryptogram

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Device is the data of a secondary that open credentials: its identifier, and where it can keep one a secret. It hides itself from
// every print.
type Device struct {
	hidden
	Kind   string // of the identifier, such as "mac" or "serial"; at most 255 octets
	Value  []byte // 1 to 1,024 octets, in the identifier's normal form
	Secret []byte // SecretSize octets; none for a device that cannot keep any
}

// SecretSize is how many octets the secret of a device has.
const SecretSize = 16

const maxValue = 1024

func (d Device) check() error {
	switch {
	case len(d.Kind) == 0 || len(d.Kind) > 255:
		return errors.New("cryptogram: the identifier of a device has a kind of 1 to 255 octets")
	case len(d.Value) == 0 || len(d.Value) > maxValue:
		return fmt.Errorf("cryptogram: the identifier of a device has 1 to %d octets, not %d", maxValue, len(d.Value))
	case len(d.Secret) != 0 && len(d.Secret) != SecretSize:
		return fmt.Errorf("cryptogram: the secret of a device has %d octets, not %d", SecretSize, len(d.Secret))
	}
	return nil
}

// name is kind and value in octets, no two devices' the same.
func (d Device) name() []byte {
	out := append([]byte{byte(len(d.Kind))}, d.Kind...)                                 //nolint:gosec // at most 255
	return append(binary.BigEndian.AppendUint16(out, uint16(len(d.Value))), d.Value...) //nolint:gosec // at most 1,024
}

// DeviceHash finds the credentials of a device without naming it.
type DeviceHash [16]byte

// Hash is that of the device under a salt of the primary, at least 16 octets: an identifier that can be guessed is not
// looked up in a table that was made before. The secret does not count, so that a device is found before it gives it.
func (d Device) Hash(salt []byte) DeviceHash {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte("countersign/v1 device"))
	m.Write(d.name())
	return DeviceHash(m.Sum(nil)[:len(DeviceHash{})])
}

// Combination is how the data of several devices become one.
type Combination uint8

// Combinations.
const (
	Single      Combination = iota // one device
	Sum                            // big-endian, modulo 2^128; in any order
	ExclusiveOr                    // in any order
	Concatenate                    // one behind the other, in the order of registration
)

// blockOf is a device's identifier as 16 octets: filled with zeros behind, or a digest of a longer one.
func (d Device) blockOf() [16]byte {
	var out [16]byte
	if len(d.Value) > len(out) {
		digest := sha256.Sum256(d.Value)
		return [16]byte(digest[:])
	}
	copy(out[:], d.Value)
	return out
}

// hardBlock is a device's identifier with its secret as 16 octets.
func (d Device) hardBlock() [16]byte {
	m := sha256.New()
	m.Write([]byte("countersign/v1 device data"))
	m.Write(d.name())
	m.Write(d.Secret)
	return [16]byte(m.Sum(nil))
}

// combine makes one value of several. Devices are those that checkDevices let through.
func combine(how Combination, devices []Device, block func(Device) [16]byte, whole func(Device) []byte) []byte {
	if how == Single || how == Concatenate {
		all := make([][]byte, len(devices))
		for i, d := range devices {
			all[i] = whole(d)
		}
		return bytes.Join(all, nil)
	}
	var out [16]byte
	for _, d := range devices {
		b := block(d)
		if how == ExclusiveOr {
			subtle.XORBytes(out[:], out[:], b[:])
			continue
		}
		lo, carry := bits.Add64(binary.BigEndian.Uint64(out[8:]), binary.BigEndian.Uint64(b[8:]), 0)
		hi, _ := bits.Add64(binary.BigEndian.Uint64(out[:8]), binary.BigEndian.Uint64(b[:8]), carry)
		binary.BigEndian.PutUint64(out[:8], hi)
		binary.BigEndian.PutUint64(out[8:], lo)
	}
	return out[:]
}

// ErrTwice says that a device was to be combined with itself.
var ErrTwice = errors.New("cryptogram: a device is not combined with itself")

const maxDevices = 8

func checkDevices(how Combination, devices []Device) error {
	if how > Concatenate || (how == Single) != (len(devices) == 1) || len(devices) == 0 || len(devices) > maxDevices {
		return fmt.Errorf("cryptogram: %d devices cannot be combined in this way: one alone, or two to %d", len(devices), maxDevices)
	}
	seen := map[string]bool{}
	for _, d := range devices {
		if err := d.check(); err != nil {
			return err
		}
		// Under exclusive or, one value under two kinds would cancel itself out as well.
		if seen[string(d.Value)] {
			return ErrTwice
		}
		seen[string(d.Value)] = true
	}
	return nil
}
