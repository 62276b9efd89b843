package app

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/smpp"
)

// emulateCmd runs the other sides of protocols, for integrators.
type emulateCmd struct {
	Phone     phoneCmd     `cmd:"" help:"Be a phone with a mobile token."`
	Push      pushCmd      `cmd:"" name:"push" help:"Run a push service (RFC 8030), or a phone that subscribes at one."`
	SIM       simCmd       `cmd:"" name:"sim" help:"Be SIM cards in phones, with a signature application; or the hands on one."`
	SMSCenter smsCenterCmd `cmd:"" name:"smscenter" help:"Run a short message center (SMPP 3.4) with emulated phones."`
}

// smsCenterCmd serves a center and prints what its phones show.
type smsCenterCmd struct {
	Listen     string        `default:"127.0.0.1:2775" help:"Address to listen on. SMPP has no encryption: keep it on loopback."`
	SystemID   string        `name:"system-id" help:"Let only this client in; everybody by default."`
	Password   string        `env:"COUNTERSIGN_TEST_SMSC_PASSWORD" help:"The client's password."`
	Receipts   string        `default:"standard" enum:"standard,text,parameters,odd,silent" help:"Shape of the receipts: standard, text, parameters, odd or silent."`
	MessageIDs string        `name:"message-ids" default:"same" enum:"same,hex_then_decimal,decimal_then_hex" help:"How ids are written in responses and in receipts: same, hex_then_decimal or decimal_then_hex."`
	Delay      time.Duration `default:"0s" help:"How long texts take to the phone, such as 2s."`
	Drop       bool          `help:"Lose all texts: no phone gets one, and no receipt comes."`
	Duplicate  bool          `help:"Deliver all texts twice."`
	Throttle   int           `placeholder:"N" help:"Refuse the first N messages with ESME_RTHROTTLED."`
	// Other accounts at the center.
	Accounts []string          `name:"account" placeholder:"ID:PASSWORD" help:"Let this client in, too; with --system-id. May be repeated."`
	SIMs     map[string]string `name:"sim" placeholder:"NUMBER=ID" help:"Hand what is for the SIM of a number to this client: emulate sim. May be repeated."`
	Routes   map[string]string `name:"route" placeholder:"ADDRESS=ID" help:"Hand all that is sent to an address to this client: an application that SIMs answer. May be repeated."`
}

// idForms are the names of how centers write ids, here and in the configuration.
func idForms() map[string]smpp.IDForm {
	return map[string]smpp.IDForm{"same": smpp.SameIDs, "hex_then_decimal": smpp.HexThenDec, "decimal_then_hex": smpp.DecThenHex}
}

// Run serves until it is interrupted. Each text that reaches a phone is one line of
// JSON on standard output.
func (s smsCenterCmd) Run(e *env) error {
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", s.Listen)
	if err != nil {
		return hinted{err, "Choose another port with --listen."}
	}
	_, _ = fmt.Fprintf(e.stderr, "a message center listens on %s\n", l.Addr())
	return s.center(e).Serve(e.ctx, l)
}

func (s smsCenterCmd) center(e *env) *smscenter.Center {
	shape, _ := smscenter.ParseShape(s.Receipts) // the parser checked it
	c := smscenter.Config{Now: e.now, Shape: shape, IDs: idForms()[s.MessageIDs], Heard: func(number string, x smscenter.SMS) {
		_ = e.jsonLine(map[string]any{"to": "+" + number, "from": x.From, "text": x.Text, "at": x.At.UTC()}) // called for one text at a time
	}}
	if s.SystemID != "" {
		c.Accounts = map[string]string{s.SystemID: s.Password}
		for _, a := range s.Accounts {
			id, password, _ := strings.Cut(a, ":")
			c.Accounts[id] = password
		}
	}
	center := smscenter.New(c)
	for number, id := range s.SIMs {
		center.SIM(number, id)
	}
	for address, id := range s.Routes {
		center.Route(address, id)
	}
	fate := smscenter.Fate{Delay: s.Delay, Drop: s.Drop}
	if s.Duplicate {
		fate.Copies = 1
	}
	center.Always(fate)
	for range s.Throttle {
		center.Next(smscenter.Fate{Status: smpp.Throttled})
	}
	return center
}
