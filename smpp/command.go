package smpp

import "fmt"

// Command is a command_id (section 5.1.2.1).
type Command uint32

// The commands that this package knows.
const (
	BindReceiver        Command = 0x00000001
	BindReceiverResp    Command = 0x80000001
	BindTransmitter     Command = 0x00000002
	BindTransmitterResp Command = 0x80000002
	SubmitSM            Command = 0x00000004
	SubmitSMResp        Command = 0x80000004
	DeliverSM           Command = 0x00000005
	DeliverSMResp       Command = 0x80000005
	Unbind              Command = 0x00000006
	UnbindResp          Command = 0x80000006
	BindTransceiver     Command = 0x00000009
	BindTransceiverResp Command = 0x80000009
	EnquireLink         Command = 0x00000015
	EnquireLinkResp     Command = 0x80000015
	GenericNack         Command = 0x80000000
)

// response is the bit that makes a response of a request.
const response Command = 0x80000000

// IsResponse reports whether the command answers another.
func (c Command) IsResponse() bool { return c&response != 0 }

// Response is the command that answers c.
func (c Command) Response() Command { return c | response }

// IsBind reports whether the command is one of the three bind requests.
func (c Command) IsBind() bool {
	return c == BindReceiver || c == BindTransmitter || c == BindTransceiver
}

// String returns the name that the specification gives the command.
func (c Command) String() string {
	name, ok := map[Command]string{
		BindReceiver: "bind_receiver", BindTransmitter: "bind_transmitter", BindTransceiver: "bind_transceiver",
		SubmitSM: "submit_sm", DeliverSM: "deliver_sm", Unbind: "unbind", EnquireLink: "enquire_link",
	}[c&^response]
	switch {
	case c == GenericNack:
		return "generic_nack"
	case !ok:
		return fmt.Sprintf("command 0x%08x", uint32(c))
	case c.IsResponse():
		return name + "_resp"
	}
	return name
}
