package smpp

import "fmt"

// Status is a command_status (section 5.1.3).
type Status uint32

// The statuses that decide something here; others are passed on as numbers.
const (
	OK               Status = 0x00 // no error
	InvalidLength    Status = 0x02 // command length is invalid
	InvalidCommand   Status = 0x03 // command id is not known
	WrongBindState   Status = 0x04 // not allowed in this state of the session
	AlreadyBound     Status = 0x05
	SystemError      Status = 0x08
	InvalidSource    Status = 0x0A
	InvalidDest      Status = 0x0B
	BindFailed       Status = 0x0D
	InvalidPassword  Status = 0x0E
	InvalidSystemID  Status = 0x0F
	QueueFull        Status = 0x14 // the center's queue is full: back off
	InvalidESMClass  Status = 0x43
	SubmitFailed     Status = 0x45
	Throttled        Status = 0x58 // more than was agreed: back off
	InvalidValidity  Status = 0x62
	TemporaryFailure Status = 0x64 // ESME_RX_T_APPN
	PermanentFailure Status = 0x65 // ESME_RX_P_APPN
	InvalidParameter Status = 0xC2 // a parameter's length is invalid
)

func (s Status) name() string {
	return map[Status]string{
		OK: "ok", InvalidLength: "invalid command length", InvalidCommand: "invalid command", WrongBindState: "wrong bind state",
		AlreadyBound: "already bound", SystemError: "system error", InvalidSource: "invalid source address", InvalidDest: "invalid destination address",
		BindFailed: "bind failed", InvalidPassword: "invalid password", InvalidSystemID: "invalid system id", QueueFull: "message queue full",
		InvalidESMClass: "invalid esm_class", SubmitFailed: "submit failed", Throttled: "throttled", InvalidValidity: "invalid validity period",
		TemporaryFailure: "temporary failure", PermanentFailure: "permanent failure", InvalidParameter: "invalid parameter length",
	}[s]
}

// String returns the number and, where it is known, what it means.
func (s Status) String() string {
	if name := s.name(); name != "" {
		return fmt.Sprintf("0x%02x (%s)", uint32(s), name)
	}
	return fmt.Sprintf("0x%02x", uint32(s))
}

// BackOff reports whether the center asks to be sent less for a while.
func (s Status) BackOff() bool { return s == Throttled || s == QueueFull }

// Refused reports whether the destination itself was refused, so that no
// repetition helps.
func (s Status) Refused() bool { return s == InvalidDest }
